import HTTPTypes
import HTTPWire
import Testing
import WireKit

@Suite struct ConnectionMachineTests {
  private static let request = Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)

  @Test("an idle connection that times out is closed without a word; a half request gets 408")
  func timeOuts() {
    var idle = ConnectionMachine()
    #expect(idle.phase == .idle)
    idle.timeOut()
    #expect(describe(idle.next([])) == "close")

    var half = ConnectionMachine()
    _ = half.next(Array("GET".utf8))
    #expect(half.phase == .head)
    half.timeOut()
    #expect(describe(half.next([])) == "408")
  }

  @Test("a body that does not come gets 408")
  func bodyTimeOut() {
    var machine = ConnectionMachine()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n".utf8)
    _ = machine.next(head)
    machine.accept(bodyLimit: 10)
    #expect(describe(machine.next([])) == "more")
    #expect(machine.phase == .body)
    machine.timeOut()
    #expect(describe(machine.next([])) == "408")
  }

  @Test("RFC 9112 section 9.6: after the last answer what comes is thrown away, up to a limit")
  func lingers() {
    var limits = WireLimits()
    limits.linger = 100
    var machine = ConnectionMachine(limits: limits)
    _ = machine.next([0])
    _ = machine.respond(status: 400, body: .known(0))
    machine.responseEnded()
    #expect(machine.phase == .linger)
    let bytes = [UInt8](repeating: 65, count: 60)
    let first = machine.next(bytes)
    #expect(describe(first) == "more")
    #expect(first.consumed == 60)
    #expect(describe(machine.next(bytes)) == "close")
    #expect(machine.phase == .closed)
  }

  @Test("RFC 9112 section 9.3.2: the next request waits for the answer to the last one")
  func answersInOrder() {
    var machine = ConnectionMachine()
    let two = Self.request + Self.request
    var step = machine.next(two)
    #expect(step.consumed == Self.request.count)
    machine.accept(bodyLimit: 0)
    #expect(describe(machine.next(Self.request)) == "request")
    _ = machine.respond(status: 200, body: .known(0))
    #expect(describe(machine.next(Self.request)) == "wait")
    machine.responseEnded()
    step = machine.next(Self.request)
    #expect(describe(step) == "head")
  }

  struct Framed: CustomTestStringConvertible, Sendable {
    let request: String
    let status: Int
    let body: ResponseFraming.Body
    let expected: String
    var testDescription: String { "\(request) \(status) \(body)" }

    init(_ request: String, _ status: Int, _ body: ResponseFraming.Body, _ expected: String) {
      self.request = request
      self.status = status
      self.body = body
      self.expected = expected
    }
  }

  static let framed: [Framed] = [
    Framed("GET / HTTP/1.1", 200, .known(5), "length 5, body, kept"),
    Framed("GET / HTTP/1.1", 200, .known(0), "length 0, body, kept"),
    Framed("HEAD / HTTP/1.1", 200, .known(5), "length 5, kept"),
    Framed("GET / HTTP/1.1", 204, .known(5), "kept"),
    Framed("GET / HTTP/1.1", 304, .known(5), "kept"),
    Framed("GET / HTTP/1.1", 205, .known(5), "length 0, kept"),
    Framed("GET / HTTP/1.1", 205, .stream, "length 0, kept"),
    Framed("GET / HTTP/1.1", 200, .stream, "chunked, body, kept"),
    Framed("HEAD / HTTP/1.1", 200, .stream, "kept"),
    Framed("GET / HTTP/1.0", 200, .stream, "body"),
    Framed("GET / HTTP/1.0", 200, .known(5), "length 5, body, kept, says so"),
  ]

  @Test("how an answer is framed (RFC 9112 section 6.3)", arguments: framed)
  func framing(_ framed: Framed) {
    var machine = ConnectionMachine()
    let request = "\(framed.request)\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
    _ = machine.next(Array(request.utf8))
    machine.accept(bodyLimit: 0)
    _ = machine.next([])
    let framing = machine.respond(status: framed.status, body: framed.body)
    var words: [String] = []
    if let length = framing.contentLength { words.append("length \(length)") }
    if framing.isChunked { words.append("chunked") }
    if framing.sendsBody { words.append("body") }
    if framing.keepsAlive { words.append("kept") }
    if framing.saysKeepAlive { words.append("says so") }
    #expect(words.joined(separator: ", ") == framed.expected)
  }

  @Test("the driver may refuse a body that it has no room for")
  func refusal() {
    var machine = ConnectionMachine()
    let head = Array("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n".utf8)
    _ = machine.next(head)
    machine.accept(bodyLimit: 10)
    machine.refuse(.overloaded)
    #expect(describe(machine.next([65])) == "503")
    #expect(!machine.respond(status: 503, body: .known(0)).keepsAlive)
  }

  @Test("a head's values are as they were sent")
  func headValues() throws {
    var machine = ConnectionMachine()
    let text =
      "POST http://b:81/x%20y?q HTTP/1.1\r\nhOST: a\r\nX-GITHUB-delivery: 1\r\nx-own:  é \r\n\r\n"
    let step = machine.next(Array(text.utf8))
    guard case .head(let head) = step.action else {
      Issue.record("no head")
      return
    }
    #expect(head.method == .post)
    #expect(head.path == "/x%20y")
    #expect(head.query == "q")
    #expect(head.headers[try #require(HTTPField.Name("Host"))] == "b:81")
    #expect(head.headers[try #require(HTTPField.Name("X-GitHub-Delivery"))] == "1")
    #expect(head.headers[try #require(HTTPField.Name("X-Own"))] == "é")
  }

  private func describe(_ step: ConnectionMachine.Step) -> String {
    switch step.action {
    case .needMore: "more"
    case .head: "head"
    case .sendContinue: "100"
    case .body: "body"
    case .request: "request"
    case .refuse(let error): "\(error.status.code)"
    case .wait: "wait"
    case .close: "close"
    }
  }
}

import Glibc
import HTTPClient
import HTTPTypes
import Synchronization
import TestKit
import Testing

@Suite struct HTTPClientTests {
  let client = HTTPClient()

  @Test func sendsWhatItIsGivenAndReturnsWhatComes() async throws {
    let server = try ScriptedServer { _ in
      .response(201, [("X-Twice", "one"), ("X-Twice", "two")], text: "made")
    }
    defer { server.stop() }
    var headers = HTTPFields()
    headers[.accept] = "application/json"
    headers[.contentType] = "text/plain"
    let response = try await client.send(
      ClientRequest(
        method: .put, url: "\(server.url)/a?b=c", headers: headers, body: Array("body".utf8)))
    #expect(response.status == 201)
    #expect(response.body == Array("made".utf8))
    let name = try #require(HTTPField.Name("X-Twice"))
    #expect(response.headers[values: name] == ["one", "two"])

    let request = try #require(server.requests.first)
    #expect(request.method == "PUT")
    #expect(request.target == "/a?b=c")
    #expect(request.body == Array("body".utf8))
    #expect(request.headers["accept"] == "application/json")
    #expect(request.headers["content-type"] == "text/plain")
    #expect(request.headers["user-agent"] == "slipway")
    #expect(request.headers["expect"] == nil)
  }

  @Test func anEmptyPostHasALengthAndNoInventedType() async throws {
    let server = try ScriptedServer { _ in .response(204) }
    defer { server.stop() }
    _ = try await client.send(ClientRequest(method: .post, url: server.url))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.headers["content-length"] == "0")
    #expect(request.headers["content-type"] == nil)
  }

  @Test func headWaitsForNoBody() async throws {
    let server = try ScriptedServer { _ in .response(200, declaring: 5000) }
    defer { server.stop() }
    let response = try await client.send(ClientRequest(method: .head, url: server.url))
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
  }

  @Test func aRedirectIsAnAnswerAndNotFollowed() async throws {
    let server = try ScriptedServer { _ in .response(302, [("Location", "/elsewhere")]) }
    defer { server.stop() }
    let response = try await client.send(ClientRequest(url: server.url))
    #expect(response.status == 302)
    #expect(response.headers[.location] == "/elsewhere")
    #expect(server.requests.count == 1)
  }

  @Test func headersOfAnInterimResponseAreNotTheAnswers() async throws {
    let server = try ScriptedServer { _ in
      .bytes(
        Array(
          "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            .utf8))
    }
    defer { server.stop() }
    let response = try await client.send(ClientRequest(url: server.url))
    #expect(response.status == 200)
    let link = try #require(HTTPField.Name("Link"))
    #expect(response.headers[link] == nil)
  }

  @Test("R12: a body beyond the limit is given up, declared or not")
  func bodyLimit() async throws {
    let body = [UInt8](repeating: 0x61, count: 5000)
    let server = try ScriptedServer { request in
      request.target == "/declared"
        ? .response(200, [], body) : .bytes(Array("HTTP/1.1 200 OK\r\n\r\n".utf8) + body)
    }
    defer { server.stop() }
    for path in ["/declared", "/undeclared"] {
      await #expect(throws: ClientError.tooLarge(host: server.host, limit: 4999)) {
        try await client.send(ClientRequest(url: server.url + path, responseLimit: 4999))
      }
      let whole = try await client.send(
        ClientRequest(url: server.url + path, responseLimit: 5000))
      #expect(whole.body == body)
    }
  }

  @Test("R12: headers without end are given up")
  func headerLimit() async throws {
    let server = try ScriptedServer { _ in
      .response(
        200, (0..<200).map { ("X-\($0)", String(repeating: "h", count: 1000)) }, text: "body")
    }
    defer { server.stop() }
    await #expect(throws: ClientError.tooLarge(host: server.host, limit: 65536)) {
      try await client.send(ClientRequest(url: server.url))
    }
  }

  @Test("R12: a server that says nothing is left at the deadline")
  func deadline() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    await #expect(throws: ClientError.timedOut(host: server.host, .milliseconds(200))) {
      try await client.send(ClientRequest(url: server.url, deadline: .milliseconds(200)))
    }
  }

  @Test func aCancelledTaskEndsItsTransfer() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let request = ClientRequest(url: server.url, deadline: .seconds(600))
    let task = Task { [client] in try await client.send(request) }
    try await eventually("the request's arrival") { server.requests.count == 1 }
    task.cancel()
    await #expect(throws: ClientError.cancelled) { try await task.value }
  }

  private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
  }

  @Test("A cancellation that comes before the request is under way ends it, too")
  func cancelledAtOnce() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let request = ClientRequest(url: server.url, deadline: .seconds(20))
    for round in 0..<4000 {
      let hasBegun = Flag()
      let task = Task { [client] in
        hasBegun.raise()
        return try await client.send(request)
      }
      while !hasBegun.isRaised { await Task.yield() }
      for _ in 0..<round % 400 { _ = hasBegun.isRaised }
      task.cancel()
      await #expect(throws: ClientError.cancelled) { try await task.value }
    }
  }

  @Test func whatIsUnderWayAtShutDownEndsAndNothingBeginsAfter() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    let client = HTTPClient()
    let request = ClientRequest(url: server.url, deadline: .seconds(600))
    let task = Task { try await client.send(request) }
    try await eventually("the request's arrival") { server.requests.count == 1 }
    client.shutDown()
    await #expect(throws: ClientError.closed) { try await task.value }
    await #expect(throws: ClientError.closed) { try await client.send(request) }
  }

  @Test func manyAtOnceShareOneThread() async throws {
    let server = try ScriptedServer { .response(200, text: $0.target) }
    defer { server.stop() }
    let bodies = try await withThrowingTaskGroup(of: String.self) { group in
      for number in 0..<100 {
        group.addTask { [client] in
          let response = try await client.send(ClientRequest(url: "\(server.url)/\(number)"))
          return String(decoding: response.body, as: UTF8.self)
        }
      }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(bodies == Set((0..<100).map { "/\($0)" }))
  }

  /// HOSTALIASES (hostname(7)) is opened by whoever looks up a name without a dot, and a FIFO that
  /// nobody writes is not open before somebody does: such a look-up never ends. In a process of its
  /// own, since an environment belongs to all threads.
  @Test("R12: a name that nobody resolves holds up its own request alone")
  func hangingLookUp() async {
    await #expect(processExitsWith: .success) {
      // The end, where the client hangs.
      alarm(30)
      let directory = try TemporaryDirectory()
      let aliases = directory.path + "/aliases"
      try #require(mkfifo(aliases, 0o600) == 0)
      setenv("HOSTALIASES", aliases, 1)
      let server = try ScriptedServer { _ in .response(200, text: "here") }
      let client = HTTPClient()
      let nowhere = ClientRequest(url: "http://nowhere/", deadline: .milliseconds(200))
      await #expect(throws: ClientError.timedOut(host: "nowhere", .milliseconds(200))) {
        try await client.send(nowhere)
      }
      let cancelled = Task { try await client.send(ClientRequest(url: "http://nowhere/")) }
      #expect(try await client.send(ClientRequest(url: server.url)).status == 200)
      cancelled.cancel()
      await #expect(throws: ClientError.cancelled) { try await cancelled.value }
      #expect(try await client.send(ClientRequest(url: server.url)).status == 200)
    }
  }

  @Test func aServerThatIsNotThereIsUnreachable() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    await #expect(throws: ClientError.self) {
      try await client.send(ClientRequest(url: server.url))
    }
    server.stop()
    try await eventually("the port's end") {
      do {
        _ = try await client.send(ClientRequest(url: server.url))
        return false
      } catch ClientError.unreachable(let host, _) {
        return host == server.host
      }
    }
  }

  @Test(
    "R13: only http and https, and no user information",
    arguments: [
      "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "example.com",
      "http://", "http:///path", "https://user:hunter2@example.com/", "http://a b/",
      "http://example.com/\r\nX: y",
    ])
  func refusedAddresses(url: String) async {
    do {
      _ = try await client.send(ClientRequest(url: url))
      Issue.record("sent")
    } catch {
      guard case .invalidRequest = error else {
        Issue.record("\(error)")
        return
      }
      #expect(!error.description.contains("hunter2"))
    }
  }

  @Test("R13: an error names the host and nothing else of the request")
  func errorsHoldNoSecret() async throws {
    let server = try ScriptedServer { _ in .hangUp }
    defer { server.stop() }
    var headers = HTTPFields()
    headers[.authorization] = "Bearer hunter2"
    do {
      _ = try await client.send(
        ClientRequest(
          method: .post, url: "\(server.url)/hunter2?token=hunter2", headers: headers,
          body: Array("hunter2".utf8)))
      Issue.record("sent")
    } catch {
      #expect(error.description.contains(server.host))
      #expect(!"\(error)".contains("hunter2"))
      #expect(!String(reflecting: error).contains("hunter2"))
    }
  }
}

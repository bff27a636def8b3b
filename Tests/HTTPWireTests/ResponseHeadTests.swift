import HTTPTypes
import HTTPWire
import Testing
import WireKit

@Suite struct ResponseHeadTests {
  private func framing(_ body: ResponseFraming.Body, keepAlive: Bool = true) -> ResponseFraming {
    var machine = ConnectionMachine()
    _ = machine.next(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    machine.accept(bodyLimit: 0)
    _ = machine.next([])
    return machine.respond(status: 200, body: body, closing: !keepAlive)
  }

  private func text(
    _ fields: HTTPFields, _ body: ResponseFraming.Body, keepAlive: Bool = true,
    status: HTTPResponse.Status = .ok
  ) throws -> String {
    var output: [UInt8] = []
    try ResponseHead.write(
      status: status, framing: framing(body, keepAlive: keepAlive), fields: fields,
      date: HTTPDate(unixSeconds: 784_111_777), requestID: "r1", into: &output)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func aHead() throws {
    #expect(
      try text([.contentType: "text/plain"], .known(12))
        == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: r1\r\n"
        + "Content-Length: 12\r\nContent-Type: text/plain\r\n\r\n")
  }

  @Test("a status made of its code alone has its registered phrase")
  func phrase() throws {
    for (code, line) in [(409, "HTTP/1.1 409 Conflict\r\n"), (599, "HTTP/1.1 599 \r\n")] {
      #expect(try text([:], .known(0), status: .init(code: code)).hasPrefix(line))
    }
  }

  @Test func aStreamThatCloses() throws {
    #expect(
      try text([:], .stream, keepAlive: false)
        == "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-Request-Id: r1\r\n"
        + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
  }

  @Test("framing fields of a handler are left out: framing is decided once")
  func framingIsOurs() throws {
    let fields: HTTPFields = [
      .contentLength: "99", .transferEncoding: "gzip", .connection: "upgrade",
    ]
    #expect(try text(fields, .known(0)) == text([:], .known(0)))
  }

  @Test("R13: a value cannot break out of its line")
  func noInjection() throws {
    let name = try #require(HTTPField.Name("X-A"))
    var fields = HTTPFields()
    fields.append(HTTPField(name: name, lenientValue: Array("b\u{1}c".utf8)))
    var output: [UInt8] = [1]
    #expect(throws: UnsafeField(name: "X-A")) {
      try ResponseHead.write(
        status: .ok, framing: framing(.known(0)), fields: fields,
        date: HTTPDate(unixSeconds: 0), requestID: "r", into: &output)
    }
    #expect(output == [1])
    let value = try text([name: "b\r\nSet-Cookie: c"], .known(0))
    #expect(!value.utf8.elementsEqual("".utf8) && !value.contains("\r\nSet-Cookie"))
  }

  @Test func chunks() {
    var output: [UInt8] = []
    ChunkedEncoder.write(Array("hello, world, hello".utf8), into: &output)
    ChunkedEncoder.write([], into: &output)
    output += ChunkedEncoder.end
    #expect(String(decoding: output, as: UTF8.self) == "13\r\nhello, world, hello\r\n0\r\n\r\n")
  }

  @Test(arguments: [
    (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
    (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
    (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
    (4_102_444_800, "Fri, 01 Jan 2100 00:00:00 GMT"),
    (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
  ])
  func dates(seconds: Int, text: String) {
    #expect(String(decoding: HTTPDate(unixSeconds: seconds).bytes, as: UTF8.self) == text)
  }
}

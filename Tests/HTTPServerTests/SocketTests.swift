import Glibc
import HTTPServer
import HTTPTypes
import Posix
import TestKit
import Testing

/// What only a socket shows: ends, resets, order in time, other people's clients.
@Suite struct SocketTests {
  @Test(
    "a reset in the middle of a request ends its connection, and nothing is served",
    arguments: [
      "G", "GET / HTTP/1.1\r\nHos", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
    ])
  func resetMidRequest(sent: String) async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        Issue.record("served")
        return ServerResponse(.ok)
      })
    let client = try server.client()
    await client.send(sent)
    try await eventually("its connection") { server.server.connectionCount == 1 }
    client.reset()
    try await eventually("its end") { server.server.connectionCount == 0 }
    await server.stop()
  }

  @Test("a reset while the handler works ends the connection; the handler's answer goes nowhere")
  func resetMidHandler() async throws {
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      handler: TestHandler { request in
        guard request.path == "/slow" else { return ServerResponse(.ok) }
        arrived.yield()
        try? await gate.pass()
        return ServerResponse(.ok, body: .bytes([UInt8](repeating: 65, count: 1 << 20)))
      })
    let client = try server.client()
    await client.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    for await _ in arrivals { break }
    client.reset()
    try await eventually("its end") { server.server.connectionCount == 0 }
    gate.open()
    let other = try server.client()
    await other.send(simpleRequest)
    #expect(await other.readAnswer().statusCode == 200)
    await server.stop()
  }

  @Test("a reset in the middle of an answer ends the connection")
  func resetMidAnswer() async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 65, count: 16 << 20)))
      })
    let client = try TestClient(server.address, receiveBuffer: 64 << 10)
    await client.send(simpleRequest)
    _ = await client.read(until: "AAAA")
    client.reset()
    try await eventually("its end") { server.server.connectionCount == 0 }
    await server.stop()
  }

  @Test("R12: the kernel asks a silent client whether it is there, and gives it up within 2 min")
  func keepAlive() throws {
    func value(_ option: CInt, of level: CInt, _ transport: PlainTransport) -> CInt {
      var (value, size) = (CInt(-1), socklen_t(MemoryLayout<CInt>.size))
      getsockopt(transport.descriptor, level, option, &value, &size)
      return value
    }
    let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    try #require(number >= 0)
    let transport = PlainTransport(OwnedDescriptor(owning: number))
    #expect(value(SO_KEEPALIVE, of: SOL_SOCKET, transport) == 1)
    let times = [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT].map {
      value($0, of: CInt(IPPROTO_TCP), transport)
    }
    #expect(times == [60, 10, 6])
  }

  @Test("RFC 9112 section 9.3.2: the next request is not begun before the last one is answered")
  func pipelinedOneAtATime() async throws {
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: String.self)
    let server = try TestServer(
      handler: TestHandler { request in
        arrived.yield(request.path)
        if request.path == "/slow" { try? await gate.pass() }
        return ServerResponse(.ok, body: .bytes(Array("<\(request.path)>".utf8)))
      })
    let client = try server.client()
    await client.send(
      ["/1", "/slow", "/2", "/3"].map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    var order = arrivals.makeAsyncIterator()
    #expect(await order.next() == "/1")
    #expect(await order.next() == "/slow")
    // The answer to the first is not held back by the second, which has not ended.
    #expect(await client.read(until: "</1>").statusCode == 200)
    gate.open()
    #expect(await client.read(until: "</3>").ranges(of: "HTTP/1.1 200").count == 3)
    #expect(await order.next() == "/2")
    #expect(await order.next() == "/3")
    await server.stop()
  }

  @Test("RFC 9112 section 9.6: a client that ends its half still gets the whole of a stream")
  func halfCloseThenStream() async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        ServerResponse(
          .ok,
          body: .stream { writer in
            for _ in 0..<50 {
              await Task.yield()
              try await writer.write([UInt8](repeating: 65, count: 1000))
            }
          })
      })
    let client = try server.client()
    await client.send(simpleRequest)
    client.endSending()
    let answer = await client.readToEnd()
    #expect(answer.hasSuffix("\r\n0\r\n\r\n"))
    #expect(answer.utf8.count { $0 == UInt8(ascii: "A") } == 50_000)
    await server.stop()
  }

  @Test(
    "RFC 9112 section 8: a client that ends its half in the middle of a request hears 400",
    arguments: [
      "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
    ])
  func halfCloseMidRequest(sent: String) async throws {
    let server = try TestServer()
    let client = try server.client()
    await client.send(sent)
    client.endSending()
    let answer = await client.readToEnd()
    #expect(answer.statusCode == 400)
    #expect(answer.contains("\r\nConnection: close\r\n"))
    try await eventually("its end") { server.server.connectionCount == 0 }
    await server.stop()
  }

  private static func routed() throws -> TestServer {
    var router = Router { status, _, _ in ServerResponse(status) }
    router.add(.get, "/a", bodyLimit: 16) { _ in ServerResponse(.ok) }
    return try TestServer(handler: router)
  }

  @Test("RFC 9112 section 9.3: a body that nobody wanted is read, and the connection goes on")
  func unwantedBodyIsRead() async throws {
    let server = try Self.routed()
    let client = try server.client()
    let count = Router.unmatchedBodyLimit
    await client.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: \(count)\r\n\r\n")
    await client.send([UInt8](repeating: 65, count: count))
    await client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n!" + simpleRequest)
    let answers = await client.read(until: "\r\n\r\n", count: 3)
    let statuses = answers.ranges(of: "HTTP/1.1 ").map { answers[$0.upperBound...].prefix(3) }
    #expect(statuses == ["404", "405", "200"])
    await server.stop()
  }

  @Test("one that is too large is not: the connection ends, and its client reads why")
  func oversizedBodyIsNotRead() async throws {
    let server = try Self.routed()
    let client = try server.client()
    await client.send("GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n")
    await client.send([UInt8](repeating: 65, count: 100_000) + Array(simpleRequest.utf8))
    client.endSending()
    let answer = await client.readToEnd()
    #expect(answer.statusCode == 413)
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
    await server.stop()
  }

  @Test("curl waits for 100 Continue, sends its body then, and takes 413 for an answer without one")
  func curlExpects() async throws {
    let server = try TestServer(
      handler: TestHandler(limit: 1 << 20) {
        ServerResponse(.ok, body: .bytes(Array("\($0.body.count)".utf8)))
      })
    let address = "http://127.0.0.1:\(server.address.port)/"
    // curl's own patience is longer than this test's: without the 100 it would not end.
    let arguments = ["--expect100-timeout", "600", "--header", "Expect: 100-continue"]
    func post(_ count: Int) async throws -> String {
      try await shell(
        "curl", ["--silent", "--include", "--data-binary", "@-"] + arguments + [address],
        input: String(repeating: "b", count: count))
    }
    let taken = try await post(1 << 20)
    #expect(taken.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"))
    #expect(taken.hasSuffix("\r\n\r\n\(1 << 20)"))
    let refused = try await post(1 << 20 + 1)
    #expect(refused.hasPrefix("HTTP/1.1 413 "))
    #expect(!refused.contains("100 Continue"))
    await server.stop()
  }
}

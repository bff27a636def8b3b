import HTTPServer
import HTTPTypes
import TestKit
import Testing

/// R12: each phase has its deadline, and a byte now and then does not move it.
@Suite struct SlowClientTests {
  /// Sends `drop` again and again, until the server has closed.
  private func trickle(_ drop: String, to client: TestClient) async {
    while await client.send(drop) == drop.utf8.count { await Task.yield() }
  }

  private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
    var limits = ServerLimits.forTests
    limits.head = .seconds(600)
    limits.body = .seconds(600)
    limits.idle = .seconds(600)
    limits.write = .seconds(600)
    change(&limits)
    return limits
  }

  @Test("a head that comes byte by byte for ever gets 408 at the head's deadline")
  func slowHead() async throws {
    let server = try TestServer(limits: limits { $0.head = .milliseconds(100) })
    let client = try server.client()
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nA: ")
    async let trickled: Void = trickle("b", to: client)
    // Where its bytes are faster than the deadline, the head's size ends it.
    #expect([408, 431].contains(await client.readToEnd().statusCode))
    client.endSending()
    await trickled
    await server.stop()
  }

  @Test("a body that comes byte by byte for ever gets 408 at the body's deadline")
  func slowBody() async throws {
    let server = try TestServer(
      limits: limits {
        $0.body = .milliseconds(100)
        $0.bodyRate = 1 << 40
      })
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
    async let trickled: Void = trickle("b", to: client)
    #expect(await client.readToEnd().statusCode == 408)
    client.endSending()
    await trickled
    await server.stop()
  }

  @Test("chunks that come byte by byte for ever do not move it either")
  func slowChunks() async throws {
    let server = try TestServer(
      limits: limits {
        $0.body = .milliseconds(100)
        $0.bodyRate = 1 << 40
      })
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    async let trickled: Void = trickle("1\r\nb\r\n", to: client)
    #expect(await client.readToEnd().statusCode == 408)
    client.endSending()
    await trickled
    await server.stop()
  }

  @Test("most of a body at once buys no silence afterwards: 408 as soon")
  func silentBody() async throws {
    let server = try TestServer(limits: limits { $0.body = .milliseconds(100) })
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n")
    await client.send([UInt8](repeating: 65, count: 10 << 20))
    #expect(await client.readToEnd().statusCode == 408)
    await server.stop()
  }

  @Test("silence between requests ends without a word, at the deadline of an idle connection")
  func idle() async throws {
    let server = try TestServer(limits: limits { $0.idle = .milliseconds(100) })
    let client = try server.client()
    await client.send(simpleRequest)
    #expect(await client.readToEnd().ranges(of: "HTTP/1.1 ").count == 1)
    await server.stop()
  }

  @Test("an answer that is taken byte by byte is cut at the deadline of writing")
  func slowReader() async throws {
    let server = try TestServer(
      limits: limits {
        $0.write = .milliseconds(100)
        $0.writeRate = 1 << 40
      },
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 65, count: 64 << 20)))
      })
    let client = try TestClient(server.address, receiveBuffer: 4 << 10)
    await client.send(simpleRequest)
    let cut = Task { try await eventually("the cut") { server.server.connectionCount == 0 } }
    let taken = await client.drain(pieces: 1)
    try await cut.value
    #expect(taken < 64 << 20)
    client.close()
    await server.stop()
  }

  @Test("most of an answer, taken at once, buys the rest no more than the longest silence")
  func silentReader() async throws {
    let server = try TestServer(
      limits: limits {
        $0.write = .milliseconds(100)
        $0.writeSilence = .milliseconds(200)
      },
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 65, count: 64 << 20)))
      })
    let client = try TestClient(server.address, receiveBuffer: 64 << 10)
    await client.send(simpleRequest)
    #expect(await client.take(8 << 20) == 8 << 20)
    try await eventually("the cut") { server.server.connectionCount == 0 }
    client.close()
    await server.stop()
  }

  @Test("after its last answer a connection reads on only for so long")
  func lingering() async throws {
    let server = try TestServer(limits: limits { $0.linger = .milliseconds(100) })
    let client = try server.client()
    await client.send("nonsense\r\n")
    #expect(await client.readToEnd().statusCode == 400)
    try await eventually("its end") { server.server.connectionCount == 0 }
    client.close()
    await server.stop()
  }
}

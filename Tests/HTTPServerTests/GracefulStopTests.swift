import Glibc
import HTTPServer
import HTTPTypes
import Posix
import TestKit
import Testing

@Suite struct GracefulStopTests {
  @Test("what is in flight is answered, what is idle is closed, and nobody new gets in")
  func answersWhatIsInFlight() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let (releases, release) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      handler: TestHandler { request in
        guard request.path == "/slow" else { return ServerResponse(.ok) }
        arrived.yield()
        for await _ in releases { break }
        return ServerResponse(.ok, body: .bytes(Array("done".utf8)))
      })
    let idle = try server.client()
    await idle.send(simpleRequest)
    #expect(await idle.readAnswer().statusCode == 200)
    let busy = try server.client()
    await busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
    for await _ in arrivals { break }

    async let stopped: Void = server.stop()
    #expect(await idle.readToEnd() == "")
    release.yield()
    let answer = await busy.readToEnd()
    #expect(answer.content == "done")
    #expect(answer.contains("Connection: close"))
    busy.close()
    await stopped
    #expect(server.server.connectionCount == 0)
  }

  @Test("whoever comes while it drains is refused, not left waiting")
  func refusesWhoeverComes() async throws {
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      handler: TestHandler { request in
        arrived.yield()
        do {
          try await gate.pass()
        } catch {
          return ServerResponse(.internalServerError)
        }
        return ServerResponse(.ok)
      })
    let busy = try server.client()
    await busy.send(simpleRequest)
    for await _ in arrivals { break }
    async let stopped: Void = server.stop()
    try await eventually("the refusal", within: .seconds(10)) {
      do throws(PosixError) {
        try TestClient.connect(to: server.address)
        return false
      } catch {
        return error.code == ECONNREFUSED
      }
    }
    gate.open()
    #expect(await busy.readToEnd().statusCode == 200)
    await stopped
  }

  @Test("whoever has come before it is served")
  func servesWhoeverHasCome() async throws {
    for _ in 0..<20 {
      let server = try TestServer()
      let client = try server.client()
      await client.send(simpleRequest)
      async let stopped: Void = server.stop()
      #expect(await client.readToEnd().statusCode == 200)
      client.close()
      await stopped
    }
  }

  @Test("a client that takes its answer while it drains is not waited for afterwards")
  func endsWhatHasTakenItsAnswer() async throws {
    let size = 16 << 20
    let server = try TestServer(
      handler: TestHandler { request in
        guard request.path == "/large" else { return ServerResponse(.ok) }
        return ServerResponse(.ok, body: .bytes([UInt8](repeating: 65, count: size)))
      }, reactors: 1)
    let idle = try server.client()
    await idle.send(simpleRequest)
    #expect(await idle.readAnswer().statusCode == 200)
    let busy = try TestClient(server.address, receiveBuffer: 64 << 10)
    await busy.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
    // Promised before the stop that the connection would live on.
    #expect(await busy.take(1) == 1)
    async let stopped: Void = server.stop()
    #expect(await idle.readToEnd() == "")
    #expect(await busy.take(size) == size)
    try await eventually("its end", within: .seconds(10)) { server.server.connectionCount == 0 }
    busy.close()
    await stopped
  }

  @Test("what does not end is cut at the deadline")
  func deadline() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      handler: TestHandler { _ in
        ServerResponse(
          .ok,
          body: .stream { writer in
            try await writer.write([65])
            arrived.yield()
            try await Task.sleep(for: .seconds(1000))
          })
      })
    let client = try server.client()
    await client.send(simpleRequest)
    for await _ in arrivals { break }
    await server.server.stop(within: .milliseconds(100))
    #expect(server.server.connectionCount == 0)
    #expect(!(await client.readToEnd()).hasSuffix("0\r\n\r\n"))
  }

  @Test("a stream that ends after the stop began closes its connection, and nobody waits for more")
  func streamEnds() async throws {
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let (releases, release) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      handler: TestHandler { request in
        guard request.path == "/stream" else { return ServerResponse(.ok) }
        return ServerResponse(
          .ok,
          body: .stream { writer in
            try await writer.write([65])
            arrived.yield()
            for await _ in releases { break }
          })
      })
    let idle = try server.client()
    await idle.send(simpleRequest)
    _ = await idle.readAnswer()
    let client = try server.client()
    await client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n")
    for await _ in arrivals { break }
    async let stopped: Void = server.server.stop(within: .seconds(1000))
    // The idle connection's end says that the stop has begun.
    #expect(await idle.readToEnd() == "")
    release.yield()
    #expect((await client.readToEnd()).hasSuffix("1\r\nA\r\n0\r\n\r\n"))
    client.close()
    await stopped
    #expect(server.server.connectionCount == 0)
  }

  @Test("a second stop has nothing to do")
  func twice() async throws {
    let server = try TestServer()
    await server.stop()
    await server.stop()
  }
}

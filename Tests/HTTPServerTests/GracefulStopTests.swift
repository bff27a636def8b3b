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

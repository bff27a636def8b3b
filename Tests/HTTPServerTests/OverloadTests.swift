import Glibc
import HTTPServer
import HTTPTypes
import Posix
import Synchronization
import TestKit
import Testing

@Suite struct OverloadTests {
  @Test("a thousand connections at once, each served")
  func thousandConnections() async throws {
    var limits = ServerLimits.forTests
    // All connect before the first one sends, on a machine that may be busy with other tests.
    (limits.head, limits.idle) = (.seconds(60), .seconds(60))
    let server = try TestServer(limits: limits)
    let clients = try (0..<1000).map { _ in try server.client() }
    for client in clients { await client.send(simpleRequest) }
    for client in clients { #expect(await client.readAnswer().content == "GET /a") }
    #expect(server.server.connectionCount == 1000)
    for client in clients { client.close() }
    try await eventually("their end") { server.server.connectionCount == 0 }
    await server.stop()
  }

  @Test("R12: more connections than allowed are told 503")
  func connectionLimit() async throws {
    var limits = ServerLimits.forTests
    limits.connections = 2
    let server = try TestServer(limits: limits)
    let first = try server.client()
    let second = try server.client()
    for client in [first, second] {
      await client.send(simpleRequest)
      #expect(await client.readAnswer().statusCode == 200)
    }
    let third = try server.client()
    #expect(await third.readToEnd().statusCode == 503)
    first.close()
    try await eventually("room") { server.server.connectionCount == 1 }
    let fourth = try server.client()
    await fourth.send(simpleRequest)
    #expect(await fourth.readAnswer().statusCode == 200)
    await server.stop()
  }

  @Test("R12: without descriptors accepting pauses, and recovers; the waiting client is served")
  func descriptorShortage() async throws {
    let shortages = Mutex([EMFILE, ENFILE])
    let server = try TestServer(shortage: { shortages.withLock { $0.popLast() } })
    let client = try server.client()
    await client.send(simpleRequest)
    #expect(await client.readAnswer().statusCode == 200)
    #expect(shortages.withLock { $0.isEmpty })
    await server.stop()
  }

  @Test("R12: bodies beyond the shared limit wait, then get 503; others are served meanwhile")
  func bodyBudget() async throws {
    var limits = ServerLimits.forTests
    limits.unauthenticatedBodies = 100_000
    limits.bodyPatience = .milliseconds(100)
    limits.body = .seconds(60)
    let server = try TestServer(limits: limits)
    let hog = try server.client()
    await hog.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n")
    await hog.send([UInt8](repeating: 65, count: 190_000))
    // The hog fills the limit itself, so it is the one that waits in vain.
    #expect(await hog.readAnswer().statusCode == 503)
    hog.close()
    let other = try server.client()
    await other.send(simpleRequest)
    #expect(await other.readAnswer().statusCode == 200)
    await server.stop()
  }

  @Test("a paused body goes on when there is room again")
  func bodyBudgetRecovers() async throws {
    var limits = ServerLimits.forTests
    limits.unauthenticatedBodies = 50_000
    limits.bodyPatience = .seconds(60)
    let server = try TestServer(
      limits: limits,
      handler: TestHandler { ServerResponse(.ok, body: .bytes(Array("\($0.body.count)".utf8))) })
    let hog = try server.client()
    await hog.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n")
    await hog.send([UInt8](repeating: 65, count: 50_001))
    let paused = try server.client()
    await paused.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n")
    await paused.send([UInt8](repeating: 65, count: 20_000))
    hog.reset()
    #expect(await paused.readAnswer().content == "20000")
    await server.stop()
  }

  @Test("R12: what a handler holds of a client that has gone is counted until it lets go")
  func bodyBudgetOfTheGone() async throws {
    var limits = ServerLimits.forTests
    limits.unauthenticatedBodies = 100_000
    limits.bodyPatience = .milliseconds(100)
    let gate = Gate()
    let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
    let server = try TestServer(
      limits: limits,
      handler: TestHandler { request in
        guard request.path == "/held" else { return ServerResponse(.ok) }
        arrived.yield()
        do {
          try await gate.pass()
        } catch {
          return ServerResponse(.internalServerError)
        }
        return ServerResponse(.ok, body: .bytes(request.body))
      })
    let body = [UInt8](repeating: 65, count: 90_000)
    let gone = try server.client()
    await gone.send("POST /held HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n")
    await gone.send(body)
    for await _ in arrivals { break }
    gone.reset()
    try await eventually("its end") { server.server.connectionCount == 0 }
    let other = try server.client()
    await other.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n")
    await other.send(body)
    #expect(await other.readAnswer().statusCode == 503)
    other.close()
    gate.open()
    try await eventually("room") {
      let next = try server.client()
      defer { next.close() }
      await next.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n")
      await next.send(body)
      return await next.readAnswer().statusCode == 200
    }
    await server.stop()
  }

  @Test("SIGPIPE cannot kill: clients that go away while they are answered")
  func brokenPipes() async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 66, count: 4 << 20)))
      })
    for _ in 0..<20 {
      let client = try server.client()
      await client.send(simpleRequest)
      client.reset()
    }
    try await eventually("their end") { server.server.connectionCount == 0 }
    let last = try server.client()
    await last.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(await last.readToEnd().content.utf8.count == 4 << 20)
    await server.stop()
  }

  @Test("R12: a client that does not take its answer is cut")
  func writeDeadline() async throws {
    var limits = ServerLimits.forTests
    limits.write = .milliseconds(100)
    limits.writeRate = 1 << 30
    let server = try TestServer(
      limits: limits,
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 66, count: 16 << 20)))
      })
    let client = try TestClient(server.address, receiveBuffer: 64 << 10)
    await client.send(simpleRequest)
    try await eventually("the cut") { server.server.connectionCount == 0 }
    client.close()
    await server.stop()
  }

  @Test("connections that come and go leave no descriptor behind")
  func noLeaks() async throws {
    let server = try TestServer()
    for round in 0..<300 {
      let client = try server.client()
      if round % 3 == 0 { await client.send("GET / HT") }
      if round % 3 == 1 { await client.send(simpleRequest) }
      if round % 2 == 0 { client.reset() } else { client.close() }
    }
    try await eventually("their end") { server.server.connectionCount == 0 }
    await server.stop()
  }
}

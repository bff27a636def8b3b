import HTTPServer
import HTTPTypes
import Posix
import Synchronization
import TestKit
import Testing

@Suite struct ClientAddressTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var list: String?
    var client: String

    init(_ list: String?, _ client: String) { (self.list, self.client) = (list, client) }

    var testDescription: String { "\(list ?? "nothing") means \(client)" }
  }

  @Test(
    "whom a trusted proxy speaks for is read from the end, for as long as a trusted one speaks",
    arguments: [
      Row(nil, "10.0.0.1"), Row("", "10.0.0.1"), Row("198.51.100.7", "198.51.100.7"),
      Row("203.0.113.1, 198.51.100.7", "198.51.100.7"),
      Row("198.51.100.7, 10.0.0.2,10.0.0.3", "198.51.100.7"),
      Row("10.0.0.9, 10.0.0.2", "10.0.0.9"),
      Row("198.51.100.7:4711", "198.51.100.7"),
      Row("2001:db8::1", "2001:db8::1"), Row("[2001:db8::1]", "2001:db8::1"),
      Row(" [2001:DB8::1]:4711\t", "2001:db8::1"), Row("::ffff:198.51.100.7", "198.51.100.7"),
      Row("unknown", "10.0.0.1"), Row("198.51.100.7, unknown", "10.0.0.1"),
      Row("198.51.100.7, , 10.0.0.2", "198.51.100.7"), Row("1.2.3", "10.0.0.1"),
      Row("[::1", "::1"), Row("1.2.3.4:5:6", "10.0.0.1"),
    ])
  func client(row: Row) throws {
    let proxies = TrustedProxies([try #require(AddressBlock("10.0.0.0/8"))])
    let peer = try #require(IPAddress("10.0.0.1"))
    #expect(proxies.client(forwardedFor: row.list, peer: peer).description == row.client)
  }

  private static let sayFrom = TestHandler { request in
    ServerResponse(.ok, body: .bytes(Array(request.remoteAddress.utf8)))
  }

  private func asked(for address: String) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: \(address)\r\n\r\n"
  }

  @Test("a handler hears the client that a trusted proxy names, and the other end otherwise")
  func remoteAddress() async throws {
    for (proxies, expected) in [(["127.0.0.0/8"], "198.51.100.7"), (["10.0.0.0/8"], "127.0.0.1")] {
      let server = try TestServer(proxies: proxies, handler: Self.sayFrom)
      let client = try server.client()
      await client.send(asked(for: "198.51.100.7"))
      #expect(await client.readAnswer().content == expected)
      await server.stop()
    }
  }

  @Test("R12: one client's connections are limited where that is configured, and free again")
  func connections() async throws {
    var limits = ServerLimits.forTests
    limits.perClient = 2
    let server = try TestServer(limits: limits)
    let clients = [try server.client(), try server.client()]
    for client in clients {
      await client.send(simpleRequest)
      #expect(await client.readAnswer().statusCode == 200)
    }
    #expect(await (try server.client()).readToEnd().statusCode == 503)
    clients[0].close()
    try await eventually("room") { server.server.connectionCount == 1 }
    let next = try server.client()
    await next.send(simpleRequest)
    #expect(await next.readAnswer().statusCode == 200)
    await server.stop()
  }

  @Test("R12: behind a proxy one client's requests under way are limited, and nobody else's")
  func requests() async throws {
    var limits = ServerLimits.forTests
    limits.perClient = 1
    let gate = Gate()
    let arrived = Atomic<Bool>(false)
    let server = try TestServer(
      limits: limits, proxies: ["127.0.0.1"],
      handler: TestHandler { request in
        if request.remoteAddress == "198.51.100.7" {
          arrived.store(true, ordering: .relaxed)
          do {
            try await gate.pass()
          } catch {
            return ServerResponse(.internalServerError)
          }
        }
        return ServerResponse(.ok, body: .bytes(Array(request.remoteAddress.utf8)))
      })
    let held = try server.client()
    await held.send(asked(for: "198.51.100.7"))
    try await eventually("the first one") { arrived.load(ordering: .relaxed) }
    let second = try server.client()
    await second.send(asked(for: "198.51.100.7"))
    let refused = await second.readAnswer()
    #expect(refused.statusCode == 429)
    #expect(refused.contains("\r\nRetry-After: 1\r\n"))
    // The refusal is about the request: the proxy's connection serves the next client.
    await second.send(asked(for: "198.51.100.8"))
    #expect(await second.readAnswer().content == "198.51.100.8")
    gate.open()
    #expect(await held.readAnswer().content == "198.51.100.7")
    await held.send(asked(for: "198.51.100.7"))
    #expect(await held.readAnswer().content == "198.51.100.7")
    await server.stop()
  }

  @Test("R12: a stream is under way until it ends")
  func streams() async throws {
    var limits = ServerLimits.forTests
    limits.perClient = 1
    let gate = Gate()
    let server = try TestServer(
      limits: limits, proxies: ["127.0.0.1"],
      handler: TestHandler { request in
        guard request.method == .get else { return ServerResponse(.ok) }
        return ServerResponse(
          .ok,
          body: .stream { writer in
            try await writer.write([65])
            try await gate.pass()
          })
      })
    let first = try server.client()
    await first.send(asked(for: "198.51.100.7"))
    _ = await first.read(until: "A\r\n")
    let second = try server.client()
    await second.send(asked(for: "198.51.100.7"))
    #expect(await second.readAnswer().statusCode == 429)
    gate.open()
    _ = await first.read(until: "0\r\n\r\n")
    try await eventually("its place") {
      await second.send("POST / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n")
      return await second.readAnswer().statusCode == 200
    }
    await server.stop()
  }

  @Test("R12: an IPv6 client is its /64")
  func networks() throws {
    let first = try #require(IPAddress("2001:db8:1:2::1"))
    let second = try #require(IPAddress("2001:db8:1:2:ffff::9"))
    let other = try #require(IPAddress("2001:db8:1:3::1"))
    #expect(first.prefix(64) == second.prefix(64))
    #expect(first.prefix(64) != other.prefix(64))
  }
}

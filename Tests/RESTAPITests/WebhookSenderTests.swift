import HTTPTypes
import Posix
import TestKit
import Testing

@testable import RESTAPI

@Suite struct WebhookSenderTests {
  private func blocks(_ texts: String...) throws -> [AddressBlock] {
    try texts.map { try #require(AddressBlock($0)) }
  }

  /// 401 stands for everything behind the gate: the webhook is not signed.
  private func status(_ world: APIWorld, from address: String, _ path: String) async throws -> Int {
    try await world.webhook(
      Array("{}".utf8), headers: [.contentType: "application/json"], path: path, from: address
    ).status
  }

  @Test(
    "R13: webhooks come from the addresses that were named, and from no other",
    arguments: [
      "/webhooks/github", "/webhooks/github/shop", "/webhooks/gitlab", "/webhooks/gitlab/shop",
    ])
  func named(path: String) async throws {
    let world = try await APIWorld.make()
    #expect(try await status(world, from: "203.0.113.9", path) == 401, "nobody is named")
    world.senders.replace(with: try blocks("192.30.252.0/22", "2606:50c0::/32"))
    let answers = [
      ("192.30.252.1", 401), ("192.30.255.255", 401), ("::ffff:192.30.252.1", 401),
      ("2606:50c0::1", 401), ("192.30.251.255", 403), ("192.31.0.0", 403),
      ("203.0.113.9", 403), ("2606:50c1::1", 403), ("", 403),
    ]
    for (address, expected) in answers {
      #expect(try await status(world, from: address, path) == expected, "\(address)")
    }
    #expect(try await world.call(.get, "/api/v1/services").status == 200, "calls are no webhooks")
    world.senders.replace(with: nil)
    #expect(try await status(world, from: "203.0.113.9", path) == 401)
  }

  @Test("who is refused learns his address and the key, and is counted")
  func words() async throws {
    let world = try await APIWorld.make()
    world.senders.replace(with: try blocks("10.0.0.0/8"))
    let answer = try await world.webhook(
      Array("{}".utf8), headers: [.contentType: "application/json"], from: "203.0.113.9")
    #expect(answer.status == 403)
    #expect(answer.headers[.contentType] == "application/problem+json")
    #expect(
      try answer.string("detail")
        == "webhooks are not taken from 203.0.113.9: server.webhooks.from does not name it (if that "
        + "is a proxy, server.trustedProxies has to name it)")
    let metrics = try await world.call(.get, "/metrics").text.split(separator: "\n")
    #expect(metrics.contains("slipway_webhooks_refused_total 1"))
    #expect(metrics.contains("slipway_webhook_ranges 1"))
  }
}

import DeployModel
import Foundation
import HTTPClient
import HTTPTypes
import Logging
import Metrics
import RESTAPI
import TestKit
import Testing

@testable import slipway

@Suite("From where webhooks are taken")
struct WebhookSenderTests {
  /// The part that keeps the list, on a clock that the test turns.
  private struct Bench {
    let directory: TemporaryDirectory
    let github: FakeGitHub
    let clock = ManualClock()
    let registry = MetricRegistry()
    let inForce: WebhookSendersInForce

    init(from: String) throws {
      directory = try TemporaryDirectory("senders")
      github = try FakeGitHub()
      try directory.write("a-webhook-secret-of-enough-length", to: "webhook.secret")
      inForce = WebhookSendersInForce(
        try Self.configuration(from, github, directory), senders: WebhookSenders(registry),
        http: HTTPClient(), clock: clock,
        logger: Logger(label: "senders") { _ in SwiftLogNoOpLogHandler() })
    }

    static func configuration(
      _ from: String, _ github: FakeGitHub, _ directory: TemporaryDirectory
    ) throws -> Configuration {
      let file = try directory.write(
        """
        server: { webhooks: { from: \(from) } }
        repositories:
          shop:
            url: https://git.example.com/acme/shop.git
            webhookSecrets: [ { file: webhook.secret } ]
            github: { apiURL: '\(github.url)' }
        """, to: "slipway.yaml")
      return try Configuration.load(file: file, environment: [:])
    }

    func reload(from: String) throws {
      inForce.replace(with: try Self.configuration(from, github, directory))
    }

    /// Returns when so many blocks are in force; 0 is everywhere.
    func wait(forBlocks count: Int) async throws {
      try await eventually("\(count) blocks") {
        await registry.exposition().text.contains("\nslipway_webhook_ranges \(count)\n")
      }
    }

    /// Returns when GitHub was asked so often and nothing goes on.
    func wait(forCalls count: Int) async throws {
      try await eventually("\(count) calls; there are \(github.calls.count)") {
        github.calls.count == count && clock.sleepers == 1
      }
    }

    func run(_ body: () async throws -> Void) async throws {
      let inForce = inForce
      let task = Task { await inForce.keep() }
      defer { task.cancel() }
      try await body()
    }
  }

  @Test(
    "until GitHub's list is there, from everywhere; then from it; an hour later from its next one")
  func list() async throws {
    let bench = try Bench(from: "[github, 10.0.0.0/8]")
    bench.github.fail(with: .answer(503, [], ""))
    try await bench.run {
      try await bench.wait(forCalls: 1)
      try await bench.wait(forBlocks: 0)
      bench.github.fail(with: nil)
      bench.clock.advance(by: .seconds(120))
      try await bench.wait(forCalls: 2)
      try await bench.wait(forBlocks: 3)
      bench.github.publish(hooks: ["192.30.252.0/22"])
      bench.clock.advance(by: .seconds(3599))
      #expect(bench.github.calls.count == 2)
      bench.clock.advance(by: .seconds(1))
      try await bench.wait(forCalls: 3)
      try await bench.wait(forBlocks: 2)
    }
  }

  @Test("the last good list stays in force over outages and over lists that are none")
  func lastGood() async throws {
    let bench = try Bench(from: "[github]")
    try await bench.run {
      try await bench.wait(forCalls: 1)
      try await bench.wait(forBlocks: 2)
      bench.github.fail(with: .hangUp)
      bench.clock.advance(by: .seconds(3600))
      try await bench.wait(forCalls: 2)
      try await bench.wait(forBlocks: 2)
      bench.github.fail(with: nil)
      bench.github.publish(hooks: nil)
      bench.clock.advance(by: .seconds(120))
      try await bench.wait(forCalls: 3)
      try await bench.wait(forBlocks: 2)
    }
  }

  @Test("a reload takes another list at once, and keeps what GitHub said")
  func reload() async throws {
    let bench = try Bench(from: "[10.0.0.0/8]")
    try await bench.run {
      try await bench.wait(forBlocks: 1)
      #expect(bench.github.calls.isEmpty)
      try bench.reload(from: "[github]")
      try await bench.wait(forBlocks: 2)
      bench.github.fail(with: .hangUp)
      try bench.reload(from: "[github, 10.0.0.0/8]")
      try await bench.wait(forBlocks: 3)
      try bench.reload(from: "[172.16.0.0/12]")
      try await bench.wait(forBlocks: 1)
    }
  }

  @Test(
    "the program asks GitHub, believes its proxy, and says whom it refused",
    .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
  func program() async throws {
    try await RegistryFixture.with { registry in
      let github = try FakeGitHub(token: "a-token-of-enough-length")
      let monorepo = try await Monorepo.make(services: ["backend"], registry: registry.host)
      let installation = try Installation(
        monorepo,
        remote: Installation.Remote(
          url: monorepo.url, settings: "    github: { apiURL: '\(github.url)' }"),
        server: ", trustedProxies: [127.0.0.1], webhooks: { from: [github] }")
      try await installation.start()
      defer { installation.kill() }
      try await eventually("GitHub's list; see \(installation.logFile)") {
        try await installation.call(.get, "/metrics").text
          .contains("\nslipway_webhook_ranges 2\n")
      }
      func ping(from client: String?) async throws -> Answer {
        try await installation.webhook(
          #"{"zen":"Keep it logically awesome.","hook_id":1}"#, event: "ping",
          guid: UUID().uuidString, forwardedFor: client)
      }
      #expect(try await ping(from: "192.30.252.40").status == 200)
      #expect(try await ping(from: "2a0a:a440::1").status == 200)
      let stranger = try await ping(from: "192.30.252.40, 203.0.113.9")
      #expect(stranger.status == 403)
      #expect(
        stranger.string("detail")?.hasPrefix("webhooks are not taken from 203.0.113.9: ") == true)
      #expect(try await ping(from: nil).status == 403, "the proxy itself is nobody")
      #expect(
        try await installation.call(.get, "/metrics").text
          .contains("\nslipway_webhooks_refused_total 2\n"))
    }
  }
}

import DeployModel
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: what a reload changes")
struct DifferencesTests {
  private func differences(_ before: String, _ after: String) throws -> ConfigurationDifferences {
    // One directory for both, so that resolved paths are equal.
    let old = try ConfigurationCase(before)
    let first = try old.load()
    try old.directory.write(after, to: "slipway.yaml")
    return try old.load().differences(from: first)
  }

  @Test("the same file changes nothing, nor do comments and order")
  func same() throws {
    #expect(try differences(yaml(), yaml()).isEmpty)
    #expect(try differences(yaml(), "# a comment\n" + yaml()).isEmpty)
  }

  @Test("services that came, went and changed")
  func services() throws {
    let more = yaml(
      top: """
          web:
            repository: shop
            paths: ['web/**']
            build: { context: web }
            image: ghcr.io/acme/shop/web
            manifest: { path: k8s/web }
        """)
    let came = try differences(yaml(), more)
    #expect(came.added.map(\.name) == ["web"])
    #expect(came.removed.isEmpty && came.changed.isEmpty)
    #expect(try differences(more, yaml()).removed.map(\.name) == ["web"])
    let other = try differences(yaml(), yaml().replacing("api/**", with: "lib/**"))
    #expect(other.changed.map(\.name) == ["api"])
    #expect(other.needsRestart.isEmpty)
  }

  @Test("from where webhooks are taken needs no restart")
  func webhookSenders() throws {
    let result = try differences(yaml(), yaml(top: "server: { webhooks: { from: [github] } }"))
    #expect(result.needsRestart == [])
  }

  @Test("what a running server cannot take")
  func restart() throws {
    let result = try differences(
      yaml(),
      yaml(top: "server: { listen: 0.0.0.0:80, limits: { body: 1MiB } }\nstate: { directory: x }"))
    #expect(result.needsRestart == ["server.listen", "server.limits", "state.directory"])
  }
}

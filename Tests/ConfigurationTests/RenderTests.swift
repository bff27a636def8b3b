import ArgumentParser
import DeployModel
import Foundation
import TestKit
import Testing

@testable import slipway

@Suite("slipway check --render")
struct RenderTests {
  private func findings(
    images: String, imageName: String = "ghcr.io/acme/shop/api", initImage: String? = nil
  ) async throws -> [String] {
    let example = try ConfigurationCase(
      yaml().replacing("{ path: k8s/api }", with: "{ path: k8s/api, imageName: '\(imageName)' }"))
    try example.directory.write(
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: api }
      spec:
        selector: { matchLabels: { app: api } }
        template:
          metadata: { labels: { app: api } }
          spec:
            initContainers: [ { name: migrate, image: \(initImage ?? "'ghcr.io/acme/shop/api:latest'") } ]
            containers: [ { name: api, image: 'ghcr.io/acme/shop/api:latest' } ]
      """, to: "checkout/k8s/api/deployment.yaml")
    try example.directory.write(
      "resources: [deployment.yaml]\n\(images)", to: "checkout/k8s/api/kustomization.yaml")
    let shop = try #require(RepositoryName("shop"))
    let check = RenderCheck(
      services: Array(try example.load().services.values),
      checkouts: [shop: example.directory.appending("checkout")],
      environment: ProcessInfo.processInfo.environment)
    return await check.run().map { "\($0.isProblem ? "problem" : "fine"): \($0)" }
  }

  @Test("an entry that matches is counted, init containers too")
  func matches() async throws {
    let found = try await findings(
      images: "images: [ { name: ghcr.io/acme/shop/api, newTag: '1234567' } ]")
    #expect(
      found == [
        "fine: api: `ghcr.io/acme/shop/api` in k8s/api sets 2 images to "
          + "ghcr.io/acme/shop/api:1234567"
      ])
  }

  @Test("R7: an entry that matches nothing is found")
  func matchesNothing() async throws {
    let found = try await findings(
      images: "images: [ { name: ghcr.io/acme/api, newTag: '1234567' } ]",
      imageName: "ghcr.io/acme/api")
    #expect(
      found == [
        "problem: api: the images entry `ghcr.io/acme/api` in k8s/api matches nothing; images there "
          + "are: ghcr.io/acme/shop/api:latest"
      ])
  }

  @Test("an entry that the first deployment will add")
  func absent() async throws {
    #expect(
      try await findings(images: "") == [
        "fine: api: k8s/api has no images entry `ghcr.io/acme/shop/api`; the first deployment adds "
          + "it, and it will match 2 images"
      ])
  }

  @Test("what kustomize refuses is said in its words")
  func refused() async throws {
    let found = try await findings(
      images: "images: [ { name: ghcr.io/acme/shop/api, newTag: 1234567 } ]")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("problem: api: kubectl kustomize refuses ") == true)
    #expect(found.first?.contains("newTag") == true)
  }

  @Test("R13: what a repository says cannot act on the terminal")
  func controls() async throws {
    let found = try await findings(
      images: "images: [ { name: ghcr.io/acme/api, newTag: '1234567' } ]",
      imageName: "ghcr.io/acme/api", initImage: #""evil\e]0;owned\a""#)
    #expect(found.count == 1)
    #expect(found.first?.contains("evil\u{FFFD}]0;owned") == true)
    #expect(found.first?.unicodeScalars.contains { $0.value < 0x20 } == false)
  }

  @Test("R12: a kustomization that is nested without end is not followed")
  func nested() async throws {
    let levels = 20_000
    let found = try await findings(
      images: "x: " + String(repeating: "[", count: levels) + String(repeating: "]", count: levels))
    #expect(found.count == 1)
    #expect(found.first?.contains("kustomization.yaml:2:68: it is nested too deeply") == true)
  }

  @Test("A script with many brackets is no nesting")
  func scripts() async throws {
    let script = String(repeating: #"\033[31m"#, count: 100)
    let found = try await findings(
      images: "configMapGenerator: [ { name: colours, literals: [ 'red=\(script)' ] } ]")
    #expect(found.map { $0.prefix(5) } == ["fine:"])
  }

  @Test("A checkout of a repository that is not configured is a mistake, not nothing to do")
  func unknownCheckout() async throws {
    let example = try ConfigurationCase(yaml())
    let check = try Check.parse(
      ["--config", example.file, "--render", "--repository", "shopp=\(example.directory.path)"])
    let error = await #expect(throws: (any Error).self) { try await check.run() }
    #expect(
      error.map { Check.message(for: $0) }
        == "--repository: `shopp` is not one of `repositories`; there are shop")
  }
}

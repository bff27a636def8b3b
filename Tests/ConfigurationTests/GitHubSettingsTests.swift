import DeployModel
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: what is said on GitHub")
struct GitHubSettingsTests {
  private static let token = "credentials: { token: { file: api.token } }"

  private func errors(_ repository: String, _ url: String? = nil, top: String = "") throws
    -> [String]
  {
    var text = yaml(repository: repository, top: top)
    if let url { text = text.replacing("https://github.com/acme/shop.git", with: url) }
    return try ConfigurationCase(text).errors()
  }

  @Test("git's own token speaks for the API too, unless the API has one of its own")
  func tokens() throws {
    let one = try ConfigurationCase(
      yaml(repository: "\(Self.token)\ngithub: { statuses: true }")
    ).load()
    #expect(one.repository("shop")?.restToken?.exposed == "a-token-of-enough-length")
    #expect(one.remarks.isEmpty)
    let two = try ConfigurationCase(
      yaml(
        repository:
          "\(Self.token)\ngithub: { statuses: true, deployments: true, token: { env: API } }")
    ).load(environment: ["API": "another"])
    #expect(two.repository("shop")?.restToken?.exposed == "another")
  }

  @Test("without a token nobody can say anything, and that is said")
  func withoutToken() throws {
    let expected = [
      "6:5: `repositories.shop.github` needs a token for GitHub's API: add "
        + "`repositories.shop.github.token`, or `credentials` with a token or a GitHub App"
    ]
    #expect(try errors("github: { statuses: true }") == expected)
    #expect(try errors("github: { deployments: true }") == expected)
    #expect(try errors("github: { statuses: false }") == [])
  }

  @Test(
    "a remote without owner and repository has no API",
    arguments: ["https://github.com/shop.git", "file:///srv/git/acme/shop.git"])
  func withoutOwner(url: String) throws {
    let repository = "github: { statuses: true, token: { file: api.token } }"
    #expect(
      try errors(repository, url) == [
        "6:5: `repositories.shop.github` needs a url that names host, owner and repository, such as "
          + "https://github.com/acme/shop.git"
      ])
  }

  @Test("required contexts are those of the repository's own services")
  func requiredContexts() throws {
    func errors(_ github: String) throws -> [String] {
      try self.errors("\(Self.token)\ngithub: { \(github) }")
    }
    #expect(try errors("statuses: true, requiredContexts: [slipway/api]") == [])
    #expect(
      try errors("statuses: true, requiredContexts: [slipway/apy, ci]") == [
        "7:50: `repositories.shop.github.requiredContexts` lists `slipway/apy`, which is not "
          + "`slipway/` and a service that builds from shop; did you mean `slipway/api`?",
        "7:63: `repositories.shop.github.requiredContexts` lists `ci`, which is not `slipway/` and "
          + "a service that builds from shop",
      ])
    #expect(
      try errors("requiredContexts: [slipway/api]") == [
        "7:34: `repositories.shop.github.requiredContexts` needs `statuses: true`: without it "
          + "nobody says them where a service is deployed"
      ])
  }

  @Test("an environment belongs to one service, where GitHub is told of deployments")
  func environments() throws {
    func errors(deployments: Bool, _ first: String, _ second: String) throws -> [String] {
      let text = yaml(
        service: first, repository: "\(Self.token)\ngithub: { deployments: \(deployments) }",
        top: """
            web:
              repository: shop
              paths: ['web/**']
              build: { context: web }
              image: ghcr.io/acme/shop/web
              manifest: { path: k8s/web }
              \(second)
          """)
      return try ConfigurationCase(text).errors()
    }
    let shared = "environment: live"
    #expect(try errors(deployments: false, shared, shared) == [])
    #expect(
      try errors(deployments: true, shared, shared).map { $0.drop { $0 != "t" } } == [
        "the services `api` and `web` have the environment `live`, and GitHub deployments are on: "
          + "give each its own, or a success of one would end the other's"
      ])
    #expect(try errors(deployments: true, shared, "environment: production/api") == [])
    #expect(try errors(deployments: true, "", "environment: production/api").count == 1)
  }

  @Test("what the pipeline is told of it")
  func reporting() throws {
    let loaded = try ConfigurationCase(
      yaml(
        repository: """
          \(Self.token)
          github: { statuses: true, deployments: true, requiredContexts: [slipway/api] }
          """, top: "server: { publicURL: 'https://slipway.example.com/' }")
    ).load()
    let github = try #require(loaded.repository("shop")?.github)
    #expect(github.statuses && github.deployments)
    #expect(github.requiredContexts == ["slipway/api"])
    #expect(loaded.server.publicURL?.text == "https://slipway.example.com")
  }
}

import Posix
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: from where webhooks are taken")
struct WebhookSettingsTests {
  @Test("from everywhere, unless the file says otherwise")
  func everywhere() throws {
    #expect(try ConfigurationCase(yaml()).load().server.webhooks.from == nil)
    #expect(
      try ConfigurationCase(yaml(top: "server: { webhooks: {} }")).load().server.webhooks.from
        == nil)
  }

  @Test("`github` and blocks")
  func both() throws {
    let configuration = try ConfigurationCase(
      yaml(top: "server: { webhooks: { from: [github, 10.0.0.0/8, '2001:db8::1'] } }")
    ).load()
    let from = try #require(configuration.server.webhooks.from)
    #expect(from.github != nil)
    #expect(from.blocks.map(\.description) == ["10.0.0.0/8", "2001:db8::1"])
    #expect(configuration.webhookServers == ["https://api.github.com"])
  }

  @Test(
    "an Enterprise Server is asked for its own; a repository that nothing calls GitHub's is not")
  func servers() throws {
    func servers(_ url: String, _ more: String = "") throws -> Set<String> {
      let text = yaml(repository: more)
        .replacing("https://github.com/acme/shop.git", with: url)
      return try ConfigurationCase(text).load().webhookServers
    }
    #expect(
      try servers(
        "https://ghe.example.com/acme/shop.git",
        "github: { apiURL: 'https://ghe.example.com/api/v3' }")
        == ["https://ghe.example.com/api/v3"])
    #expect(
      try servers(
        "https://ghe.example.com/acme/shop.git",
        "credentials: { token: { file: api.token } }\ngithub: { statuses: true }")
        == ["https://ghe.example.com/api/v3"])
    #expect(try servers("https://gitlab.example.com/acme/shop.git") == [])
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var from: String
    var error: String
    var testDescription: String { from }
  }

  @Test(
    "what cannot be meant",
    arguments: [
      Case(
        from: "[]",
        error:
          "15:29: `server.webhooks.from` names nobody: remove it to take webhooks from everywhere"),
      Case(
        from: "[gitlab]",
        error: "15:30: `server.webhooks.from[0]` must be `github`, or an address or block such as "
          + "10.0.0.0/8, not `gitlab`"),
      Case(
        from: "github",
        error:
          "15:29: `server.webhooks.from` must be a list, each `github`, or an address or block such "
          + "as 10.0.0.0/8, not text"),
    ])
  func wrong(example: Case) throws {
    let errors = try ConfigurationCase(
      yaml(top: "server: { webhooks: { from: \(example.from) } }")
    ).errors()
    #expect(errors == [example.error])
  }

  @Test("`github` without a repository there")
  func nowhere() throws {
    let text = yaml(top: "server: { webhooks: { from: [10.0.0.1, github] } }")
      .replacing(
        "https://github.com/acme/shop.git", with: "https://gitlab.example.com/acme/shop.git")
    #expect(
      try ConfigurationCase(text).errors() == [
        "15:40: `server.webhooks.from` names `github`, and no repository with webhooks is there: name "
          + "addresses, or give the repository's `github.apiURL`"
      ])
  }
}

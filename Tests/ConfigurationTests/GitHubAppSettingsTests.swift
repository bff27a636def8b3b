import Foundation
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: GitHub Apps")
struct GitHubAppSettingsTests {
  private static let app = "{ appID: 12, installationID: 34, privateKey: app.pem }"

  private func example(
    _ url: String = "https://github.com/acme/shop.git"
  ) async throws -> ConfigurationCase {
    let example = try ConfigurationCase(
      yaml(repository: "credentials: { githubApp: \(Self.app) }")
        .replacing("https://github.com/acme/shop.git", with: url))
    let key = example.directory.appending("app.pem")
    try await shell("openssl", "genrsa", "-traditional", "-out", key, "2048")
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: key)
    return example
  }

  @Test("ids and key are taken; the key may be a file or a variable, and is never shown")
  func taken() async throws {
    let example = try await example()
    let loaded = try example.load()
    guard case .githubApp(let app) = loaded.repository("shop")?.credentials else {
      Issue.record("no App")
      return
    }
    #expect(app.appID == 12 && app.installationID == 34)
    #expect(throws: Never.self) { try app.app() }
    #expect(!"\(loaded)".contains("PRIVATE KEY"))
    #expect(loaded.remarks.isEmpty)

    let fromVariable = try ConfigurationCase(
      yaml(
        repository: """
          credentials: { githubApp: { appID: 12, installationID: 34, privateKey: { env: KEY } } }
          """))
    let again = try fromVariable.load(environment: ["KEY": app.privateKey.exposed])
    #expect(again.repository("shop")?.credentials != nil)
  }

  @Test("a key that every user can read is warned of")
  func readable() async throws {
    let example = try await example()
    let key = example.directory.appending("app.pem")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: key)
    #expect(
      try example.remarks() == [
        "6:76: warning: `repositories.shop.credentials.githubApp.privateKey`: every user of this "
          + "machine can read \(key); take that away with chmod o-r"
      ])
  }

  @Test("what is no RSA key is refused where it is named")
  func refused() async throws {
    let example = try await example()
    let key = example.directory.appending("app.pem")
    let place = "6:76: `repositories.shop.credentials.githubApp.privateKey`"
    try await shell(
      "openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    #expect(
      example.errors() == [
        "\(place) holds no RSA key: generate one on the App's page, under Private keys"
      ])
    try await shell(
      "openssl", "genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-out",
      key)
    #expect(example.errors().first?.contains("holds a key that cannot sign: ") == true)
    try example.directory.write("ghp_0123456789\n", to: "app.pem")
    #expect(example.errors() == ["\(place) holds no private key in PEM form"])
    let bare = try ConfigurationCase(yaml(repository: "credentials: { githubApp: {} }")).errors()
    #expect(
      bare == [
        "6:20: `repositories.shop.credentials.githubApp.appID` is missing: it stands on the App's "
          + "page",
        "6:20: `repositories.shop.credentials.githubApp.installationID` is missing: it stands at "
          + "the end of the installation's address",
        "6:20: `repositories.shop.credentials.githubApp.privateKey` is missing: name the App's PEM "
          + "file",
      ])
  }

  @Test("a remote that no App could open is refused")
  func remotes() async throws {
    #expect(
      try await example("git@github.com:acme/shop.git").errors() == [
        "6:20: `repositories.shop.credentials.githubApp` is of no use for a url that is not https: "
          + "write `ssh`, or an https url"
      ])
    #expect(
      try await example("https://github.com/shop.git").errors() == [
        "6:20: `repositories.shop.credentials.githubApp` needs a url that names owner and "
          + "repository, such as https://github.com/acme/shop.git"
      ])
  }

  @Test(
    "the API's address belongs to the remote's host, unless it is configured",
    arguments: [
      ("https://github.com/acme/shop.git", "https://api.github.com"),
      ("https://github.example.com:8443/acme/shop", "https://github.example.com:8443/api/v3"),
      ("http://127.0.0.1:3000/acme/shop.git", "http://127.0.0.1:3000/api/v3"),
      ("ssh://git@github.example.com:2222/acme/shop.git", "https://github.example.com/api/v3"),
      ("git@github.com:acme/shop.git", "https://api.github.com"),
    ])
  func address(url: String, expected: String) throws {
    let text = yaml().replacing("https://github.com/acme/shop.git", with: url)
    let repository = try ConfigurationCase(text).load().repository("shop")
    #expect(repository?.apiURL == expected)
  }

  @Test func configuredAddress() throws {
    let text = yaml(repository: "github: { apiURL: https://api.acme.ghe.com/ }")
    let repository = try ConfigurationCase(text).load().repository("shop")
    #expect(repository?.apiURL == "https://api.acme.ghe.com")
  }
}

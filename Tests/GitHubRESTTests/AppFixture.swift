import DeployModel
import Foundation
import GitHubREST
import HTTPClient
import OpenSSLKit
import TestKit
import Testing

/// An App with a key of its own, a GitHub that knows it, and a clock for both.
struct AppFixture {
  let github: FakeGitHub
  let clock = ManualClock()
  let files: TemporaryDirectory
  let tokens: InstallationTokens

  init() async throws {
    files = try TemporaryDirectory("app")
    try await shell("openssl", "genrsa", "-traditional", "-out", files.appending("key.pem"), "2048")
    let pem = try Data(contentsOf: files.url.appending(path: "key.pem"))
    github = try FakeGitHub()
    let key = try #require(RS256(try PrivateKey(pem: Array(pem))))
    tokens = InstallationTokens(
      app: GitHubApp(id: 12, installation: 34, key: key),
      repository: try Self.slug("https://github.com/Acme/shop.git"),
      address: RESTAddress(github.url, client: HTTPClient()), clock: clock)
    let clock = clock
    github.run(at: { clock.now() })
  }

  static func slug(_ url: String) throws -> RepositorySlug {
    try #require(RepositoryURL(url).flatMap { RepositorySlug($0) })
  }

  /// Why no token is had.
  func failure() async -> RESTFailure? {
    do throws(RESTFailure) {
      _ = try await tokens.token(afterRefusal: false)
      return nil
    } catch {
      return error
    }
  }
}

import DeployModel
import GitHubREST
import HTTPClient
import Synchronization

/// Apps and their tokens with the credentials in force. A reload exchanges them; a token whose App
/// stays the same goes on.
final class GitHubInForce: Sendable {
  /// What a token belongs to.
  private struct Key: Hashable {
    var apiURL: String
    var app: GitHubAppSettings
    var repository: RepositorySlug
  }

  private let http: HTTPClient
  private let clock: any WallClock
  private let tokens: Mutex<[Key: InstallationTokens]>

  init(_ configuration: Configuration, http: HTTPClient, clock: any WallClock) throws {
    self.http = http
    self.clock = clock
    tokens = Mutex(
      try Self.tokens(of: configuration, having: [:], http: http, clock: clock))
  }

  func replace(with configuration: Configuration) throws {
    try tokens.withLock {
      $0 = try Self.tokens(of: configuration, having: $0, http: http, clock: clock)
    }
  }

  /// Nil for a repository that no App opens.
  func tokens(for repository: RepositorySettings) -> InstallationTokens? {
    guard let key = Self.key(of: repository) else { return nil }
    return tokens.withLock { $0[key] }
  }

  private static func key(of repository: RepositorySettings) -> Key? {
    guard case .githubApp(let app) = repository.credentials, let slug = repository.url.slug else {
      return nil
    }
    return Key(apiURL: repository.apiURL, app: app, repository: slug)
  }

  private static func tokens(
    of configuration: Configuration, having known: [Key: InstallationTokens], http: HTTPClient,
    clock: any WallClock
  ) throws -> [Key: InstallationTokens] {
    var tokens: [Key: InstallationTokens] = [:]
    for repository in configuration.repositories.values {
      guard let key = key(of: repository) else { continue }
      tokens[key] =
        try known[key]
        ?? InstallationTokens(
          app: key.app.app(), repository: key.repository,
          address: RESTAddress(key.apiURL, client: http), clock: clock)
    }
    return tokens
  }
}

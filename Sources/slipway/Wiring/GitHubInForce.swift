import DeployModel
import GitHubREST
import HTTPClient
import OpenSSLKit
import Synchronization

/// GitHub's REST API with the addresses and credentials in force. A reload exchanges them; a token
/// whose App stays the same goes on.
final class GitHubInForce: CommitBoard {
  /// What an App's token belongs to.
  private struct Key: Hashable {
    var apiURL: String
    var app: GitHubAppSettings
    var repository: RepositorySlug
  }

  private struct Board {
    var account: BoardAccount
    var board: RepositoryBoard
  }

  private struct State {
    var tokens: [Key: InstallationTokens] = [:]
    var boards: [RepositoryName: Board] = [:]
  }

  private let http: HTTPClient
  private let clock: any WallClock
  private let state = Mutex(State())

  init(_ configuration: Configuration, http: HTTPClient, clock: any WallClock) throws {
    self.http = http
    self.clock = clock
    try replace(with: configuration)
  }

  func replace(with configuration: Configuration) throws {
    try state.withLock { state in
      var next = State()
      for repository in configuration.repositories.values {
        if let key = Self.key(of: repository) {
          next.tokens[key] = try state.tokens[key] ?? tokens(for: key)
        }
        next.boards[repository.name] = board(of: repository, next.tokens)
      }
      state = next
    }
  }

  /// Nil for a repository that no App opens.
  func tokens(for repository: RepositorySettings) -> InstallationTokens? {
    guard let key = Self.key(of: repository) else { return nil }
    return state.withLock { $0.tokens[key] }
  }

  private static func key(of repository: RepositorySettings) -> Key? {
    guard case .githubApp(let app) = repository.credentials, let slug = repository.url.slug else {
      return nil
    }
    return Key(apiURL: repository.apiURL, app: app, repository: slug)
  }

  private func tokens(for key: Key) throws -> InstallationTokens {
    InstallationTokens(
      app: try key.app.app(), repository: key.repository,
      address: RESTAddress(key.apiURL, client: http), clock: clock)
  }

  private func board(
    of repository: RepositorySettings, _ tokens: [Key: InstallationTokens]
  ) -> Board? {
    guard let slug = repository.url.slug else { return nil }
    let authorization: RESTConnection.Authorization
    let name: String
    if let token = repository.restToken {
      authorization = .token(token.exposed)
      name = SHA256.hexDigest(of: token.exposedBytes)
    } else if let key = Self.key(of: repository), let tokens = tokens[key] {
      authorization = .installation(tokens)
      name = "installation \(key.app.installationID)"
    } else {
      return nil
    }
    return Board(
      account: BoardAccount(
        // It stands in the store, where nobody has to see what it is made of.
        name: SHA256.hexDigest(of: Array("\(name) at \(repository.apiURL)".utf8)),
        pause: RepositoryBoard.pause),
      board: RepositoryBoard(
        RESTConnection(
          slug, at: RESTAddress(repository.apiURL, client: http), as: authorization, clock: clock)))
  }

  // MARK: The board

  func account(of repository: RepositoryName) -> BoardAccount? {
    state.withLock { $0.boards[repository]?.account }
  }

  private func board(of repository: RepositoryName) throws(BoardError) -> RepositoryBoard {
    guard let board = state.withLock({ $0.boards[repository]?.board }) else {
      throw BoardError(.denied, "there is no token for GitHub's API of \(repository)")
    }
    return board
  }

  func post(
    _ status: CommitStatus, on commit: CommitSHA, of repository: RepositoryName
  ) async throws(BoardError) {
    try await board(of: repository).post(status, on: commit)
  }

  func open(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64 {
    try await board(of: repository).open(deployment)
  }

  func find(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64? {
    try await board(of: repository).find(deployment)
  }

  func post(
    _ status: EnvironmentStatus, on id: Int64, of repository: RepositoryName
  ) async throws(BoardError) {
    try await board(of: repository).post(status, on: id)
  }
}

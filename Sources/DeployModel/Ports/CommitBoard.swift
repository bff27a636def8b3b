/// Why nothing could be said.
package struct BoardError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// No answer, or an answer of 5xx: the same may be taken later.
    case unavailable
    /// Too much was asked. Nothing for so long; nil: nobody says how long.
    case limited(Duration?)
    /// These credentials may not: the repository's other calls would end in the same way.
    case denied
    /// This is not taken, whenever it is said.
    case refused
  }

  package var kind: Kind
  /// For people; holds no secret.
  package var message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { message }
}

/// In whose name a repository's board is written on: those of one account share its limits, so they
/// take turns.
package struct BoardAccount: Hashable, Sendable {
  /// Tells accounts apart, and is not shown.
  package var name: String
  /// From one call to the next.
  package var pause: Duration

  package init(name: String, pause: Duration) {
    self.name = name
    self.pause = pause
  }
}

/// Where developers look: what is said of a commit, and of the environments that it reaches. It is
/// told, and decides nothing: deployments never wait for it.
package protocol CommitBoard: Sendable {
  /// Nil where nothing can be said.
  func account(of repository: RepositoryName) -> BoardAccount?
  func post(
    _ status: CommitStatus, on commit: CommitSHA, of repository: RepositoryName
  ) async throws(BoardError)
  /// - Returns: the number by which it is known there.
  func open(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64
  /// The one that was opened before, if the answer was lost.
  func find(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64?
  func post(
    _ status: EnvironmentStatus, on id: Int64, of repository: RepositoryName
  ) async throws(BoardError)
}

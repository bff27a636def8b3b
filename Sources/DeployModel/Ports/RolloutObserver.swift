/// Why the observer has no answer.
package struct RolloutError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// It may answer later: no connection, 429, 5xx.
    case unavailable
    /// Something else is going on there: another operation, a sync window, a deletion.
    case busy
    /// It will not do this, whenever it is asked.
    case refused
    /// No such application, or no right to see it.
    case missing
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

/// Who rolls out what git says: Argo CD. It is told and asked, and changes what is deployed only where
/// somebody goes back past git.
package protocol RolloutObserver: Sendable {
  /// As it stands.
  ///
  /// - Parameters:
  ///   - refreshing: compare with git first. Takes as long as rendering does.
  ///   - pods: look for pods as well: one more call.
  func rollout(
    of application: ArgoCDApplication, refreshing: Bool, pods: Bool
  ) async throws(RolloutError) -> Rollout
  /// Starts a sync with hooks, to this revision; nil: to what the application follows. Only where
  /// auto-sync is off: beside it an explicit sync deploys the new, the old, then the new.
  func sync(
    _ application: ArgoCDApplication, to revision: CommitSHA?
  ) async throws(RolloutError)
  /// Starts a rollback to an entry of its history: what that brought is applied, without hooks. Refused
  /// where auto-sync is on.
  func rollback(_ application: ArgoCDApplication, to id: Int) async throws(RolloutError)
  /// Opens a feed. Without `version` one of applications begins with all there are.
  ///
  /// - Parameter version: of the last change that was heard.
  func listen(
    to topic: RolloutTopic, after version: String?
  ) async throws(RolloutError) -> any RolloutFeed
}

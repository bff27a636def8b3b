/// R9: where a rollback goes.
package enum RollbackPlan {
  /// A deployment whose image has run, as far as planning needs it.
  package struct Landed: Hashable, Sendable {
    package var id: DeploymentID
    package var cause: DeploymentCause
    package var digest: ImageDigest
    /// For a rollback: whose image it brought back, and which deployment it left.
    package var rollbackOf: DeploymentID?
    package var rolledBackFrom: DeploymentID?

    package init(
      id: DeploymentID, cause: DeploymentCause, digest: ImageDigest,
      rollbackOf: DeploymentID? = nil, rolledBackFrom: DeploymentID? = nil
    ) {
      self.id = id
      self.cause = cause
      self.digest = digest
      self.rollbackOf = rollbackOf
      self.rolledBackFrom = rolledBackFrom
    }
  }

  /// The newest deployment older than the one whose image is deployed (for a rollback, the one it
  /// went back to) that was live, has another digest, and was never rolled back from.
  ///
  /// - Parameters:
  ///   - current: the deployment that landed last.
  ///   - history: every landed deployment of the service, newest first, `current` included.
  package static func previous(of current: DeploymentID, in history: [Landed]) -> DeploymentID? {
    let byID = Dictionary(history.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    guard var origin = byID[current] else { return nil }
    while let target = origin.rollbackOf, let earlier = byID[target] { origin = earlier }
    let rejected = Set(history.compactMap(\.rolledBackFrom))
    let rejectedDigests = Set(rejected.compactMap { byID[$0]?.digest })
    return history.first { candidate in
      candidate.id.number < origin.id.number && !candidate.cause.isRollback
        && candidate.digest != origin.digest && !rejected.contains(candidate.id)
        && !rejectedDigests.contains(candidate.digest)
    }?.id
  }
}

/// R9: where a rollback goes.
package enum RollbackPlan {
  /// A deployment whose image has run, as far as planning needs it.
  package struct Landed: Hashable, Sendable {
    package var id: DeploymentID
    /// Nil if nobody knows it: an edit by somebody else.
    package var digest: ImageDigest?
    /// It was seen live, or nobody watches its rollout.
    package var wasLive: Bool
    /// For a rollback: whose image it brought back, and which deployment it left.
    package var rollbackOf: DeploymentID?
    package var rolledBackFrom: DeploymentID?

    package init(
      id: DeploymentID, digest: ImageDigest?, wasLive: Bool, rollbackOf: DeploymentID? = nil,
      rolledBackFrom: DeploymentID? = nil
    ) {
      self.id = id
      self.digest = digest
      self.wasLive = wasLive
      self.rollbackOf = rollbackOf
      self.rolledBackFrom = rolledBackFrom
    }

    package init(_ deployment: Deployment) {
      self.init(
        id: deployment.id, digest: deployment.image?.digest,
        wasLive: deployment.state == .live || deployment.state == .committed,
        rollbackOf: deployment.rollbackOf, rolledBackFrom: deployment.rolledBackFrom)
    }
  }

  /// The newest deployment older than the one whose image is deployed (for a rollback, the one it
  /// went back to) that was live, has another digest, and was never rolled back from.
  ///
  /// 1. A rollback was live like any other: it is a candidate, and names the image that ran. 2. To
  /// leave a rollback is to leave the deployment whose image it brought back, too. 3. Asked again
  /// and again, the answers grow older until there is none: it never goes in a circle.
  ///
  /// - Parameters:
  ///   - current: the deployment that landed last.
  ///   - history: every landed deployment of the service, newest first, `current` included, and
  ///     those whose rollout failed.
  package static func previous(of current: DeploymentID, in history: [Landed]) -> DeploymentID? {
    let byID = Dictionary(history.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    guard let deployed = byID[current] else { return nil }
    let origin = deployed.rollbackOf.flatMap { byID[$0] } ?? deployed
    var left: Set<DeploymentID> = []
    for start in history.compactMap(\.rolledBackFrom) {
      var next: DeploymentID? = start
      while let id = next, left.insert(id).inserted { next = byID[id]?.rollbackOf }
    }
    return history.first { candidate in
      candidate.id.number < origin.id.number && candidate.wasLive && candidate.digest != nil
        && candidate.digest != (origin.digest ?? deployed.digest) && !left.contains(candidate.id)
    }?.id
  }
}

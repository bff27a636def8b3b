/// A service is behind while its newest triggering source is neither deployed nor in flight. Nobody
/// keeps that up to date: it follows from what is recorded anyway.
package enum BehindRule {
  /// The newest source that triggered the service, and why; a skip says so here.
  package struct Wanted: Hashable, Sendable {
    package var commit: CommitSHA
    package var since: Timestamp
    package var reason: String

    package init(commit: CommitSHA, since: Timestamp, reason: String) {
      self.commit = commit
      self.since = since
      self.reason = reason
    }
  }

  /// A deployment whose image contains the wanted source.
  package struct Carrier: Hashable, Sendable {
    package var id: DeploymentID
    package var state: DeploymentState
    package var updatedAt: Timestamp
    /// Its manifest commit was on the branch, whatever became of its rollout.
    package var hasLanded: Bool
    /// The last words of its timeline.
    package var end: String

    package init(
      id: DeploymentID, state: DeploymentState, updatedAt: Timestamp, hasLanded: Bool, end: String
    ) {
      self.id = id
      self.state = state
      self.updatedAt = updatedAt
      self.hasLanded = hasLanded
      self.end = end
    }
  }

  /// What landed last, and took the wanted source's place if it does not contain it.
  package struct Landed: Hashable, Sendable {
    package var id: DeploymentID
    package var cause: DeploymentCause
    package var reason: String
    package var at: Timestamp

    package init(id: DeploymentID, cause: DeploymentCause, reason: String, at: Timestamp) {
      self.id = id
      self.cause = cause
      self.reason = reason
      self.at = at
    }
  }

  /// 1. It is on its way. 2. It waits for a hold. 3. Nothing carries it: its push was skipped. 4. It
  /// was deployed, and something else took its place: a rollback, a change in git. 5. It ended before
  /// it was deployed.
  ///
  /// - Parameters:
  ///   - wanted: not in what is deployed.
  ///   - carriers: newest first.
  package static func behind(
    _ wanted: Wanted, carriers: [Carrier], landed: Landed?
  ) -> Behind? {
    func behind(since time: Timestamp, _ reason: String) -> Behind {
      Behind(commit: wanted.commit, since: time, reason: reason)
    }
    guard carriers.allSatisfy({ $0.state.isFinal || $0.state == .held }) else { return nil }
    if let held = carriers.first(where: { $0.state == .held }) {
      return behind(since: held.updatedAt, "\(held.id) waits for the hold to end")
    }
    guard let newest = carriers.first else {
      return behind(since: wanted.since, wanted.reason)
    }
    if let landed, let deployed = carriers.first(where: \.hasLanded),
      deployed.id == newest.id || landed.id.number > newest.id.number
    {
      return behind(since: landed.at, words(for: landed, insteadOf: deployed.id))
    }
    return behind(
      since: newest.updatedAt, "\(newest.id) \(newest.state.rawValue): \(newest.end)")
  }

  private static func words(for landed: Landed, insteadOf carrier: DeploymentID) -> String {
    switch landed.cause {
    case .rollback, .autoRollback: "rolled back from \(carrier) by \(landed.id)"
    case .external: "\(landed.id): \(landed.reason)"
    case .push, .catchUp, .manual, .retry, .release:
      "\(landed.id) was deployed instead of \(carrier)"
    }
  }
}

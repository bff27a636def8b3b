import DeployModel
import Git

/// Which revisions contain a deployment's manifest commit, by what git has.
struct RolloutRevisions {
  let mirrors: Mirrors

  /// Of the revisions that a rollout names, those that have our manifest commit.
  func reached(
    _ sight: RolloutSight, _ deployment: Deployment
  ) async throws(GitError) -> Set<String> {
    guard case .application(let rollout) = sight, let commit = deployment.manifestCommit else {
      return []
    }
    var reached: Set<String> = []
    for revision in Set(rollout.revisions + (rollout.operation?.revisions ?? []))
    where try await contains(revision, commit, deployment, mayFetch: true) {
      reached.insert(revision)
    }
    // Whether it was synced before counts when the last operation failed.
    guard let operation = rollout.operation, operation.phase.isFailure,
      operation.revisions.contains(where: { reached.contains($0) })
    else { return reached }
    for revision in Set(rollout.history.flatMap(\.revisions)).subtracting(reached)
    where try await contains(revision, commit, deployment, mayFetch: false) {
      reached.insert(revision)
    }
    return reached
  }

  /// - Parameter mayFetch: for a revision that the mirror does not know: it may be newer than the last
  ///   fetch.
  private func contains(
    _ revision: String, _ commit: CommitSHA, _ deployment: Deployment, mayFetch: Bool
  ) async throws(GitError) -> Bool {
    if revision == commit.hex { return true }
    guard let tip = CommitSHA(revision), let location = deployment.location,
      let mirror = mirrors[location.repository]
    else { return false }
    if try await mirror.descends(tip, from: commit) { return true }
    guard mayFetch, try await !mirror.contains(tip) else { return false }
    _ = try await mirror.fetch(location.branch)
    return try await mirror.descends(tip, from: commit)
  }
}

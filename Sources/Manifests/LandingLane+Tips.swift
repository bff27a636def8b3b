import DeployModel
import Git

/// What the remotes have, as fresh as R5 wants it.
extension LandingLane {
  mutating func tip(
    for batch: [PendingEdit], until limit: Timestamp
  ) async throws -> CommitSHA {
    if let fresh = freshTip.take(), batch.allSatisfy({ $0.ticket <= fresh.newestTicket }) {
      return fresh.commit
    }
    return try await fetchTip(until: limit)
  }

  func fetchTip(until limit: Timestamp) async throws -> CommitSHA {
    guard let tip = try await fetch(target.branch, from: mirror, until: limit) else {
      throw LaneTrouble("the branch \(target.branch) is not on the remote")
    }
    return tip
  }

  /// A remote that swallows packets would hold everybody longer than their deadlines.
  private func fetch(
    _ branch: BranchName, from mirror: Mirror, until limit: Timestamp
  ) async throws -> CommitSHA? {
    let clock = clock
    return try await withThrowingTaskGroup(of: CommitSHA?.self) { group in
      group.addTask { try await mirror.fetch(branch) }
      group.addTask {
        try await clock.sleep(for: max(.zero, limit - clock.now()))
        throw LaneTrouble("the remote did not answer in time")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  /// Sources may lie in another repository, or on another branch, than the manifests. Where they
  /// cannot be looked up, their edits wait, and only they.
  ///
  /// Those that wait are taken out of `batch`.
  ///
  /// - Returns: the tips of the sources' branches by ticket, none where the branch is gone; and why
  ///   some wait.
  mutating func fetchSources(
    of batch: inout [PendingEdit], manifestTip: CommitSHA, until limit: Timestamp
  ) async throws -> (tips: [Int: CommitSHA], trouble: String?) {
    var tips: [RepositoryBranch: Result<CommitSHA?, LaneTrouble>] = [target: .success(manifestTip)]
    var trouble: String?
    var found: [Int: CommitSHA] = [:]
    var ready: [PendingEdit] = []
    for pending in batch {
      let deployment = pending.edit.deployment
      if deployment.cause.isAutomatic, let source = deployment.source {
        let place = RepositoryBranch(repository: source.repository, branch: source.branch)
        let tip: Result<CommitSHA?, LaneTrouble>
        if let known = tips[place] { tip = known } else { tip = await fetch(place, until: limit) }
        tips[place] = tip
        switch tip {
        case .success(let tip): found[pending.ticket] = tip
        case .failure(let why):
          trouble = why.description
          continue
        }
      }
      ready.append(pending)
    }
    batch = ready
    for (place, tip) in tips {
      if case .success(.some(let tip)) = tip {
        try await ancestries[place.repository]?.move(to: tip)
      }
    }
    return (found, trouble)
  }

  private mutating func fetch(
    _ place: RepositoryBranch, until limit: Timestamp
  ) async -> Result<CommitSHA?, LaneTrouble> {
    do {
      return .success(
        try await fetch(place.branch, from: try await sources(place.repository), until: limit))
    } catch {
      return .failure(LaneTrouble("the source repository \(place.repository): \(error)"))
    }
  }

  private mutating func sources(_ repository: RepositoryName) async throws -> Mirror {
    if let ancestry = ancestries[repository] { return ancestry.mirror }
    guard let mirror = await sourceMirror(repository) else {
      throw LaneTrouble("it is not configured")
    }
    ancestries[repository] = Ancestry(mirror: mirror)
    return mirror
  }
}

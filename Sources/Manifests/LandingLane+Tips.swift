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
    guard let tip = try await fetch(until: limit) else {
      throw LaneTrouble("the branch \(target.branch) is not on the remote")
    }
    return tip
  }

  /// A remote that swallows packets would hold everybody longer than their deadlines.
  private func fetch(until limit: Timestamp) async throws -> CommitSHA? {
    let (mirror, branch, clock) = (mirror, target.branch, clock)
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
  /// - Returns: the tips of the sources' branches by ticket, none where the branch is gone; and which
  ///   wait, and why.
  mutating func lookUpSources(
    of batch: inout [PendingEdit], on ground: FreshTip
  ) async throws -> (tips: [Int: CommitSHA], deferral: Deferral?) {
    var tips: [RepositoryBranch: Result<CommitSHA?, LaneTrouble>] = [
      target: .success(ground.commit)
    ]
    var wanted: [RepositoryBranch: SourceTips.Wanted] = [:]
    for pending in batch {
      guard let place = pending.sourcePlace, place != target else { continue }
      guard let mirror = await mirror(of: place.repository) else {
        tips[place] = .failure(.source(place.repository, "it is not configured"))
        continue
      }
      let newest = max(pending.ticket, wanted[place]?.newestTicket ?? 0)
      wanted[place] = SourceTips.Wanted(mirror: mirror, newestTicket: newest)
    }
    tips.merge(await sources.tips(of: wanted, on: ground)) { known, _ in known }
    var deferral: Deferral?
    var found: [Int: CommitSHA] = [:]
    batch.removeAll { pending in
      switch pending.sourcePlace.flatMap({ tips[$0] }) {
      case .success(let tip): found[pending.ticket] = tip
      case .failure(let why):
        let services = deferral?.services ?? []
        deferral = Deferral(
          services: services.union([pending.edit.service]), why: why.description)
        return true
      case nil: break
      }
      return false
    }
    for (place, tip) in tips {
      if case .success(.some(let tip)) = tip {
        try await ancestries[place.repository]?.move(to: tip)
      }
    }
    return (found, deferral)
  }

  private mutating func mirror(of repository: RepositoryName) async -> Mirror? {
    if let ancestry = ancestries[repository] { return ancestry.mirror }
    guard let mirror = await sourceMirror(repository) else { return nil }
    ancestries[repository] = Ancestry(mirror: mirror)
    return mirror
  }
}

extension PendingEdit {
  /// The branch that R5 asks about; nil where it asks nothing.
  fileprivate var sourcePlace: RepositoryBranch? {
    guard edit.deployment.cause.isAutomatic, let source = edit.deployment.source else { return nil }
    return RepositoryBranch(repository: source.repository, branch: source.branch)
  }
}

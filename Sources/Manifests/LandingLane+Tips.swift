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
  /// - Returns: what the sources' remotes said, by ticket; and which wait, and why.
  mutating func lookUpSources(
    of batch: inout [PendingEdit], on ground: FreshTip, until limit: Timestamp
  ) async throws -> (answers: [Int: SourceTips.Answer], deferral: Deferral?) {
    var replies: [RepositoryBranch: SourceTips.Reply] = [
      target: .init(answer: .init(tip: ground.commit, ground: ground))
    ]
    var mirrors: [RepositoryBranch: Mirror] = [:]
    for place in Set(batch.compactMap(\.sourcePlace)) where place != target {
      mirrors[place] = await mirror(of: place.repository)
      replies[place] = .init(trouble: .source(place.repository, "it is not configured"))
    }
    replies.merge(await sources.ask(mirrors, on: ground, until: limit)) { _, reply in reply }
    var deferral: Deferral?
    var answers: [Int: SourceTips.Answer] = [:]
    batch.removeAll { pending in
      guard let place = pending.sourcePlace, let reply = replies[place] else { return false }
      if let answer = reply.answer, pending.ticket <= answer.ground.newestTicket {
        answers[pending.ticket] = answer
        return false
      }
      let why = reply.trouble ?? .silent(place.repository)
      deferral.add([pending.edit.service], why.description)
      return true
    }
    for (place, reply) in replies {
      if let tip = reply.answer?.tip { try await ancestries[place.repository]?.move(to: tip) }
    }
    return (answers, deferral)
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

extension LandingLane.Deferral? {
  mutating func add(_ services: Set<ServiceName>, _ why: String) {
    self = .init(services: services.union(self?.services ?? []), why: why)
  }
}

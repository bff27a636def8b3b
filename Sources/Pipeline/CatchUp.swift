import DeployModel
import Git

/// R3: what happened to a branch that no delivery told of. Where the pushes lay is not known, so each
/// commit that the branch itself went through counts as one: what one of them says about skipping is
/// its own.
struct CatchUp {
  let target: RepositoryBranch
  let mirror: Mirror
  let store: any DeploymentStore
  let configuration: PipelineConfiguration
  let now: Timestamp

  /// R12: steps that are told apart; older commits are taken together.
  private static let steps = 50

  /// 1. The cursor. 2. If the tip is no descendant of it, the branch was rewound, or pushed to and
  /// evaluated since it was seen: after the cursor was read, the remote alone can tell. 3. The steps.
  ///
  /// - Returns: nil if there is nothing to catch up on, or if the branch is elsewhere by now, as the
  ///   next look will see.
  func evaluation(to tip: CommitSHA) async throws -> Evaluation? {
    let cursor = try await store.cursor(repository: target.repository, branch: target.branch)
    guard let cursor else { return firstContact(at: tip) }
    guard cursor != tip else { return nil }
    if try await !isAhead(tip, of: cursor), try await mirror.fetch(target.branch) != tip {
      return nil
    }
    return try await StepsEvaluation(
      push: nil, target: target, mirror: mirror, store: store, configuration: configuration,
      now: now
    ).evaluate(try await steps(from: cursor, to: tip), cursor: cursor)
  }

  private func isAhead(_ tip: CommitSHA, of cursor: CommitSHA) async throws -> Bool {
    guard try await mirror.contains(cursor) else { return false }
    return try await mirror.descends(tip, from: cursor)
  }

  /// Without a `before` nobody knows what is new: the branch is taken as it is.
  private func firstContact(at tip: CommitSHA) -> Evaluation {
    Evaluation(
      target: target, delivery: nil, cursorBefore: nil, cursorAfter: tip, outcome: .noneMatched,
      reason: "first contact with the branch", matches: [], triggers: [], at: now)
  }

  private func steps(from cursor: CommitSHA, to tip: CommitSHA) async throws -> [PushPlan.Step] {
    guard try await mirror.contains(cursor) else {
      let isKnown = try await mirror.fetchCommit(cursor)
      return [PushPlan.Step(cause: .catchUp, base: isKnown ? cursor : nil, after: tip)]
    }
    // The cursor is no ancestor after a force push: what lies between is one step.
    guard try await mirror.descends(tip, from: cursor) else {
      return [PushPlan.Step(cause: .catchUp, base: cursor, after: tip)]
    }
    let commits = try await mirror.firstParents(from: cursor, to: tip, limit: Self.steps)
    var base = cursor
    return commits.map { commit in
      defer { base = commit }
      return PushPlan.Step(cause: .catchUp, base: base, after: commit)
    }
  }
}

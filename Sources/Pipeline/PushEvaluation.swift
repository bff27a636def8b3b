import DeployModel
import Git

/// R3 and R4: turns one stored push, and the fetched mirror, into what is to be recorded.
struct PushEvaluation {
  let push: PendingPush
  let target: RepositoryBranch
  let mirror: Mirror
  let store: any DeploymentStore
  let configuration: PipelineConfiguration
  let now: Timestamp

  /// - Parameter tip: the branch as it was fetched after the push was stored; nil if it is gone.
  func evaluate(tip: CommitSHA?) async throws -> Evaluation {
    let cursor = try await store.cursor(repository: target.repository, branch: target.branch)
    let plan = PushPlan.make(from: try await facts(cursor: cursor, tip: tip))
    switch plan {
    case .branchDeleted:
      return nothing(.ignored, "the branch \(target.branch) is gone from the remote", cursor)
    case .covered(let reason):
      return nothing(.covered, reason, cursor)
    case .evaluate(let steps):
      return try await evaluate(steps, cursor: cursor)
    }
  }

  /// `before..after` alone, as if it had just come; the cursor stays where it is.
  func evaluateByItself(tip: CommitSHA?) async throws -> Evaluation {
    let cursor = try await store.cursor(repository: target.repository, branch: target.branch)
    guard try await isOnBranch(push.event.after, tip: tip) else {
      return nothing(.covered, "\(push.event.after.short()) is no longer on the branch", cursor)
    }
    let base = try await isKnown(push.event.before) ? push.event.before : nil
    var evaluation = try await evaluate(
      [PushPlan.Step(cause: .push, base: base, after: push.event.after)], cursor: cursor)
    evaluation.cursorAfter = nil
    for index in evaluation.triggers.indices {
      evaluation.triggers[index].isNewest = try await isNewest(evaluation.triggers[index])
    }
    return evaluation
  }

  /// What the service wants by now does not lie beyond it.
  private func isNewest(_ trigger: ServiceTrigger) async throws -> Bool {
    guard let wanted = try await store.serviceState(trigger.service).wanted,
      try await mirror.contains(wanted)
    else { return true }
    return try await mirror.isAncestor(wanted, of: trigger.source.commit)
  }

  private func facts(cursor: CommitSHA?, tip: CommitSHA?) async throws -> PushPlan.Facts {
    let before = push.event.before
    let after = push.event.after
    let cursorIsOnBranch = try await isOnBranch(cursor, tip: tip)
    let beforeIsOnBranch = try await isOnBranch(before.isZero ? nil : before, tip: tip)
    var isCovered = false
    var isBeyond = false
    if let cursor, try await mirror.contains(cursor) {
      if try await mirror.contains(after) {
        isCovered = try await mirror.isAncestor(after, of: cursor)
      }
      if beforeIsOnBranch, before != cursor {
        isBeyond = try await mirror.isAncestor(cursor, of: before)
      }
    }
    return PushPlan.Facts(
      before: before, after: after, cursor: cursor, tip: tip, cursorIsOnBranch: cursorIsOnBranch,
      afterIsOnBranch: try await isOnBranch(after, tip: tip), afterIsCoveredByCursor: isCovered,
      beforeIsBeyondCursor: isBeyond, baseIsKnown: try await isKnown(cursor ?? before))
  }

  private func isOnBranch(_ commit: CommitSHA?, tip: CommitSHA?) async throws -> Bool {
    guard let commit, let tip, try await mirror.contains(commit) else { return false }
    return try await mirror.isAncestor(commit, of: tip)
  }

  private func isKnown(_ base: CommitSHA) async throws -> Bool {
    if base.isZero { return false }
    if try await mirror.contains(base) { return true }
    return try await mirror.fetchCommit(base)
  }

  private func nothing(
    _ outcome: DeliveryOutcome, _ reason: String, _ cursor: CommitSHA?
  ) -> Evaluation {
    Evaluation(
      target: target, delivery: push.delivery, cursorBefore: cursor, cursorAfter: nil,
      outcome: outcome, reason: reason, matches: [], triggers: [], at: now)
  }

  private func evaluate(
    _ steps: [PushPlan.Step], cursor: CommitSHA?
  ) async throws -> Evaluation {
    try await StepsEvaluation(
      push: push, target: target, mirror: mirror, store: store, configuration: configuration,
      now: now
    ).evaluate(steps, cursor: cursor)
  }
}

/// R3: what to evaluate when a push has been fetched.
package enum PushPlan: Hashable, Sendable {
  /// One diff to make, and the tip it leads to. `base` nil: neither mirror nor remote has it, and
  /// every service of the repository triggers.
  package struct Step: Hashable, Sendable {
    package var cause: DeploymentCause
    package var base: CommitSHA?
    package var after: CommitSHA

    package init(cause: DeploymentCause, base: CommitSHA?, after: CommitSHA) {
      self.cause = cause
      self.base = base
      self.after = after
    }
  }

  case covered(reason: String)
  case branchDeleted
  case evaluate([Step])

  /// What git knows after the fetch.
  package struct Facts: Hashable, Sendable {
    package var before: CommitSHA
    package var after: CommitSHA
    /// Nil at first contact with the branch.
    package var cursor: CommitSHA?
    /// Nil if the branch is gone from the remote.
    package var tip: CommitSHA?
    package var cursorIsOnBranch: Bool
    package var afterIsOnBranch: Bool
    /// `after` is the cursor or an ancestor of it.
    package var afterIsCoveredByCursor: Bool
    /// `before` is a strict descendant of the cursor, and on the branch.
    package var beforeIsBeyondCursor: Bool
    /// Mirror or remote has `before` (for first contact) or the cursor.
    package var baseIsKnown: Bool

    package init(
      before: CommitSHA, after: CommitSHA, cursor: CommitSHA?, tip: CommitSHA?,
      cursorIsOnBranch: Bool, afterIsOnBranch: Bool, afterIsCoveredByCursor: Bool,
      beforeIsBeyondCursor: Bool, baseIsKnown: Bool
    ) {
      self.before = before
      self.after = after
      self.cursor = cursor
      self.tip = tip
      self.cursorIsOnBranch = cursorIsOnBranch
      self.afterIsOnBranch = afterIsOnBranch
      self.afterIsCoveredByCursor = afterIsCoveredByCursor
      self.beforeIsBeyondCursor = beforeIsBeyondCursor
      self.baseIsKnown = baseIsKnown
    }
  }

  /// 1. Branch gone. 2. First contact: from `before`. 3. Covered. 4. `after` left the branch: the
  /// tip takes its place, and may be covered itself. 5. A push was missed: it goes first, as its
  /// own. 6. From the cursor.
  package static func make(from facts: Facts) -> PushPlan {
    guard let tip = facts.tip else { return .branchDeleted }
    let after = facts.afterIsOnBranch ? facts.after : tip
    guard let cursor = facts.cursor else {
      return .evaluate([
        Step(cause: .push, base: facts.baseIsKnown ? facts.before : nil, after: after)
      ])
    }
    if facts.afterIsCoveredByCursor, facts.cursorIsOnBranch { return .covered(by: facts.after) }
    if after == cursor { return .covered(by: after) }
    let base = facts.baseIsKnown ? cursor : nil
    // `before` may be where we end: then what was pushed is gone, and what was missed remains.
    if facts.beforeIsBeyondCursor, facts.before != after {
      return .evaluate([
        Step(cause: .catchUp, base: base, after: facts.before),
        Step(cause: .push, base: facts.before, after: after),
      ])
    }
    return .evaluate([Step(cause: .push, base: base, after: after)])
  }

  private static func covered(by commit: CommitSHA) -> PushPlan {
    .covered(reason: "an earlier evaluation already reached \(commit.short())")
  }
}

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

  /// 1. Branch gone. 2. Covered. 3. `after` left the branch: the tip takes its place (and may be
  /// covered itself). 4. First contact: from `before`. 5. A push was missed: it goes first, as its
  /// own. 6. From the cursor.
  package static func make(from facts: Facts) -> PushPlan {
    guard let tip = facts.tip else { return .branchDeleted }
    if facts.afterIsCoveredByCursor, facts.cursorIsOnBranch {
      return .covered(reason: "an earlier evaluation already reached \(facts.after.short())")
    }
    let after = facts.afterIsOnBranch ? facts.after : tip
    guard let cursor = facts.cursor else {
      return .evaluate([
        Step(cause: .push, base: facts.baseIsKnown ? facts.before : nil, after: after)
      ])
    }
    if after == cursor {
      return .covered(reason: "an earlier evaluation already reached \(after.short())")
    }
    let base = facts.baseIsKnown ? cursor : nil
    if facts.beforeIsBeyondCursor, facts.afterIsOnBranch {
      return .evaluate([
        Step(cause: .catchUp, base: base, after: facts.before),
        Step(cause: .push, base: facts.before, after: after),
      ])
    }
    return .evaluate([Step(cause: .push, base: base, after: after)])
  }
}

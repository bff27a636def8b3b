/// R5, decided by the writer on a freshly fetched tip, and again at every re-apply.
package enum ForwardOnly {
  /// What the writer found out about one candidate; all ancestry is on the fetched tip.
  package struct Facts: Hashable, Sendable {
    package var cause: DeploymentCause
    package var rebuild: Bool
    package var released: Bool
    package var overrideHold: Bool
    package var holdInForce: Bool
    /// The candidate's source is the branch's tip or an ancestor of it.
    package var sourceIsOnBranch: Bool
    package var relation: Relation
    /// A rollback or manual deployment of the service that was accepted after the candidate, or after
    /// its push, and did not fail.
    package var overruledBy: DeploymentID?
    /// With the same source: the image entry would change all the same.
    package var changesImage: Bool

    package init(
      cause: DeploymentCause, rebuild: Bool, released: Bool, overrideHold: Bool,
      holdInForce: Bool, sourceIsOnBranch: Bool, relation: Relation, overruledBy: DeploymentID?,
      changesImage: Bool = false
    ) {
      self.cause = cause
      self.rebuild = rebuild
      self.released = released
      self.overrideHold = overrideHold
      self.holdInForce = holdInForce
      self.sourceIsOnBranch = sourceIsOnBranch
      self.relation = relation
      self.overruledBy = overruledBy
      self.changesImage = changesImage
    }
  }

  /// What is deployed, seen from the candidate's source.
  package enum Relation: Hashable, Sendable {
    /// Nothing is deployed, or its source is unknown.
    case unknown
    case same
    /// The deployed source is a strict descendant of the candidate's that is still on the branch.
    case deployedIsNewer(CommitSHA)
    /// Older, or off the branch (a force push), or on no common line.
    case deployedIsOlderOrGone
  }

  package enum Decision: Hashable, Sendable {
    case land
    case hold
    /// The reason is for people; the id is the deployment that overruled this one, if one did.
    case supersede(by: DeploymentID?, reason: String)
  }

  /// 1. A rollback lands wherever it was sent, and so does a deployment by hand, unless a rollback or
  /// another was accepted after it: finish order never decides. 2. A hold keeps automatic
  /// deployments waiting; if the candidate was released from one, this is another. 3. (a) The
  /// source left the branch. 4. (c) A rollback or a manual deployment came later. 5. (b) Something
  /// newer runs. 6. The same source replaces its own image only as a rebuild; with the same image
  /// there is nothing to replace, and the commit that is there is taken.
  package static func decide(_ facts: Facts) -> Decision {
    guard facts.cause.isAutomatic else {
      guard facts.cause == .manual else { return .land }
      if facts.holdInForce, !facts.overrideHold { return .hold }
      guard let later = facts.overruledBy, !facts.released else { return .land }
      return .supersede(by: later, reason: "\(later) was accepted after this one and overrules it")
    }
    if facts.holdInForce { return .hold }
    if !facts.sourceIsOnBranch {
      return .supersede(by: nil, reason: "its source is no longer on the branch")
    }
    if let later = facts.overruledBy, !facts.released {
      return .supersede(by: later, reason: "\(later) was accepted after this push and overrules it")
    }
    switch facts.relation {
    case .deployedIsNewer(let commit):
      return .supersede(
        by: nil, reason: "the newer source \(commit.short()) is already deployed")
    case .same where facts.changesImage && !facts.rebuild:
      return .supersede(
        by: nil, reason: "this source is already deployed; only a rebuild replaces its image")
    case .same, .unknown, .deployedIsOlderOrGone:
      return .land
    }
  }
}

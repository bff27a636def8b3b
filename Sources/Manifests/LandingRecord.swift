package import DeployModel

/// What the record says about an edit's service, right now.
package struct LandingStanding: Hashable, Sendable {
  /// What is deployed; nil for an adopted image, or if nothing is.
  package var deployment: DeploymentID?
  /// Its source; nil if that is unknown.
  package var sourceCommit: CommitSHA?
  /// The commit that says so.
  package var manifestCommit: CommitSHA?
  package var holdInForce: Bool
  /// R5(c): a rollback or manual deployment of the service that was accepted after the push that
  /// the edit goes back to, and has landed or may yet.
  package var overruledBy: DeploymentID?
  /// False when somebody else has the deployment now, or it has ended.
  package var isOurs: Bool

  package init(
    deployment: DeploymentID?, sourceCommit: CommitSHA?, manifestCommit: CommitSHA? = nil,
    holdInForce: Bool, overruledBy: DeploymentID?, isOurs: Bool = true
  ) {
    self.deployment = deployment
    self.sourceCommit = sourceCommit
    self.manifestCommit = manifestCommit
    self.holdInForce = holdInForce
    self.overruledBy = overruledBy
    self.isOurs = isOurs
  }
}

/// The record as the writer needs it. Anything thrown counts as "try again later".
package protocol LandingRecord: Sendable {
  /// R14: a tip was fetched. What others changed there is in the record when this returns, and counts
  /// for what is decided next.
  ///
  /// - Returns: services of which that cannot be said yet; they wait for the next attempt.
  func compare(
    _ services: Set<ServiceName>, with tip: CommitSHA, of target: RepositoryBranch
  ) async throws -> Set<ServiceName>
  /// May lag behind what the writer has already reported as landed, which it remembers itself.
  func standing(of edit: ManifestEdit) async throws -> LandingStanding
  /// R1: durable when it returns true; only then the commits are pushed. Each call adds to the earlier.
  ///
  /// - Returns: false, and nothing is kept, if what was decided on no longer holds.
  func willPush(_ intents: [ManifestIntent], decidedOn grounds: [LandingGround]) async throws
    -> Bool
  /// Everything ever passed to `willPush` for this deployment, by earlier processes too.
  func previousIntents(for id: DeploymentID) async throws -> [ManifestIntent]
}

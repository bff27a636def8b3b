package import DeployModel

/// What the record says about an edit's service, right now.
package struct LandingStanding: Hashable, Sendable {
  /// What is deployed; nil for an adopted image, or if nothing is.
  package var deployment: DeploymentID?
  /// Its source; nil if that is unknown.
  package var sourceCommit: CommitSHA?
  package var holdInForce: Bool
  /// R5(c): a rollback or manual deployment of the service that was accepted after the push that
  /// the edit goes back to, and neither failed nor was cancelled.
  package var overruledBy: DeploymentID?

  package init(
    deployment: DeploymentID?, sourceCommit: CommitSHA?, holdInForce: Bool,
    overruledBy: DeploymentID?
  ) {
    self.deployment = deployment
    self.sourceCommit = sourceCommit
    self.holdInForce = holdInForce
    self.overruledBy = overruledBy
  }
}

/// The record as the writer needs it. Anything thrown counts as "try again later".
package protocol LandingRecord: Sendable {
  /// May lag behind what the writer has already reported as landed, which it remembers itself.
  func standing(of edit: ManifestEdit) async throws -> LandingStanding
  /// R1: durable when it returns; only then the commits are pushed. Each call adds to the earlier.
  func willPush(_ intents: [ManifestIntent]) async throws
  /// Everything ever passed to `willPush` for this deployment, by earlier processes too.
  func previousIntents(for id: DeploymentID) async throws -> [ManifestIntent]
}

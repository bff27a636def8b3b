/// What the writer was told of an edit's service before it decided (R5, R9). It is asked for once
/// more in the transaction that precedes the push.
package struct LandingGround: Hashable, Sendable {
  package var deployment: DeploymentID
  package var holdInForce: Bool
  package var overruledBy: DeploymentID?
  /// Whose lease it is committed under; nil: nobody's.
  package var owner: String?

  package init(
    deployment: DeploymentID, holdInForce: Bool, overruledBy: DeploymentID?, owner: String? = nil
  ) {
    self.deployment = deployment
    self.holdInForce = holdInForce
    self.overruledBy = overruledBy
    self.owner = owner
  }
}

package import DeployModel

/// The right to work on one deployment, held in the store and renewed while the work lasts. It must
/// be ended by one of its three ways out; dropping it without is a defect that the store heals when
/// the lease expires.
package struct Lease: ~Copyable, Sendable {
  package let deployment: Deployment
  let owner: String
  private let store: any DeploymentStore

  init(deployment: Deployment, owner: String, store: any DeploymentStore) {
    self.deployment = deployment
    self.owner = owner
    self.store = store
  }

  /// A step on the way: the lease stays.
  func advance(_ change: DeploymentChange) async throws(StoreError) {
    var change = change
    change.owner = owner
    try await store.advance(deployment.id, change)
  }

  /// The last step of this piece of work.
  consuming func finish(_ change: DeploymentChange) async throws(StoreError) -> Deployment {
    var change = change
    change.owner = owner
    change.releasesLease = true
    return try await store.advance(deployment.id, change)
  }

  /// The manifest commit is on the branch.
  consuming func land(_ landing: Landing) async throws(StoreError) -> Deployment {
    var landing = landing
    landing.owner = owner
    return try await store.land(landing)
  }

  /// Nothing is decided: somebody else, or a later turn, takes it up again.
  consuming func giveBack() async throws(StoreError) {
    try await store.release(deployment.id, owner: owner)
  }
}

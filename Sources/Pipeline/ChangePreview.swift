package import DeployModel

/// What a request would commit, and nothing has changed yet.
package struct ChangePreview: Sendable {
  package var service: ServiceName
  package var subject: String
  package var location: ManifestLocation
  /// For a rollback: where it goes.
  package var target: Deployment?
  /// For a deployment: what it would be built from.
  package var source: Source?
  package var current: CurrentImage?
  /// As it will be, or for a build as it is meant to be: a short tag that is taken grows longer (R8).
  package var tag: String
  package var hold: RollbackRequest.HoldChoice?
  /// What changed of the service's migrations in between.
  package var migrations: [String]
}

/// R14: what git says should run changed, and not by a landing.
package struct ExternalChange: Sendable {
  package var service: ServiceName
  /// What the record said when git was compared with it; if it has moved on, nothing is recorded.
  package var replaces: CurrentImage?
  package var actor: String
  package var reason: String
  /// Nil if nobody knows which.
  package var source: Source?
  /// Nil if the registry could not confirm it.
  package var image: PublishedImage?
  /// What the entry says now; nil if it names no image any more.
  package var entry: ManifestEntry?
  /// The commit that changed the entry.
  package var commit: CommitSHA
  package var rollbackOf: DeploymentID?
  package var rolledBackFrom: DeploymentID?
  package var covers: CommitSHA?
  /// Placed unless another is in force.
  package var hold: Hold?
  package var at: Timestamp

  package init(
    service: ServiceName, replaces: CurrentImage?, actor: String, reason: String, source: Source?,
    image: PublishedImage?, entry: ManifestEntry?, commit: CommitSHA,
    rollbackOf: DeploymentID? = nil,
    rolledBackFrom: DeploymentID? = nil, covers: CommitSHA? = nil, hold: Hold? = nil, at: Timestamp
  ) {
    self.service = service
    self.replaces = replaces
    self.actor = actor
    self.reason = reason
    self.source = source
    self.image = image
    self.entry = entry
    self.commit = commit
    self.rollbackOf = rollbackOf
    self.rolledBackFrom = rolledBackFrom
    self.covers = covers
    self.hold = hold
    self.at = at
  }
}

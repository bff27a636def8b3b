/// Which images of one service the registry need not keep.
package struct ImageRetention: Hashable, Sendable {
  package var service: ServiceName
  package var repository: ImageRepository
  /// Of every service, the newest deployments that landed.
  package var kept: Int
  /// Every deployment that has the image ended before.
  package var endedBefore: Timestamp
  /// Kept whatever else is so.
  package var spared: Set<ImageDigest>

  package init(
    service: ServiceName, repository: ImageRepository, kept: Int, endedBefore: Timestamp,
    spared: Set<ImageDigest> = []
  ) {
    self.service = service
    self.repository = repository
    self.kept = kept
    self.endedBefore = endedBefore
    self.spared = spared
  }
}

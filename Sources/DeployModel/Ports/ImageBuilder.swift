/// What an error asks its caller to do.
package enum Disposition: Hashable, Sendable {
  case retry(after: Duration?)
  case giveUp
  case bug
}

/// What a build is made from: a directory tree checked out at one commit.
package struct BuildRequest: Sendable {
  package var deployment: DeploymentID
  package var service: ServiceName
  /// An absolute path to the checked-out repository root; only what the build needs is there.
  package var sourceRoot: String
  package var specification: BuildSpecification
  /// Arguments with `{commit.sha}` and the like expanded.
  package var arguments: [String: String]
  package var labels: [String: String]
  package var repository: ImageRepository
  package var deadline: Duration

  package init(
    deployment: DeploymentID, service: ServiceName, sourceRoot: String,
    specification: BuildSpecification, arguments: [String: String], labels: [String: String],
    repository: ImageRepository, deadline: Duration
  ) {
    self.deployment = deployment
    self.service = service
    self.sourceRoot = sourceRoot
    self.specification = specification
    self.arguments = arguments
    self.labels = labels
    self.repository = repository
    self.deadline = deadline
  }
}

/// An image that exists in the builder's own storage and nowhere else yet.
package struct BuiltImage: Hashable, Sendable {
  /// The builder's own name for it; buildah: the image id.
  package var reference: String
  package var repository: ImageRepository

  package init(reference: String, repository: ImageRepository) {
    self.reference = reference
    self.repository = repository
  }
}

package struct BuildError: Error, Hashable, Sendable, CustomStringConvertible {
  package var code: FailureCode
  /// For people; holds no secret.
  package var message: String
  package var disposition: Disposition

  package init(code: FailureCode, message: String, disposition: Disposition) {
    self.code = code
    self.message = message
    self.disposition = disposition
  }

  package var description: String { message }
}

/// Builds and publishes images. Cancelling the task ends every process it started before it returns.
package protocol ImageBuilder: Sendable {
  /// `log` receives the builder's output as it comes, never with a secret in it.
  func build(_ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void)
    async throws(BuildError) -> BuiltImage
  /// Pushes under one tag; the digest is the manifest's, as the builder computed it.
  func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest
  /// Frees the builder's own storage of this image; layers stay cached.
  func discard(_ image: BuiltImage) async
  /// Removes cached images that were made before `time`; returns how many went (R12).
  @discardableResult
  func prune(madeBefore time: Timestamp) async -> Int
}

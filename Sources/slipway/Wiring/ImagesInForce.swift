import DeployModel
import Synchronization

/// Builder, registry and signer with the credentials in force: a reload exchanges them, and calls that have
/// begun end with the ones they began with.
final class ImagesInForce: ImageBuilder, ImageRegistry, ImageSigner {
  struct Parts: Sendable {
    var builder: any ImageBuilder
    var registry: any ImageRegistry
    /// Nil: images are not signed.
    var signer: (any ImageSigner)?
  }

  private let parts: Mutex<Parts>

  init(_ parts: Parts) { self.parts = Mutex(parts) }

  func replace(with parts: Parts) { self.parts.withLock { $0 = parts } }

  private var builder: any ImageBuilder { parts.withLock { $0.builder } }
  private var registry: any ImageRegistry { parts.withLock { $0.registry } }
  private var signer: (any ImageSigner)? { parts.withLock { $0.signer } }

  func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    try await builder.build(request, log: log)
  }

  func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    try await builder.push(image, tag: tag, log: log)
  }

  func discard(_ image: BuiltImage) async { await builder.discard(image) }

  func prune(madeBefore time: Timestamp) async -> Int { await builder.prune(madeBefore: time) }

  func digest(
    of tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> ImageDigest? {
    try await registry.digest(of: tag, in: repository)
  }

  func digestExists(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    try await registry.digestExists(digest, in: repository)
  }

  func image(
    _ tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> RegistryImage? {
    try await registry.image(tag, in: repository)
  }

  func tag(
    _ digest: ImageDigest, as tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) {
    try await registry.tag(digest, as: tag, in: repository)
  }

  func remove(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    try await registry.remove(digest, in: repository)
  }

  func sign(
    _ image: PublishedImage, isNew: Bool, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) -> ImageSignature {
    try await signer?.sign(image, isNew: isNew, log: log) ?? .none
  }

  func verify(_ image: PublishedImage) async throws(RegistryError) {
    try await signer?.verify(image)
  }
}

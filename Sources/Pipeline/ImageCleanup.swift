import DeployModel
import Images
import Logging

/// Has registries delete the images that no rollback could need any more, where `retention.images` asks
/// for it.
///
/// 1. The store condemns an image, in the transaction that sees that nothing needs it. From then on
/// nothing deploys it: a rollback is refused, a build does not adopt it. 2. The registry is asked to
/// delete it. 3. It is removed, or, where the registry will not, spared. What a process leaves between
/// these is taken up by the next round of any.
actor ImageCleanup {
  private let parts: PipelineParts
  /// Those that said no. They are not asked again: what would change that is changed by hand.
  private var unwilling: Set<String> = []

  /// Far back enough for every service that "previous" is asked for.
  private static let historyDepth = 1000
  /// A build that begins within `reuse.maxAge` may take an image; this is how long it may go on.
  private static let longestDeployment: Duration = .seconds(86_400)

  init(parts: PipelineParts) { self.parts = parts }

  func round() async {
    for service in parts.configuration.current.services.values.sorted(by: { $0.name < $1.name })
    where !Task.isCancelled {
      do {
        try await clean(service)
      } catch {
        parts.logger.warning(
          "old images were not looked at",
          metadata: ["service": "\(service.name)", "error": "\(error)"])
      }
    }
  }

  private func clean(_ service: Service) async throws(StoreError) {
    let configuration = parts.configuration.current
    guard let images = configuration.retention.images,
      !unwilling.contains(service.image.registry)
    else { return try await spareAll(of: service) }
    let age = max(images.age, configuration.reuseMaxAge + Self.longestDeployment)
    do throws(RegistryError) {
      let latest = try await parts.registry.digest(of: .latest, in: service.image)
      let retention = ImageRetention(
        service: service.name, repository: service.image, kept: images.kept,
        endedBefore: parts.clock.now().before(age),
        spared: try await previous(of: service.name).union([latest].compactMap(\.self)))
      while let digest = try await next(retention), !Task.isCancelled {
        if digest == latest {
          try await end(digest, service, removedAt: nil)
        } else {
          try await remove(digest, service)
        }
      }
    } catch {
      parts.metrics.removedImage("failed")
      try await stop(because: error, at: service)
    }
  }

  private func remove(_ digest: ImageDigest, _ service: Service) async throws(RegistryError) {
    let wasThere = try await parts.registry.remove(digest, in: service.image)
    try await removeSignatures(of: digest, in: service.image)
    try await end(digest, service, removedAt: parts.clock.now())
    parts.metrics.removedImage(wasThere ? "removed" : "absent")
    parts.logger.info(
      "an old image was deleted",
      metadata: ["service": "\(service.name)", "image": "\(service.image)@\(digest)"])
  }

  /// What cosign keeps under tags that are made of the image's digest. Where a registry knows referrers
  /// they go with their subject.
  private func removeSignatures(
    of digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) {
    let name = digest.text.replacing(":", with: "-")
    for tag in ["\(name).sig", name].compactMap(ImageTag.init) {
      if let signature = try await parts.registry.digest(of: tag, in: repository) {
        _ = try await parts.registry.remove(signature, in: repository)
      }
    }
  }

  /// Asked for one at a time: what is published anew meanwhile is condemned no more.
  private func next(_ retention: ImageRetention) async throws(RegistryError) -> ImageDigest? {
    try await stored { () async throws(StoreError) in
      let (service, repository) = (retention.service, retention.repository)
      if let digest = try await parts.store.condemnedImages(of: service, in: repository).first {
        return digest
      }
      try await parts.store.condemnImages(retention, at: parts.clock.now())
      return try await parts.store.condemnedImages(of: service, in: repository).first
    }
  }

  /// Where the newest ones that landed are all of one image, what "previous" leads to lies behind them.
  private func previous(of service: ServiceName) async throws(RegistryError) -> Set<ImageDigest> {
    let (current, history) = try await stored { () async throws(StoreError) in
      (
        try await parts.store.serviceState(service).current?.deployment,
        try await parts.store.landed(service, limit: Self.historyDepth)
      )
    }
    guard let current else { return [] }
    guard let id = RollbackPlan.previous(of: current, in: history.map { RollbackPlan.Landed($0) }),
      let digest = history.first(where: { $0.id == id })?.image?.digest
    else { return [] }
    return [digest]
  }

  private func end(
    _ digest: ImageDigest, _ service: Service, removedAt time: Timestamp?
  ) async throws(RegistryError) {
    try await stored { () async throws(StoreError) in
      _ = try await parts.store.endRemoval(of: digest, in: service.image, removedAt: time)
    }
  }

  /// What the store does not say now it says in the next round.
  private func stored<Value>(
    _ body: () async throws(StoreError) -> Value
  ) async throws(RegistryError) -> Value {
    do throws(StoreError) {
      return try await body()
    } catch {
      throw RegistryError(
        code: .internalError, message: "\(error)", disposition: .retry(after: nil))
    }
  }

  private func stop(because error: RegistryError, at service: Service) async throws(StoreError) {
    let registry = service.image.registry
    if case .retry = error.disposition {
      parts.logger.warning(
        "old images could not be deleted; it is tried again",
        metadata: ["service": "\(service.name)", "error": "\(error)"])
      return
    }
    unwilling.insert(registry)
    parts.logger.warning(
      "the registry deletes no images: let it, or remove retention.images and use its own clean-up; it is asked again after a restart",
      metadata: ["registry": "\(registry)", "error": "\(error)"])
    try await spareAll(of: service)
  }

  /// Condemned, and still there: they may be deployed again.
  private func spareAll(of service: Service) async throws(StoreError) {
    while true {
      let condemned = try await parts.store.condemnedImages(of: service.name, in: service.image)
      if condemned.isEmpty { return }
      for digest in condemned {
        try await parts.store.endRemoval(of: digest, in: service.image, removedAt: nil)
      }
    }
  }
}

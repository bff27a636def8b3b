package import DeployModel
import Synchronization

/// A registry in memory, for tests of what is decided around images; those of images themselves use
/// the real one.
package final class FakeRegistry: ImageRegistry {
  private struct State {
    var tags: [ImageRepository: [ImageTag: RegistryImage]] = [:]
    var failure: RegistryError?
    var refused: [ImageTag: RegistryError] = [:]
    var refusals = 0
    var beforeTagging: [ImageTag: @Sendable () async -> Void] = [:]
    var removal: RegistryError?
    var removals: [ImageDigest] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func put(_ image: RegistryImage, as tag: ImageTag, in repository: ImageRepository) {
    state.withLock { $0.tags[repository, default: [:]][tag] = image }
  }

  package func remove(_ tag: ImageTag, from repository: ImageRepository) {
    state.withLock { $0.tags[repository]?[tag] = nil }
  }

  /// Nothing can be put under this tag; nil: it can again.
  package func refuse(_ tag: ImageTag, with error: RegistryError?) {
    state.withLock { $0.refused[tag] = error }
  }

  /// What happens, once, right before something is put under this tag.
  package func beforeTagging(_ tag: ImageTag, _ action: @escaping @Sendable () async -> Void) {
    state.withLock { $0.beforeTagging[tag] = action }
  }

  /// How often a refused tag was asked for.
  package var refusals: Int { state.withLock { $0.refusals } }

  /// Nothing is removed; nil: it is again.
  package func refuseRemoval(with error: RegistryError?) { state.withLock { $0.removal = error } }

  /// What was to be removed, refused or not, in order.
  package var removals: [ImageDigest] { state.withLock { $0.removals } }

  package func fail(with failure: RegistryError?) { state.withLock { $0.failure = failure } }

  package func tags(of repository: ImageRepository) -> [ImageTag: ImageDigest] {
    state.withLock { ($0.tags[repository] ?? [:]).mapValues(\.digest) }
  }

  package func digest(
    of tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> ImageDigest? {
    try read()[repository]?[tag]?.digest
  }

  package func digestExists(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    try read()[repository]?.values.contains { $0.digest == digest } ?? false
  }

  package func image(
    _ tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> RegistryImage? {
    try read()[repository]?[tag]
  }

  package func tag(
    _ digest: ImageDigest, as tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) {
    let refusal = state.withLock { state in
      if state.refused[tag] != nil { state.refusals += 1 }
      return state.refused[tag]
    }
    if let refusal { throw refusal }
    await state.withLock { $0.beforeTagging.removeValue(forKey: tag) }?()
    guard let image = try read()[repository]?.values.first(where: { $0.digest == digest }) else {
      throw RegistryError(
        code: .imageGone, message: "\(repository) has no \(digest)", disposition: .giveUp)
    }
    put(image, as: tag, in: repository)
  }

  package func remove(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> Bool {
    let wasThere = try await digestExists(digest, in: repository)
    let refusal = state.withLock { state in
      state.removals.append(digest)
      if state.removal == nil {
        state.tags[repository] = state.tags[repository]?.filter { $0.value.digest != digest }
      }
      return state.removal
    }
    if let refusal { throw refusal }
    return wasThere
  }

  private func read() throws(RegistryError) -> [ImageRepository: [ImageTag: RegistryImage]] {
    let (tags, failure) = state.withLock { ($0.tags, $0.failure) }
    if let failure { throw failure }
    return tags
  }
}

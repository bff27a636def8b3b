import DeployModel
import Images
import Logging

/// R5: `latest` names what is deployed. It follows the record, one move at a time per service, and
/// looks again after each: another process may have landed, and moved it, in between.
actor LatestTag {
  private let parts: PipelineParts
  private var tails: [ServiceName: Task<Void, Never>] = [:]

  /// Of a call that tries several times itself.
  private static let attempts = 3

  init(parts: PipelineParts) { self.parts = parts }

  /// Returns when `latest` is where the record says, or when it was given up with a warning in the
  /// timeline; start-up tries again.
  func follow(_ service: ServiceName) async {
    let previous = tails[service]
    let task = Task { [parts] in
      await previous?.value
      await Self.move(service, parts: parts)
    }
    tails[service] = task
    await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
  }

  @concurrent
  private static func move(_ service: ServiceName, parts: PipelineParts) async {
    var generator = SystemRandomNumberGenerator()
    var tries = 0
    var refusals = 0
    while !Task.isCancelled {
      do {
        let publication = ImagePublication(
          builder: parts.builder, registry: parts.registry, clock: parts.clock)
        var moved: ImageDigest?
        while let image = try await deployed(service, parts: parts), image.digest != moved {
          try await publication.moveLatest(to: image.digest, in: image.repository)
          moved = image.digest
        }
        return
      } catch {
        tries += 1
        parts.logger.warning(
          "latest could not be moved",
          metadata: ["service": "\(service)", "attempt": "\(tries)", "error": "\(error)"])
        // The record alone knows where it belongs: the store is waited for as long as it takes.
        if case StoreError.unavailable = error {} else { refusals += 1 }
        guard refusals < attempts else {
          await warn(service, because: error, parts: parts)
          return
        }
        let usual = Backoff.sideEffect.delay(afterAttempt: tries, using: &generator)
        do {
          try await parts.clock.sleep(for: max(usual, asked(by: error) ?? .zero))
        } catch {
          return
        }
      }
    }
  }

  /// How long the registry wants to be left alone.
  private static func asked(by error: any Error) -> Duration? {
    guard case .retry(let after)? = (error as? RegistryError)?.disposition else { return nil }
    return after
  }

  private static func deployed(
    _ service: ServiceName, parts: PipelineParts
  ) async throws(StoreError) -> PublishedImage? {
    guard let current = try await parts.store.serviceState(service).current?.deployment else {
      return nil
    }
    return try await parts.store.deployment(current)?.image
  }

  private static func warn(
    _ service: ServiceName, because error: any Error, parts: PipelineParts
  ) async {
    do {
      guard let id = try await parts.store.serviceState(service).current?.deployment else { return }
      try await parts.store.note(
        id, "warning: the tag latest could not be moved", details: "\(error)",
        at: parts.clock.now())
    } catch {
      parts.logger.error("warning could not be recorded", metadata: ["error": "\(error)"])
    }
  }
}

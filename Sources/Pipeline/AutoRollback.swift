import DeployModel
import Logging

/// A service with `autoRollback` goes back when a rollout fails: to the previous live deployment,
/// with a hold. Never from a rollback (twice in a row would be a circle), never from what somebody
/// else committed, never across a migration.
struct AutoRollback: Sendable {
  let parts: PipelineParts
  let rollback: Rollback

  enum Outcome {
    /// Something waits to be committed now.
    case begun
    /// There is nothing to do, or it was refused, and the timeline says why.
    case settled
    /// Nobody could say: the same call may succeed later.
    case again
  }

  func consider(_ failed: Deployment) async -> Outcome {
    let service = failed.id.service
    guard parts.configuration.current.services[service]?.autoRollback == true,
      !failed.cause.isRollback, failed.cause != .external, let failure = failed.failure
    else { return .settled }
    do {
      guard try await parts.store.serviceState(service).current?.deployment == failed.id else {
        return .settled
      }
      _ = try await rollback.request(
        RollbackRequest(
          service: service, target: nil, hold: .untilReleased, acceptMigrations: false,
          reason: "\(failed.id) failed: \(failure.message)", actor: "slipway",
          cause: .autoRollback))
      return .begun
    } catch Refusal.unavailable(let why), Refusal.storeUnavailable(let why) {
      // If it was made after all, the next try finds it under way.
      return await again(failed.id, why)
    } catch StoreError.unavailable(let why) {
      return await again(failed.id, why)
    } catch {
      return await refused(failed.id, error)
    }
  }

  private static let triedAgain = "the automatic rollback waits, and is tried again"

  /// Said once: it may stay so until the rollout's deadline.
  private func again(_ id: DeploymentID, _ why: String) async -> Outcome {
    do {
      if try await !parts.store.timeline(id).contains(where: { $0.reason == Self.triedAgain }) {
        try await note(id, Self.triedAgain, why)
      }
    } catch {
      parts.logger.warning(
        "an automatic rollback waits",
        metadata: ["deployment": "\(id)", "error": "\(why); \(error)"])
    }
    return .again
  }

  /// Every replica sees the failure: those that come second are refused for the first one's sake.
  private func refused(_ id: DeploymentID, _ error: any Error) async -> Outcome {
    do throws(StoreError) {
      let state = try await parts.store.serviceState(id.service)
      guard state.current?.deployment == id else { return .settled }
      for other in state.inFlight {
        if try await parts.store.deployment(other)?.cause.isRollback == true { return .settled }
      }
    } catch {
      return await again(id, "\(error)")
    }
    do {
      try await note(id, "not rolled back automatically", "\(error)")
    } catch {
      parts.logger.warning(
        "it was not noted why nothing was rolled back",
        metadata: ["deployment": "\(id)", "error": "\(error)"])
    }
    return .settled
  }

  private func note(
    _ id: DeploymentID, _ sentence: String, _ why: String
  ) async throws(StoreError) {
    try await parts.store.note(id, sentence, details: why, at: parts.clock.now())
  }
}

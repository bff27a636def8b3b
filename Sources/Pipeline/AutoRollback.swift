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
    } catch Refusal.unavailable(let why) {
      return again(failed.id, why)
    } catch StoreError.unavailable(let why) {
      return again(failed.id, why)
    } catch {
      return await refused(failed.id, error)
    }
  }

  private func again(_ id: DeploymentID, _ why: String) -> Outcome {
    parts.logger.notice(
      "an automatic rollback is tried again", metadata: ["deployment": "\(id)", "error": "\(why)"])
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
      return again(id, "\(error)")
    }
    await note(id, "\(error)")
    return .settled
  }

  private func note(_ id: DeploymentID, _ why: String) async {
    do {
      try await parts.store.note(
        id, "not rolled back automatically", details: why, at: parts.clock.now())
    } catch {
      parts.logger.warning(
        "it was not noted why nothing was rolled back",
        metadata: ["deployment": "\(id)", "error": "\(error)"])
    }
  }
}

import DeployModel
import Logging

/// A service with `autoRollback` goes back when a rollout fails: to the previous live deployment,
/// with a hold. Never from a rollback (twice in a row would be a circle), never from what somebody
/// else committed, never across a migration.
struct AutoRollback: Sendable {
  let parts: PipelineParts
  let rollback: Rollback

  /// - Returns: whether something waits to be committed now.
  func consider(_ failed: Deployment) async -> Bool {
    let service = failed.id.service
    guard parts.configuration.current.services[service]?.autoRollback == true,
      !failed.cause.isRollback, failed.cause != .external, let failure = failed.failure
    else { return false }
    do {
      guard try await parts.store.serviceState(service).current?.deployment == failed.id else {
        return false
      }
      _ = try await rollback.request(
        RollbackRequest(
          service: service, target: nil, hold: .untilReleased, acceptMigrations: false,
          reason: "\(failed.id) failed: \(failure.message)", actor: "slipway",
          cause: .autoRollback))
      return true
    } catch {
      await note(failed.id, "\(error)")
      return false
    }
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

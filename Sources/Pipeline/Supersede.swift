import DeployModel
import Logging

/// R10, after an evaluation: what the new deployments push aside beyond the queued and held ones that
/// the store has superseded already.
struct Supersede: Sendable {
  let parts: PipelineParts
  let scheduler: Scheduler

  func after(_ result: EvaluationResult) async {
    for id in result.superseded { parts.events.publish(.deployment(id)) }
    for deployment in result.created {
      do {
        if parts.configuration.current.supersede == .running {
          try await supersedeRunning(by: deployment)
        }
      } catch {
        parts.logger.warning(
          "an older deployment could not be superseded",
          metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
      }
    }
  }

  /// A build that a person asked for is left alone, as it is in the queue.
  private func supersedeRunning(by newer: Deployment) async throws {
    guard let running = await scheduler.buildToSupersede(of: newer.id.service),
      running != newer.id, let deployment = try await parts.store.deployment(running),
      deployment.cause.isAutomatic
    else { return }
    if try await supersede(running, from: [.building, .publishing], by: newer.id) {
      await scheduler.stopSuperseded(running)
    }
  }

  /// False if it moved on in the meantime; R5 decides at its commit.
  private func supersede(
    _ id: DeploymentID, from states: Set<DeploymentState>, by newer: DeploymentID
  ) async throws -> Bool {
    do {
      try await parts.store.advance(
        id,
        DeploymentChange(
          from: states, to: .superseded, at: parts.clock.now(),
          reason: "\(newer) is newer", supersededBy: newer))
      parts.events.publish(.deployment(id))
      return true
    } catch StoreError.conflict {
      return false
    }
  }
}

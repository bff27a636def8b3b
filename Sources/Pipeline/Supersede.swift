import DeployModel
import Logging

/// R10 and R9, after an evaluation: what the new deployments push aside beyond the queued ones that
/// the store has superseded already.
struct Supersede: Sendable {
  let parts: PipelineParts
  let scheduler: Scheduler

  func after(_ result: EvaluationResult) async {
    for id in result.superseded { parts.events.publish(.deployment(id)) }
    for deployment in result.created {
      do {
        if result.holdsEnded.contains(deployment.id.service) {
          try await supersedeHeld(by: deployment)
        }
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

  /// The push that ends a hold also ends what was held: it is older, and about to be replaced.
  private func supersedeHeld(by newer: Deployment) async throws {
    guard let held = try await parts.store.serviceState(newer.id.service).held else { return }
    try await supersede(held, from: [.held], by: newer.id)
  }

  private func supersedeRunning(by newer: Deployment) async throws {
    guard let running = await scheduler.buildToSupersede(by: newer.id) else { return }
    try await supersede(running, from: [.building, .publishing], by: newer.id)
    await scheduler.stopBuild(running)
  }

  private func supersede(
    _ id: DeploymentID, from states: Set<DeploymentState>, by newer: DeploymentID
  ) async throws {
    do {
      try await parts.store.advance(
        id,
        DeploymentChange(
          from: states, to: .superseded, at: parts.clock.now(),
          reason: "\(newer) is newer", supersededBy: newer))
      parts.events.publish(.deployment(id))
    } catch .conflict {
      // It moved on in the meantime; R5 decides at the commit.
    }
  }
}

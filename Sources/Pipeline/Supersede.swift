import DeployModel
import Logging

/// R10, after an evaluation: what the new deployments push aside beyond the queued and held ones that
/// the store has superseded already.
struct Supersede: Sendable {
  let parts: PipelineParts
  let scheduler: Scheduler

  func after(_ result: EvaluationResult) async {
    for deployment in result.created where result.newest.contains(deployment.id) {
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

  /// A build that a person asked for is left alone, as it is in the queue; so is one whose predecessor
  /// was not, or a service with many pushes would never be built.
  private func supersedeRunning(by newer: Deployment) async throws {
    for id in try await parts.store.serviceState(newer.id.service).inFlight {
      guard let running = try await parts.store.deployment(id),
        running.state == .building || running.state == .publishing,
        running.sequence < newer.sequence, running.cause.isAutomatic,
        try await !lastWasSuperseded(before: running)
      else { continue }
      if try await supersede(id, from: [.building, .publishing], by: newer.id) {
        // One that another process runs hears of it there.
        await scheduler.stopBuild(id)
      }
    }
  }

  /// How far back the build before is looked for: in between lie those that never ran.
  private static let depth = 50

  /// Whether the service's build before this one ended because a newer push came. By the record, so
  /// that a restart forgets nothing.
  private func lastWasSuperseded(before running: Deployment) async throws(StoreError) -> Bool {
    let earlier = try await parts.store.deployments(
      DeploymentQuery(service: running.id.service, before: running.sequence, limit: Self.depth))
    for deployment in earlier.items {
      let states = try await parts.store.timeline(deployment.id).map(\.state)
      guard states.contains(.building) else { continue }
      let last = states.last { $0 != deployment.state }
      return deployment.state == .superseded && (last == .building || last == .publishing)
    }
    return false
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
      return true
    } catch StoreError.conflict {
      return false
    }
  }
}

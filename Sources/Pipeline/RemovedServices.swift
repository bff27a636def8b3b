import DeployModel

/// The unfinished work of services that a reload removed ends as cancelled; what is on its way into
/// git is left to its writer.
struct RemovedServices: Sendable {
  let parts: PipelineParts
  let scheduler: Scheduler

  func cancelTheirWork() async throws(StoreError) {
    let configured = parts.configuration.current.services
    for state in try await parts.store.serviceStates() where configured[state.service] == nil {
      for id in state.inFlight + [state.held].compactMap({ $0 }) { try await cancel(id) }
    }
  }

  private func cancel(_ id: DeploymentID) async throws(StoreError) {
    do {
      try await parts.store.advance(
        id,
        DeploymentChange(
          from: Set(DeploymentState.allCases.filter(\.isCancellable)), to: .cancelled,
          at: parts.clock.now(), reason: "configuration: the service was removed"))
    } catch .conflict {
      // It has ended, or it is being committed.
      return
    }
    // Its processes end on their own time; a reload does not wait for them.
    Task { await scheduler.stopBuild(id) }
  }
}

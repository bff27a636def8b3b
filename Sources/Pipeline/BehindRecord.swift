import DeployModel

/// Keeps `behind` true when a deployment ends: a service is behind while its newest triggering
/// source is neither deployed nor in flight. Written before the end itself: whoever sees the end
/// sees this too, and if the process dies in between, landing after all clears it.
struct BehindRecord: Sendable {
  let parts: PipelineParts

  func before(_ deployment: Deployment, becomes state: DeploymentState) async throws(StoreError) {
    switch state {
    case .failed, .cancelled:
      guard !deployment.cause.isRollback, try await isNewest(deployment) else { return }
      try await mark(deployment, "\(deployment.id) \(state.rawValue)")
    case .committed, .live, .syncing:
      guard deployment.cause.isRollback, let left = deployment.rolledBackFrom,
        let source = try await parts.store.deployment(left)
      else { return }
      try await mark(source, "rolled back from \(left) by \(deployment.id)")
    default: return
    }
  }

  private func isNewest(_ deployment: Deployment) async throws(StoreError) -> Bool {
    let newest = try await parts.store.deployments(
      DeploymentQuery(service: deployment.id.service, limit: 1))
    return newest.items.first?.id == deployment.id
  }

  private func mark(_ deployment: Deployment, _ reason: String) async throws(StoreError) {
    guard let source = deployment.source else { return }
    try await parts.store.setBehind(
      Behind(commit: source.commit, since: parts.clock.now(), reason: reason),
      for: deployment.id.service)
  }
}

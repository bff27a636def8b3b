import DeployModel

/// Keeps `behind` true when a deployment ends: a service is behind while its newest triggering
/// source is neither deployed nor in flight.
struct BehindRecord: Sendable {
  let parts: PipelineParts

  func after(_ ended: Deployment) async throws(StoreError) {
    switch ended.state {
    case .failed, .cancelled:
      guard !ended.cause.isRollback, try await isNewest(ended) else { return }
      try await mark(ended, "\(ended.id) \(ended.state.rawValue)")
    case .committed, .live, .syncing:
      guard ended.cause.isRollback, let left = ended.rolledBackFrom,
        let source = try await parts.store.deployment(left)
      else { return }
      try await mark(source, "rolled back from \(left) by \(ended.id)")
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

import DeployModel
import Git
import Logging

/// Keeps `behind` true when a deployment ends: a service is behind while its newest triggering
/// source is neither deployed nor in flight. Written before the end itself: whoever sees the end
/// sees this too, and if the process dies in between, landing after all clears it.
struct BehindRecord: Sendable {
  let parts: PipelineParts

  func before(
    _ deployment: Deployment, becomes state: DeploymentState, overruledBy: DeploymentID? = nil
  ) async throws(StoreError) {
    switch state {
    case .failed, .cancelled:
      guard !deployment.cause.isRollback, try await isNewest(deployment) else { return }
      try await mark(deployment, "\(deployment.id) \(state.rawValue)")
    case .superseded:
      // By a person's decision, that is; a newer push is ahead of it, not behind.
      guard deployment.cause.isAutomatic, let over = overruledBy,
        let winner = try await parts.store.deployment(over), !winner.cause.isAutomatic
      else { return }
      try await mark(deployment, "\(deployment.id) gave way to \(over)")
    case .committed, .live, .syncing:
      guard deployment.cause.isRollback, let left = deployment.rolledBackFrom,
        let source = try await parts.store.deployment(left),
        try await nothingNewerIsUnderWay(than: source)
      else { return }
      try await mark(source, "rolled back from \(left) by \(deployment.id)")
    default: return
    }
  }

  /// A source that contains the one that was missing has landed.
  func after(_ landed: Deployment) async {
    do {
      guard let source = landed.source, let mirror = parts.mirrors[source.repository],
        let behind = try await parts.store.serviceState(landed.id.service).behind,
        try await mirror.contains(behind.commit),
        try await mirror.isAncestor(behind.commit, of: source.commit)
      else { return }
      try await parts.store.setBehind(nil, for: landed.id.service)
    } catch {
      parts.logger.warning(
        "whether a service is still behind could not be found out",
        metadata: ["deployment": "\(landed.id)", "error": "\(error)"])
    }
  }

  private func nothingNewerIsUnderWay(
    than deployment: Deployment
  ) async throws(StoreError) -> Bool {
    let state = try await parts.store.serviceState(deployment.id.service)
    for id in state.inFlight + [state.held].compactMap({ $0 }) {
      if let other = try await parts.store.deployment(id), other.cause.isAutomatic,
        other.basisSequence > deployment.basisSequence
      {
        return false
      }
    }
    return true
  }

  /// What runs contains it: nothing of it is missing. Where git cannot say, it counts as missing.
  private func isDeployed(
    _ source: Source, of service: ServiceName
  ) async throws(StoreError) -> Bool {
    guard let running = try await parts.store.serviceState(service).current?.sourceCommit,
      running != source.commit, let mirror = parts.mirrors[source.repository]
    else { return false }
    do {
      return try await mirror.isAncestor(source.commit, of: running)
    } catch {
      return false
    }
  }

  private func isNewest(_ deployment: Deployment) async throws(StoreError) -> Bool {
    let newest = try await parts.store.deployments(
      DeploymentQuery(service: deployment.id.service, limit: 1))
    return newest.items.first?.id == deployment.id
  }

  private func mark(_ deployment: Deployment, _ reason: String) async throws(StoreError) {
    guard let source = deployment.source, try await !isDeployed(source, of: deployment.id.service)
    else { return }
    try await parts.store.setBehind(
      Behind(commit: source.commit, since: parts.clock.now(), reason: reason),
      for: deployment.id.service)
  }
}

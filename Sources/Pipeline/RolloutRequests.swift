package import DeployModel

/// What people ask of a rollout: how it stands, and to look at git now.
package struct RolloutRequests: Sendable {
  let parts: PipelineParts
  let watch: RolloutWatch

  package func rollout(of service: ServiceName) async throws(Refusal) -> Rollout {
    try await rollout(of: try application(of: service), refreshing: false)
  }

  /// Compares with git, and starts a sync where auto-sync is off and there is something to sync.
  package func sync(_ service: ServiceName) async throws(Refusal) -> Rollout {
    let application = try application(of: service)
    let rollout = try await rollout(of: application, refreshing: true)
    guard !rollout.isAutoSynced, rollout.sync == .outOfSync else {
      await watch.follow(service)
      return rollout
    }
    do throws(RolloutError) {
      try await parts.rollouts.sync(application, to: nil)
    } catch {
      throw Refusal(error)
    }
    await watch.follow(service)
    return try await self.rollout(of: application, refreshing: false)
  }

  private func application(of service: ServiceName) throws(Refusal) -> ArgoCDApplication {
    guard let configured = parts.configuration.current.services[service] else {
      throw .notFound("there is no service \(service)")
    }
    guard let application = configured.argocd else {
      throw .unprocessable("no application of Argo CD is configured for \(service)")
    }
    return application
  }

  private func rollout(
    of application: ArgoCDApplication, refreshing: Bool
  ) async throws(Refusal) -> Rollout {
    do throws(RolloutError) {
      return try await parts.rollouts.rollout(of: application, refreshing: refreshing, pods: true)
    } catch {
      throw Refusal(error)
    }
  }
}

extension Refusal {
  init(_ error: RolloutError) {
    switch error.kind {
    case .unavailable: self = .unavailable(error.message)
    case .busy: self = .conflict(error.message)
    case .refused, .missing: self = .unprocessable(error.message)
    }
  }
}

package import DeployModel

/// How an application of a service stands.
package struct ObservedRollout: Sendable {
  package var application: ArgoCDApplication
  package var rollout: Rollout
}

/// What people ask of a rollout: how it stands, and to look at git now.
package struct RolloutRequests: Sendable {
  let parts: PipelineParts
  let watch: RolloutWatch

  /// In the order of the configuration.
  package func rollouts(
    of service: ServiceName
  ) async throws(Refusal) -> [ObservedRollout] {
    var observed: [ObservedRollout] = []
    for application in try applications(of: service) {
      observed.append(try await observe(application, refreshing: false))
    }
    return observed
  }

  /// Compares with git, and starts a sync where auto-sync is off and there is something to sync.
  package func sync(_ service: ServiceName) async throws(Refusal) -> [ObservedRollout] {
    var observed: [ObservedRollout] = []
    for application in try applications(of: service) {
      var seen = try await observe(application, refreshing: true)
      if !seen.rollout.isAutoSynced, seen.rollout.sync == .outOfSync {
        do throws(RolloutError) {
          try await parts.rollouts.sync(application, to: nil)
        } catch {
          throw Refusal(error)
        }
        seen = try await observe(application, refreshing: false)
      }
      observed.append(seen)
    }
    await watch.follow(service)
    return observed
  }

  private func applications(
    of service: ServiceName
  ) throws(Refusal) -> [ArgoCDApplication] {
    guard let configured = parts.configuration.current.services[service] else {
      throw .notFound("there is no service \(service)")
    }
    guard !configured.argocd.isEmpty else {
      throw .unprocessable("no application of Argo CD is configured for \(service)")
    }
    return configured.argocd
  }

  private func observe(
    _ application: ArgoCDApplication, refreshing: Bool
  ) async throws(Refusal) -> ObservedRollout {
    do throws(RolloutError) {
      return ObservedRollout(
        application: application,
        rollout: try await parts.rollouts.rollout(
          of: application, refreshing: refreshing, pods: true))
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

package import DeployModel

/// How what rolls a service out stands.
package struct ServiceRollout: Sendable {
  package struct Application: Sendable {
    package var application: ArgoCDApplication
    package var rollout: Rollout
  }

  package struct InKubernetes: Sendable {
    package var deployment: KubernetesDeployment
    /// Beside an application that answers, a cluster that does not is no failure of the whole.
    package var workload: Result<Workload, RolloutError>
  }

  /// In the order of the configuration.
  package var applications: [Application]
  package var kubernetes: InKubernetes?
}

/// What people ask of a rollout: how it stands, and to look at git now.
package struct RolloutRequests: Sendable {
  let parts: PipelineParts
  let watch: RolloutWatch

  package func rollout(of service: ServiceName) async throws(Refusal) -> ServiceRollout {
    let service = try configured(service)
    guard !service.argocd.isEmpty || service.kubernetes != nil else {
      throw .unprocessable(
        "neither an application of Argo CD nor a Deployment of Kubernetes is configured for "
          + "\(service.name)")
    }
    var rollout = ServiceRollout(applications: [])
    for application in service.argocd {
      rollout.applications.append(try await observe(application, refreshing: false))
    }
    rollout.kubernetes = try await kubernetes(of: service)
    return rollout
  }

  /// Compares with git, and starts a sync where there is something to sync and nobody else does.
  package func sync(_ name: ServiceName) async throws(Refusal) -> ServiceRollout {
    let service = try configured(name)
    guard !service.argocd.isEmpty else {
      throw .unprocessable("no application of Argo CD is configured for \(name)")
    }
    var begun: [String] = []
    do throws(Refusal) {
      var rollout = ServiceRollout(applications: [])
      for application in service.argocd {
        rollout.applications.append(try await sync(application, &begun))
      }
      rollout.kubernetes = try await kubernetes(of: service)
      await watch.follow(name)
      return rollout
    } catch {
      guard !begun.isEmpty else { throw error }
      await watch.follow(name)
      throw .unsettled("\(begun.joined(separator: "; ")). Then: \(error)")
    }
  }

  private func sync(
    _ application: ArgoCDApplication, _ begun: inout [String]
  ) async throws(Refusal) -> ServiceRollout.Application {
    let seen = try await observe(application, refreshing: true)
    guard seen.rollout.waitsForSync else { return seen }
    let name = application.application
    do throws(RolloutError) {
      try await parts.rollouts.sync(application, to: nil)
      begun.append("Argo CD has begun to sync \(name)")
    } catch {
      if error.kind == .unavailable {
        begun.append("it is not known whether Argo CD has begun to sync \(name)")
      }
      throw Refusal(error)
    }
    return try await observe(application, refreshing: false)
  }

  private func configured(_ name: ServiceName) throws(Refusal) -> Service {
    guard let service = parts.configuration.current.services[name] else {
      throw .notFound("there is no service \(name)")
    }
    return service
  }

  private func observe(
    _ application: ArgoCDApplication, refreshing: Bool
  ) async throws(Refusal) -> ServiceRollout.Application {
    do throws(RolloutError) {
      return ServiceRollout.Application(
        application: application,
        rollout: try await parts.rollouts.rollout(
          of: application, refreshing: refreshing, pods: true))
    } catch {
      throw Refusal(error)
    }
  }

  private func kubernetes(
    of service: Service
  ) async throws(Refusal) -> ServiceRollout.InKubernetes? {
    guard let deployment = service.kubernetes else { return nil }
    do throws(RolloutError) {
      let workload = try await parts.workloads.workload(deployment, inFull: true)
      return ServiceRollout.InKubernetes(deployment: deployment, workload: .success(workload))
    } catch {
      guard !service.argocd.isEmpty else { throw Refusal(error) }
      return ServiceRollout.InKubernetes(deployment: deployment, workload: .failure(error))
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

/// Where a rollout is seen: by Argo CD, or in Kubernetes itself.
package enum RolloutPlace: Hashable, Sendable {
  case application(ArgoCDApplication)
  case workload(KubernetesDeployment)

  /// As people name it.
  package var name: String {
    switch self {
    case .application(let application): application.application
    case .workload(let workload): "\(workload.namespace)/\(workload.deployment)"
    }
  }
}

extension Service {
  /// Where its rollouts are seen. Beside Argo CD Kubernetes is shown, and decides nothing.
  package var places: [RolloutPlace] {
    argocd.isEmpty
      ? kubernetes.map { [.workload($0)] } ?? [] : argocd.map { .application($0) }
  }
}

/// Kubernetes itself.
package protocol WorkloadObserver: Sendable {
  /// As it stands.
  ///
  /// - Parameter inFull: with its history and its pods: two more calls.
  func workload(
    _ deployment: KubernetesDeployment, inFull: Bool
  ) async throws(RolloutError) -> Workload
  /// `kubectl rollout undo`: brings the template of an earlier revision back; nil: the one before.
  ///
  /// - Returns: what was said of it.
  func undo(
    _ deployment: KubernetesDeployment, to revision: Int?
  ) async throws(RolloutError) -> String
}

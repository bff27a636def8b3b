package import DeployModel

/// A cluster that nobody has the credentials of.
package struct NoWorkloads: WorkloadObserver {
  package init() {}

  package func workload(
    _ deployment: KubernetesDeployment, inFull: Bool
  ) async throws(RolloutError) -> Workload {
    throw RolloutError(.missing, "no cluster is configured")
  }

  package func undo(
    _ deployment: KubernetesDeployment, to revision: Int?
  ) async throws(RolloutError) -> String {
    throw RolloutError(.missing, "no cluster is configured")
  }
}

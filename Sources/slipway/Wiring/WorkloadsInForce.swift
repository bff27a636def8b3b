import DeployModel
import FoundationEssentials
import Rollouts
import Synchronization

/// Kubernetes with the kubeconfig in force: a reload exchanges it.
final class WorkloadsInForce: WorkloadObserver {
  private struct Cluster {
    var settings: KubernetesSettings
    var client: KubernetesClient
  }

  private let home: String
  private let environment: [String: String]
  private let cluster: Mutex<Cluster?>

  /// - Parameters:
  ///   - home: kubectl's own, below the state directory.
  ///   - environment: this process's.
  init(_ access: KubernetesAccess?, home: String, environment: [String: String]) {
    self.home = home
    self.environment = environment
    cluster = Mutex(nil)
    replace(with: access)
  }

  /// Calls that have begun go on with what they began with.
  func replace(with access: KubernetesAccess?) {
    guard let access else { return cluster.withLock { $0 = nil } }
    let settings = KubernetesSettings(
      kubeconfig: access.kubeconfig, context: access.context, home: home,
      path: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
      environment: environment.filter {
        [KubernetesAccess.podVariable, "KUBERNETES_SERVICE_PORT"].contains($0.key)
      })
    cluster.withLock { cluster in
      guard cluster?.settings != settings else { return }
      cluster = Cluster(settings: settings, client: KubernetesClient(settings))
    }
  }

  private func client() throws(RolloutError) -> KubernetesClient {
    guard let cluster = cluster.withLock({ $0 }) else {
      throw RolloutError(
        .missing,
        "there is no `kubernetes` section in the configuration, and this is no pod of a cluster")
    }
    return cluster.client
  }

  func workload(
    _ deployment: KubernetesDeployment, inFull: Bool
  ) async throws(RolloutError) -> Workload {
    try await client().workload(deployment, inFull: inFull)
  }

  func undo(
    _ deployment: KubernetesDeployment, to revision: Int?
  ) async throws(RolloutError) -> String {
    try await client().undo(deployment, to: revision)
  }
}

package import DeployModel
import FoundationEssentials
import HTTPClient
import Posix

/// How kubectl reaches the cluster.
package struct KubernetesSettings: Hashable, Sendable {
  /// The file with the cluster's address and the credentials; nil: the service account of the pod that
  /// this runs in.
  package var kubeconfig: String?
  /// One of the file's contexts; nil: its current one.
  package var context: String?
  /// kubectl's home, private to this installation.
  package var home: String
  /// `PATH`, for kubectl and what the kubeconfig may run to get a token.
  package var path: String
  /// What a pod is told of its cluster: `KUBERNETES_SERVICE_HOST`, `KUBERNETES_SERVICE_PORT`.
  package var environment: [String: String]

  package init(
    kubeconfig: String?, context: String?, home: String, path: String,
    environment: [String: String]
  ) {
    self.kubeconfig = kubeconfig
    self.context = context
    self.home = home
    self.path = path
    self.environment = environment
  }
}

/// Kubernetes by kubectl: it knows every way to sign in to a cluster. Objects are read with
/// `get --raw`, one call of the API each; only `rollout undo` is a command of its own.
package struct KubernetesClient: WorkloadObserver {
  private let settings: KubernetesSettings
  private let places: Places

  /// R12: kubectls that run at once, of a whole installation.
  private static let width = 4
  private static let deadline: Duration = .seconds(20)
  /// Less than that: kubectl's own words about a server that does not answer are better than ours.
  private static let requestTimeout = "--request-timeout=10s"
  /// The pods of a Deployment of some thousand replicas.
  private static let outputLimit = 32 << 20

  package init(_ settings: KubernetesSettings) {
    self.settings = settings
    places = Places(count: Self.width)
  }

  package func workload(
    _ deployment: KubernetesDeployment, inFull: Bool
  ) async throws(RolloutError) -> Workload {
    let namespace = PercentEncoding.encoded(deployment.namespace)
    let found = try await get(
      WorkloadDocuments.Deployment.self,
      "/apis/apps/v1/namespaces/\(namespace)/deployments/"
        + PercentEncoding.encoded(deployment.deployment))
    guard inFull, let selector = found.spec?.selector?.text else {
      return found.workload(nil, nil)
    }
    let query = "?labelSelector=\(PercentEncoding.encoded(selector))"
    let sets = try await get(
      WorkloadDocuments.ReplicaSets.self,
      "/apis/apps/v1/namespaces/\(namespace)/replicasets\(query)")
    let pods = try await get(
      WorkloadDocuments.Pods.self, "/api/v1/namespaces/\(namespace)/pods\(query)")
    return found.workload(sets, pods)
  }

  package func undo(
    _ deployment: KubernetesDeployment, to revision: Int?
  ) async throws(RolloutError) -> String {
    var arguments = [
      "rollout", "undo", "--namespace=\(deployment.namespace)", Self.requestTimeout,
    ]
    if let revision { arguments.append("--to-revision=\(revision)") }
    arguments += ["--", "deployment/\(deployment.deployment)"]
    let said = String(decoding: try await run(arguments), as: UTF8.self)
    return said.split(separator: "\n").first.map(String.init) ?? ""
  }

  private func get<Document: Decodable>(
    _ type: Document.Type, _ path: String
  ) async throws(RolloutError) -> Document {
    let answer = try await run(["get", Self.requestTimeout, "--raw=\(path)"])
    do {
      return try JSONDecoder().decode(type, from: Data(answer))
    } catch {
      throw RolloutError(.unavailable, "the answer of Kubernetes is not what its API describes")
    }
  }

  private func run(_ arguments: [String]) async throws(RolloutError) -> [UInt8] {
    var environment = settings.environment
    if let kubeconfig = settings.kubeconfig { environment["KUBECONFIG"] = kubeconfig }
    let options = settings.context.map { ["--context=\($0)"] } ?? []
    let kubectl = ChildProcess(
      "kubectl", options + arguments,
      environment: ChildProcess.minimalEnvironment(
        path: settings.path, home: settings.home, adding: environment),
      deadline: Self.deadline, grace: .seconds(2), outputLimit: Self.outputLimit)
    let result: ChildResult
    await places.take()
    do throws(ChildError) {
      result = try await kubectl.run()
    } catch {
      await places.giveBack()
      throw RolloutError(error == .notFound("kubectl") ? .missing : .unavailable, "\(error)")
    }
    await places.giveBack()
    guard result.succeeded else { throw KubectlFailure(result).error }
    return result.output
  }

  /// So many at once; the others wait in order.
  private actor Places {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(count: Int) { free = count }

    func take() async {
      guard free == 0 else {
        free -= 1
        return
      }
      await withCheckedContinuation { waiting.append($0) }
    }

    func giveBack() {
      if waiting.isEmpty {
        free += 1
      } else {
        waiting.removeFirst().resume()
      }
    }
  }
}

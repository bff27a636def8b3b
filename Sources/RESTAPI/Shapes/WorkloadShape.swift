import DeployModel
import Pipeline

/// What Kubernetes says of a service's Deployment.
struct WorkloadShape: Encodable {
  struct Replicas: Encodable {
    var desired: Int
    var total: Int
    var updated: Int
    var ready: Int
    var available: Int
  }

  struct Revision: Encodable {
    var number: Int
    var images: [String]
    @Nullable var cause: String?
    @Nullable var createdAt: String?
    var replicas: Int
  }

  struct Seen: Encodable {
    /// `complete`, `progressing`, `failed`
    var progress: String
    var message: String
    var paused: Bool
    var images: [String]
    @Nullable var revision: Int?
    var replicas: Replicas
    var history: [Revision]
    var pods: [PodShape]
  }

  var namespace: String
  var deployment: String
  /// Null where Kubernetes did not answer.
  @Nullable var seen: Seen?
  /// Why it did not.
  @Nullable var error: String?

  init(_ kubernetes: ServiceRollout.InKubernetes) {
    namespace = kubernetes.deployment.namespace
    deployment = kubernetes.deployment.deployment
    switch kubernetes.workload {
    case .success(let workload):
      seen = Seen(workload)
      error = nil
    case .failure(let failure):
      seen = nil
      error = failure.message
    }
  }
}

extension WorkloadShape.Seen {
  init(_ workload: Workload) {
    let (state, words) = workload.progress
    self.init(
      progress: state.rawValue, message: words, paused: workload.isPaused,
      images: workload.images, revision: workload.revision,
      replicas: WorkloadShape.Replicas(
        desired: workload.replicas.desired, total: workload.replicas.total,
        updated: workload.replicas.updated, ready: workload.replicas.ready,
        available: workload.replicas.available),
      history: workload.history.map {
        WorkloadShape.Revision(
          number: $0.number, images: $0.images, cause: $0.cause.isEmpty ? nil : $0.cause,
          createdAt: $0.createdAt?.rfc3339, replicas: $0.replicas)
      },
      pods: workload.pods.map(PodShape.init))
  }
}

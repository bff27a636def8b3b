import DeployModel

/// The parts of Kubernetes' objects that decide anything (`apps/v1` Deployment and ReplicaSet, `v1` Pod).
enum WorkloadDocuments {
  struct Owner: Decodable {
    var uid: String?
    var controller: Bool?
  }

  struct Metadata: Decodable {
    var name: String?
    var uid: String?
    var generation: Int?
    var creationTimestamp: String?
    var deletionTimestamp: String?
    var annotations: [String: String]?
    var ownerReferences: [Owner]?
  }

  struct Container: Decodable { var image: String? }

  struct PodSpecification: Decodable {
    var containers: [Container]?
    var initContainers: [Container]?
  }

  struct Template: Decodable { var spec: PodSpecification? }

  struct Requirement: Decodable {
    var key: String?
    var `operator`: String?
    var values: [String]?
  }

  struct Selector: Decodable {
    var matchLabels: [String: String]?
    var matchExpressions: [Requirement]?
  }

  struct Specification: Decodable {
    var replicas: Int?
    var paused: Bool?
    var selector: Selector?
    var template: Template?
  }

  struct Condition: Decodable {
    var type: String?
    var status: String?
    var reason: String?
    var message: String?
  }

  struct Status: Decodable {
    var observedGeneration: Int?
    var replicas: Int?
    var updatedReplicas: Int?
    var readyReplicas: Int?
    var availableReplicas: Int?
    var conditions: [Condition]?
  }

  struct Deployment: Decodable {
    var metadata: Metadata?
    var spec: Specification?
    var status: Status?
  }

  struct ReplicaSets: Decodable { var items: [Deployment]? }

  struct ContainerState: Decodable {
    struct Waiting: Decodable {
      var reason: String?
      var message: String?
    }

    struct Terminated: Decodable {
      var reason: String?
      var message: String?
      var exitCode: Int?
    }

    var waiting: Waiting?
    var terminated: Terminated?
  }

  struct ContainerStatus: Decodable {
    var restartCount: Int?
    var state: ContainerState?
    var lastState: ContainerState?
  }

  struct PodStatus: Decodable {
    var phase: String?
    var reason: String?
    var message: String?
    var conditions: [Condition]?
    var initContainerStatuses: [ContainerStatus]?
    var containerStatuses: [ContainerStatus]?
  }

  struct Pod: Decodable {
    var metadata: Metadata?
    var spec: PodSpecification?
    var status: PodStatus?
  }

  struct Pods: Decodable { var items: [Pod]? }

  /// `deployment.kubernetes.io/revision`
  static let revisionAnnotation = "deployment.kubernetes.io/revision"
  static let causeAnnotation = "kubernetes.io/change-cause"
}

extension WorkloadDocuments.Selector {
  /// As `labelSelector` takes it; nil for one that would select everything.
  var text: String? {
    var parts = (matchLabels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    for requirement in matchExpressions ?? [] {
      let key = requirement.key ?? ""
      let values = (requirement.values ?? []).joined(separator: ",")
      switch requirement.operator {
      case "In": parts.append("\(key) in (\(values))")
      case "NotIn": parts.append("\(key) notin (\(values))")
      case "Exists": parts.append(key)
      case "DoesNotExist": parts.append("!\(key)")
      default: return nil
      }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ",")
  }
}

extension WorkloadDocuments.Deployment {
  func workload(
    _ sets: WorkloadDocuments.ReplicaSets?, _ pods: WorkloadDocuments.Pods?
  ) -> Workload {
    let conditions = status?.conditions ?? []
    let mine = (sets?.items ?? []).filter { $0.metadata?.isOwned(by: metadata?.uid) == true }
    let owned = (pods?.items ?? []).filter { pod in
      mine.contains { pod.metadata?.isOwned(by: $0.metadata?.uid) == true }
    }
    return Workload(
      name: metadata?.name ?? "?", images: spec?.template?.images ?? [],
      revision: metadata?.revision,
      replicas: Workload.Replicas(
        // The API server writes the default into what it stores.
        desired: spec?.replicas ?? 1, total: status?.replicas ?? 0,
        updated: status?.updatedReplicas ?? 0, ready: status?.readyReplicas ?? 0,
        available: status?.availableReplicas ?? 0),
      isObserved: (metadata?.generation ?? 0) <= (status?.observedGeneration ?? 0),
      isPaused: spec?.paused == true,
      isPastDeadline: conditions.contains {
        $0.type == "Progressing" && $0.reason == "ProgressDeadlineExceeded"
      },
      replicaFailure: conditions.first { $0.type == "ReplicaFailure" && $0.status == "True" }?
        .message ?? "",
      history: mine.compactMap(\.revision).sorted { $0.number > $1.number },
      pods: owned.map(\.pod).sorted { $0.name < $1.name })
  }

  private var revision: Workload.Revision? {
    guard let number = metadata?.revision else { return nil }
    return Workload.Revision(
      number: number, images: spec?.template?.images ?? [],
      cause: metadata?.annotations?[WorkloadDocuments.causeAnnotation] ?? "",
      createdAt: metadata?.creationTimestamp.flatMap(Timestamp.init(kubernetes:)),
      replicas: status?.replicas ?? 0)
  }
}

extension WorkloadDocuments.Metadata {
  fileprivate func isOwned(by uid: String?) -> Bool {
    uid != nil && ownerReferences?.contains { $0.uid == uid && $0.controller == true } == true
  }

  fileprivate var revision: Int? {
    annotations?[WorkloadDocuments.revisionAnnotation].flatMap { Int($0) }
  }
}

extension WorkloadDocuments.Template {
  fileprivate var images: [String] { (spec?.containers ?? []).compactMap(\.image) }
}

extension WorkloadDocuments.Pod {
  /// Its state in one word, as `kubectl get pods` finds it: an init container that is not done comes
  /// first, then whatever container is not well.
  fileprivate var pod: Rollout.Pod {
    let statuses = status?.containerStatuses ?? []
    let starting = status?.initContainerStatuses ?? []
    var reason = status?.reason ?? status?.phase ?? ""
    var message = status?.message ?? ""
    let trouble = starting.lazy.compactMap(\.trouble).first
    if let trouble {
      (reason, message) = ("Init:\(trouble.reason)", trouble.message)
    } else if let trouble = statuses.lazy.compactMap(\.trouble).first {
      (reason, message) = trouble
    } else if let condition = status?.conditions?.first(where: {
      $0.type == "PodScheduled" && $0.status == "False"
    }) {
      message = condition.message ?? condition.reason ?? ""
    }
    if metadata?.deletionTimestamp != nil { reason = "Terminating" }
    let containers = (spec?.initContainers ?? []) + (spec?.containers ?? [])
    return Rollout.Pod(
      name: metadata?.name ?? "?", images: containers.compactMap(\.image), reason: reason,
      message: message,
      restarts: (starting + statuses).reduce(0) { $0 + ($1.restartCount ?? 0) })
  }
}

extension WorkloadDocuments.ContainerStatus {
  /// Nil for one that runs, or has done what it should.
  fileprivate var trouble: (reason: String, message: String)? {
    if let waiting = state?.waiting, let reason = waiting.reason, reason != "PodInitializing" {
      return (reason, waiting.message ?? lastState?.terminated?.words ?? "")
    }
    if let ended = state?.terminated, ended.exitCode != 0 {
      return (ended.reason ?? "Error", ended.message ?? ended.words)
    }
    return nil
  }
}

extension WorkloadDocuments.ContainerState.Terminated {
  fileprivate var words: String { "exit code \(exitCode ?? 0)" }
}

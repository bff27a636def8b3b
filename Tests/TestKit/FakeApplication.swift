/// An application of `FakeArgoCD`, and the documents that show it.
package struct FakeApplication: Sendable {
  package struct Operation: Sendable {
    /// `Running`, `Succeeded`, `Failed`…
    package var phase: String
    package var message = ""
    package var revisions: [String] = []
    package var finished = true
    /// Later than any clock of a test, as an operation that a commit has brought about.
    package var startedAt = "2125-12-06T02:00:05Z"
    /// `("PreSync", "Job/db-migrate", "Running", "")`
    package var hooks: [(phase: String, name: String, state: String, message: String)] = []
    /// `("ConfigMap/old", "PruneSkipped", "…")`
    package var results: [(name: String, status: String, message: String)] = []

    package init(_ phase: String, message: String = "", revisions: [String] = []) {
      self.phase = phase
      self.message = message
      self.revisions = revisions
      finished = phase != "Running"
    }
  }

  package struct Pod: Sendable {
    package var name: String
    package var image: String
    package var reason: String
    package var message: String
    package var restarts: Int
    /// The workload that it is of: `backend`, a Deployment.
    package var workload: String

    package init(
      _ name: String, image: String, reason: String = "Running", message: String = "",
      restarts: Int = 0, workload: String = "backend"
    ) {
      self.name = name
      self.image = image
      self.reason = reason
      self.message = message
      self.restarts = restarts
      self.workload = workload
    }
  }

  package struct Resource: Sendable {
    /// `Deployment/backend`
    package var name: String
    package var status: String
    package var health: String?
    package var message = ""
    package var needsPruning = false
    /// As the cluster has it, where somebody asks.
    package var live: JSON?

    package init(
      _ name: String, status: String = "Synced", health: String? = nil, message: String = "",
      needsPruning: Bool = false
    ) {
      self.name = name
      self.status = status
      self.health = health
      self.message = message
      self.needsPruning = needsPruning
    }
  }

  package struct HistoryEntry: Sendable {
    package var id: Int64
    package var revision: String

    package init(id: Int64, revision: String) {
      self.id = id
      self.revision = revision
    }
  }

  package let name: String
  package var namespace = "argocd"
  package var project = "shop"
  package var isAutoSynced = true
  package var sync = "Synced"
  /// One for each source.
  package var revisions: [String] = []
  package var health = "Healthy"
  package var images: [String] = []
  package var resources: [Resource] = []
  package var operation: Operation? = Operation("Succeeded")
  /// The top-level `operation`: asked for, and not begun.
  package var requested: JSON?
  /// False: the last comparison is older than the end of the operation.
  package var isReconciled = true
  package var conditions: [(type: String, message: String)] = []
  package var history: [HistoryEntry] = []
  package var pods: [Pod] = []
  /// `{canSync, activeWindows, assignedWindows}`
  package var windows: JSON = ["canSync": true]
  var version: Int64 = 0

  init(name: String) { self.name = name }

  private static let before = "2125-12-06T02:00:10Z"
  private static let finished = "2125-12-06T02:00:25Z"
  private static let reconciled = "2125-12-06T02:00:40Z"

  // MARK: The application

  var document: JSON {
    var members: [String: JSON] = [
      "metadata": [
        "name": .string(name), "namespace": .string(namespace),
        "resourceVersion": .string("\(version)"), "uid": "6b1c2f0e-6f1b-4e59-9a55-3a0f2d8f0001",
      ],
      "spec": specification, "status": status,
    ]
    if let requested { members["operation"] = requested }
    return .object(members)
  }

  private var specification: JSON {
    var members: [String: JSON] = [
      "project": .string(project),
      "source": [
        "repoURL": "https://github.com/acme/shop.git", "path": .string("k8s/\(name)"),
        "targetRevision": "main",
      ],
      "destination": ["server": "https://kubernetes.default.svc", "namespace": "shop"],
    ]
    if isAutoSynced { members["syncPolicy"] = ["automated": ["selfHeal": true]] }
    return .object(members)
  }

  private func revised(_ revisions: [String]) -> [String: JSON] {
    revisions.count > 1
      ? ["revisions": .array(revisions.map { .string($0) })]
      : ["revision": .string(revisions.first ?? "")]
  }

  private var status: JSON {
    var members: [String: JSON] = [
      "sync": .object(revised(revisions).merging(["status": .string(sync)]) { one, _ in one }),
      "health": ["status": .string(health)],
      "reconciledAt": .string(isReconciled ? Self.reconciled : Self.before),
      "summary": ["images": .array(images.map { .string($0) })],
      "resources": .array(resources.map(\.document)),
      "conditions": .array(
        conditions.map { ["type": .string($0.type), "message": .string($0.message)] }),
      "history": .array(
        history.map {
          [
            "id": .integer($0.id), "revision": .string($0.revision),
            "deployedAt": .string(Self.finished), "initiatedBy": ["automated": true],
          ]
        }),
    ]
    if let operation { members["operationState"] = operation.document(revised, Self.finished) }
    return .object(members)
  }

  // MARK: Its resources

  func managed(_ kind: String?, _ name: String?) -> JSON {
    let items = resources.filter { $0.name == "\(kind ?? "")/\(name ?? "")" }.map {
      resource -> JSON in
      .object(
        kindAndName(resource.name).merging([
          "liveState": .string(resource.live?.encoded() ?? "null")
        ]) { one, _ in one })
    }
    return ["items": .array(items)]
  }

  /// A Deployment, its ReplicaSet, and the pods of that one, for each workload.
  var tree: JSON {
    var nodes: [JSON] = []
    for workload in Set(pods.map(\.workload)).sorted() {
      nodes.append(node("apps", "Deployment", workload, parent: nil))
      nodes.append(node("apps", "ReplicaSet", "\(workload)-7c9d", parent: ("Deployment", workload)))
    }
    for pod in pods {
      var info: [JSON] = [["name": "Status Reason", "value": .string(pod.reason)]]
      if pod.restarts > 0 {
        info.append(["name": "Restart Count", "value": .string("\(pod.restarts)")])
      }
      let isWell = pod.reason == "Running"
      guard
        case .object(var members) = node(
          "", "Pod", pod.name, parent: ("ReplicaSet", "\(pod.workload)-7c9d"))
      else { continue }
      members["images"] = [.string(pod.image)]
      members["info"] = .array(info)
      members["health"] = [
        "status": .string(isWell ? "Healthy" : "Degraded"), "message": .string(pod.message),
      ]
      nodes.append(.object(members))
    }
    return ["nodes": .array(nodes)]
  }

  private func node(
    _ group: String, _ kind: String, _ name: String, parent: (kind: String, name: String)?
  ) -> JSON {
    var members: [String: JSON] = [
      "group": .string(group), "version": "v1", "kind": .string(kind), "namespace": "shop",
      "name": .string(name), "uid": .string("\(kind)-\(name)"),
    ]
    if let parent {
      members["parentRefs"] = [
        [
          "group": "apps", "kind": .string(parent.kind), "namespace": "shop",
          "name": .string(parent.name), "uid": .string("\(parent.kind)-\(parent.name)"),
        ]
      ]
    }
    return .object(members)
  }
}

/// `Deployment/backend` as two members.
private func kindAndName(_ name: String) -> [String: JSON] {
  let parts = name.split(separator: "/", maxSplits: 1).map { JSON.string(String($0)) }
  return ["kind": parts[0], "name": parts.count > 1 ? parts[1] : ""]
}

extension FakeApplication.Resource {
  fileprivate var document: JSON {
    var members = kindAndName(name)
    members["status"] = .string(status)
    if let health { members["health"] = ["status": .string(health), "message": .string(message)] }
    if needsPruning { members["requiresPruning"] = true }
    return .object(members)
  }
}

extension FakeApplication.Operation {
  fileprivate func document(
    _ revised: ([String]) -> [String: JSON], _ end: String
  ) -> JSON {
    var result = revised(revisions)
    let ran = hooks.map { hook -> JSON in
      .object(
        kindAndName(hook.name).merging([
          "hookType": .string(hook.phase), "hookPhase": .string(hook.state),
          "message": .string(hook.message), "syncPhase": .string(hook.phase),
        ]) { one, _ in one })
    }
    let applied = results.map { one -> JSON in
      .object(
        kindAndName(one.name).merging([
          "status": .string(one.status), "message": .string(one.message),
        ]) { one, _ in one })
    }
    result["resources"] = .array(ran + applied)
    var members: [String: JSON] = [
      "phase": .string(phase), "message": .string(message), "startedAt": .string(startedAt),
      "operation": ["sync": .object(revised(revisions))], "syncResult": .object(result),
    ]
    if finished { members["finishedAt"] = .string(end) }
    return .object(members)
  }
}

extension FakeKubernetes {
  private static let created: JSON = "2025-12-06T02:00:00Z"
  private static let labels: JSON = ["app": "backend"]

  /// Every object that it shows, for who wants to hold them to the published schemas.
  package var objects: [JSON] {
    let shown = shown
    return [deployment(shown)] + shown.revisions.map { replicaSet($0, shown) }
      + shown.pods.map { pod($0, shown) }
  }

  func deployment(_ shown: Shown) -> JSON {
    let progress: JSON =
      shown.isPastDeadline
      ? [
        "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
        "message": "ReplicaSet \"backend-x\" has timed out progressing.",
      ]
      : ["type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"]
    return [
      "apiVersion": "apps/v1", "kind": "Deployment",
      "metadata": [
        "name": .string(name), "namespace": .string(Self.namespace), "uid": "u-deployment",
        "generation": .integer(Int64(shown.generation)), "resourceVersion": "10",
        "creationTimestamp": Self.created,
        "annotations": ["deployment.kubernetes.io/revision": .string("\(shown.current)")],
      ],
      "spec": [
        "replicas": .integer(Int64(shown.desired)), "paused": .bool(shown.isPaused),
        "selector": ["matchLabels": Self.labels],
        "template": template(shown.image, Self.labels),
      ],
      "status": [
        "observedGeneration": .integer(Int64(shown.generation - (shown.isObserved ? 0 : 1))),
        "replicas": .integer(Int64(shown.total)),
        "updatedReplicas": .integer(Int64(shown.updated)),
        "readyReplicas": .integer(Int64(shown.available)),
        "availableReplicas": .integer(Int64(shown.available)), "conditions": [progress],
      ],
    ]
  }

  private func template(_ image: String, _ labels: JSON) -> JSON {
    [
      "metadata": ["labels": labels],
      "spec": ["containers": [["name": "app", "image": .string(image)]]],
    ]
  }

  /// Named after its image, as the controller's hash is: a template that comes back is the same set.
  private func setName(_ image: String) -> String {
    "\(name)-\(image.split(separator: ":").last ?? "none")"
  }

  func replicaSet(_ revision: Revision, _ shown: Shown) -> JSON {
    let set = setName(revision.image)
    let labels: JSON = ["app": "backend", "pod-template-hash": .string(set)]
    let count: JSON = .integer(
      revision.number == shown.current ? Int64(shown.updated) : Int64(shown.total - shown.updated))
    var annotations: [String: JSON] = [
      "deployment.kubernetes.io/revision": .string("\(revision.number)")
    ]
    if !revision.cause.isEmpty {
      annotations["kubernetes.io/change-cause"] = .string(revision.cause)
    }
    return [
      "apiVersion": "apps/v1", "kind": "ReplicaSet",
      "metadata": [
        "name": .string(set), "namespace": .string(Self.namespace), "uid": .string("u-\(set)"),
        "creationTimestamp": Self.created, "labels": labels, "annotations": .object(annotations),
        "ownerReferences": [owner("apps/v1", "Deployment", name, "u-deployment")],
      ],
      "spec": [
        "replicas": count, "selector": ["matchLabels": labels],
        "template": template(revision.image, labels),
      ],
      "status": ["replicas": count],
    ]
  }

  private func owner(_ version: JSON, _ kind: JSON, _ name: String, _ uid: String) -> JSON {
    [
      "apiVersion": version, "kind": kind, "name": .string(name), "uid": .string(uid),
      "controller": true,
    ]
  }

  func pod(_ pod: Pod, _ shown: Shown) -> JSON {
    let image = shown.revisions.first { $0.number == pod.revision }?.image ?? ""
    let set = setName(image)
    var status: [String: JSON] = ["phase": pod.waiting == nil ? "Running" : "Pending"]
    if let reason = pod.unschedulable {
      status["phase"] = "Pending"
      status["conditions"] = [
        [
          "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
          "message": .string(reason),
        ]
      ]
    } else {
      let running: JSON = ["running": ["startedAt": Self.created]]
      status["containerStatuses"] = [
        [
          "name": "app", "image": .string(image), "imageID": "", "ready": .bool(pod.waiting == nil),
          "restartCount": .integer(Int64(pod.restarts)),
          "state": pod.waiting.map {
            ["waiting": ["reason": .string($0.reason), "message": .string($0.message)]]
          } ?? running,
        ]
      ]
    }
    return [
      "apiVersion": "v1", "kind": "Pod",
      "metadata": [
        "name": .string(pod.name), "namespace": .string(Self.namespace),
        "uid": .string("u-\(pod.name)"), "creationTimestamp": Self.created,
        "labels": ["app": "backend", "pod-template-hash": .string(set)],
        "ownerReferences": [owner("apps/v1", "ReplicaSet", set, "u-\(set)")],
      ],
      "spec": ["containers": [["name": "app", "image": .string(image)]]],
      "status": .object(status),
    ]
  }
}

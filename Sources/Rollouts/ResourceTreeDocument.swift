import DeployModel

/// `GET /api/v1/applications/{name}/resource-tree`: down to the pods.
struct ResourceTreeDocument: Decodable {
  struct Info: Decodable {
    var name: String?
    var value: String?
  }

  struct Node: Decodable {
    var kind: String?
    var name: String?
    var images: [String]?
    var health: ApplicationDocument.Health?
    var info: [Info]?

    fileprivate func info(_ name: String) -> String? { info?.first { $0.name == name }?.value }
  }

  var nodes: [Node]?

  var pods: [Rollout.Pod] {
    (nodes ?? []).filter { $0.kind == "Pod" }.map {
      Rollout.Pod(
        name: $0.name ?? "?", images: $0.images ?? [], reason: $0.info("Status Reason") ?? "",
        message: $0.health?.message ?? "", restarts: $0.info("Restart Count").flatMap(Int.init) ?? 0
      )
    }
  }
}

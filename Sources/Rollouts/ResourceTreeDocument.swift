import DeployModel

/// `GET /api/v1/applications/{name}/resource-tree`: down to the pods.
struct ResourceTreeDocument: Decodable {
  struct Info: Decodable {
    var name: String?
    var value: String?
  }

  struct Parent: Decodable {
    var uid: String?
  }

  struct Node: Decodable {
    var kind: String?
    var name: String?
    var uid: String?
    var parentRefs: [Parent]?
    var images: [String]?
    var health: ApplicationDocument.Health?
    var info: [Info]?

    fileprivate func info(_ name: String) -> String? { info?.first { $0.name == name }?.value }
  }

  var nodes: [Node]?

  var pods: [Rollout.Pod] {
    let nodes = nodes ?? []
    let byUID = Dictionary(
      nodes.compactMap { node in node.uid.map { ($0, node) } }, uniquingKeysWith: { one, _ in one })
    return nodes.filter { $0.kind == "Pod" }.map {
      Rollout.Pod(
        name: $0.name ?? "?", images: $0.images ?? [], reason: $0.info("Status Reason") ?? "",
        message: $0.health?.message ?? "",
        restarts: $0.info("Restart Count").flatMap(Int.init) ?? 0,
        owners: Self.owners(of: $0, byUID))
    }
  }

  /// All the way up; what would be its own owner is passed by.
  private static func owners(of pod: Node, _ byUID: [String: Node]) -> Set<String> {
    var owners: Set<String> = []
    var next = pod.parentRefs ?? []
    var seen: Set<String> = []
    while let parent = next.popLast() {
      guard let uid = parent.uid, seen.insert(uid).inserted, let node = byUID[uid] else { continue }
      owners.insert("\(node.kind ?? "?")/\(node.name ?? "?")")
      next += node.parentRefs ?? []
    }
    return owners
  }
}

import DeployModel

/// The parts of an `Application` that decide anything, as `GET /api/v1/applications/{name}` answers
/// (`applicationv1alpha1Application` of Argo CD's API schema). Everything may be absent: an
/// application that was just created has next to nothing.
struct ApplicationDocument: Decodable {
  struct Metadata: Decodable {
    var name: String?
    var namespace: String?
    var resourceVersion: String?
    var deletionTimestamp: String?
  }

  struct SyncPolicy: Decodable {
    struct Automated: Decodable {
      var enabled: Bool?
      var selfHeal: Bool?
    }
    var automated: Automated?
  }

  struct Specification: Decodable {
    var project: String?
    var syncPolicy: SyncPolicy?
  }

  struct SyncStatus: Decodable {
    var status: String?
    var revision: String?
    var revisions: [String]?
  }

  struct Health: Decodable {
    var status: String?
    var message: String?
  }

  struct Resource: Decodable {
    var group: String?
    var kind: String?
    var namespace: String?
    var name: String?
    var status: String?
    var health: Health?
    var requiresPruning: Bool?
  }

  struct ResourceResult: Decodable {
    var kind: String?
    var name: String?
    var status: String?
    var message: String?
    var hookType: String?
    var hookPhase: String?
  }

  struct SyncResult: Decodable {
    var revision: String?
    var revisions: [String]?
    var resources: [ResourceResult]?
  }

  struct RequestedOperation: Decodable {
    struct Sync: Decodable {
      var revision: String?
      var revisions: [String]?
    }
    var sync: Sync?
  }

  struct OperationState: Decodable {
    var phase: String?
    var message: String?
    var startedAt: String?
    var finishedAt: String?
    var operation: RequestedOperation?
    var syncResult: SyncResult?
  }

  struct HistoryEntry: Decodable {
    struct Initiator: Decodable {
      var username: String?
      var automated: Bool?
    }
    /// Left out for the first, whose id is 0.
    var id: Int?
    var revision: String?
    var revisions: [String]?
    var deployedAt: String?
    var initiatedBy: Initiator?
  }

  struct Condition: Decodable {
    var type: String?
    var message: String?
  }

  struct Status: Decodable {
    struct Summary: Decodable { var images: [String]? }
    var sync: SyncStatus?
    var health: Health?
    var reconciledAt: String?
    var operationState: OperationState?
    var resources: [Resource]?
    var history: [HistoryEntry]?
    var conditions: [Condition]?
    var summary: Summary?
  }

  var metadata: Metadata?
  var spec: Specification?
  var status: Status?
  var operation: RequestedOperation?
}

extension ApplicationDocument {
  var isAutoSynced: Bool {
    guard let automated = spec?.syncPolicy?.automated else { return false }
    return automated.enabled != false
  }

  /// - Parameter obstacle: what keeps it from being synced.
  func rollout(pods: [Rollout.Pod], obstacle: String? = nil) -> Rollout {
    let resources = status?.resources ?? []
    let differing = resources.filter { $0.status == "OutOfSync" }
    return Rollout(
      isAutoSynced: isAutoSynced,
      isSelfHealed: isAutoSynced && spec?.syncPolicy?.automated?.selfHeal == true,
      isDeleting: metadata?.deletionTimestamp != nil,
      isOperationAsked: operation != nil,
      operation: status?.operationState?.rollout,
      sync: Self.sync(status?.sync?.status),
      revisions: revisions(status?.sync?.revision, status?.sync?.revisions),
      health: status?.health?.status.flatMap { Rollout.Health(rawValue: $0.lowercased()) }
        ?? .unknown,
      healthMessage: status?.health?.message ?? Self.worst(resources),
      reconciledAt: status?.reconciledAt.flatMap(Timestamp.init(kubernetes:)),
      images: status?.summary?.images ?? [],
      errors: (status?.conditions ?? [])
        .filter { $0.type?.hasSuffix("Error") == true }
        .map { "\($0.type ?? ""): \($0.message ?? "")" },
      outOfSync: differing.map {
        $0.label + ($0.requiresPruning == true ? " (needs pruning)" : "")
      },
      differsByPruningAlone: !differing.isEmpty
        && differing.allSatisfy { $0.requiresPruning == true },
      obstacle: obstacle,
      degraded: resources.filter { $0.health?.status == "Degraded" }.map {
        Rollout.DegradedResource(name: $0.label, message: $0.health?.message ?? "")
      },
      history: (status?.history ?? []).map {
        Rollout.HistoryEntry(
          id: $0.id ?? 0, revisions: revisions($0.revision, $0.revisions),
          deployedAt: $0.deployedAt.flatMap(Timestamp.init(kubernetes:)),
          by: $0.initiatedBy?.automated == true
            ? "automated" : $0.initiatedBy?.username ?? "unknown")
      },
      pods: pods)
  }

  private static func sync(_ text: String?) -> Rollout.Sync {
    switch text {
    case "Synced": .synced
    case "OutOfSync": .outOfSync
    default: .unknown
    }
  }

  /// Where the application's own health has no words, those of the first resource that is not well.
  private static func worst(_ resources: [Resource]) -> String {
    for status in ["Degraded", "Missing", "Progressing"] {
      guard let resource = resources.first(where: { $0.health?.status == status }) else { continue }
      let message = resource.health?.message ?? ""
      guard !message.isEmpty else { continue }
      return "\(resource.label): \(message)"
    }
    return ""
  }
}

extension ApplicationDocument.OperationState {
  fileprivate var rollout: Rollout.Operation? {
    guard let phase = phase.flatMap({ Rollout.Phase(rawValue: $0.lowercased()) }) else {
      return nil
    }
    let resources = syncResult?.resources ?? []
    var brings = revisions(syncResult?.revision, syncResult?.revisions)
    // An operation that never got as far as a result: what was asked for.
    if brings.isEmpty { brings = revisions(operation?.sync?.revision, operation?.sync?.revisions) }
    return Rollout.Operation(
      phase: phase, message: message ?? "",
      startedAt: startedAt.flatMap(Timestamp.init(kubernetes:)),
      finishedAt: finishedAt.flatMap(Timestamp.init(kubernetes:)), revisions: brings,
      hooks: resources.compactMap { resource in
        guard let type = resource.hookType, !type.isEmpty else { return nil }
        return Rollout.Hook(
          phase: type, name: resource.label, state: resource.hookPhase ?? "",
          message: resource.message ?? "")
      },
      refusals: resources.filter { $0.status == "SyncFailed" }
        .map { "\($0.label): \($0.message ?? "refused")" })
  }
}

extension ApplicationDocument.Resource {
  fileprivate var label: String { "\(kind ?? "?")/\(name ?? "?")" }
}

extension ApplicationDocument.ResourceResult {
  fileprivate var label: String { "\(kind ?? "?")/\(name ?? "?")" }
}

/// An application with one source has `revision`, one with several has `revisions`.
private func revisions(_ one: String?, _ several: [String]?) -> [String] {
  if let several, !several.isEmpty { return several }
  return one.map { $0.isEmpty ? [] : [$0] } ?? []
}

import DeployModel
import FoundationEssentials

/// `GET /api/v1/applications/{name}/managed-resources`: what the cluster has of each.
struct ManagedResourcesDocument: Decodable {
  struct Resource: Decodable {
    /// The object as JSON, in a string.
    var liveState: String?
  }

  /// Where the kinds that make pods keep the template of one.
  private struct Live: Decodable {
    struct Specification: Decodable {
      var template: WorkloadDocuments.Template?
      var jobTemplate: Job?
      var jobTargetRef: JobTarget?
    }

    struct Job: Decodable {
      struct Specification: Decodable { var template: WorkloadDocuments.Template? }
      var spec: Specification?
    }

    struct JobTarget: Decodable { var template: WorkloadDocuments.Template? }

    var spec: Specification?
  }

  var items: [Resource]?

  /// - Throws: where an object is none of those kinds.
  func images() throws -> [String] {
    try (items ?? []).flatMap { resource -> [String] in
      guard let text = resource.liveState, text != "null" else { return [] }
      let spec = try JSONDecoder().decode(Live.self, from: Data(text.utf8)).spec
      let templates = [
        spec?.template, spec?.jobTemplate?.spec?.template, spec?.jobTargetRef?.template,
      ]
      return templates.compactMap { $0?.spec }
        .flatMap { ($0.initContainers ?? []) + ($0.containers ?? []) }.compactMap(\.image)
    }
  }
}

extension ApplicationDocument {
  /// Pods of these are of earlier times, and say nothing of the next one.
  private static let occasional: Set<String> = ["CronJob", "ScaledJob"]
  private static let lasting: Set<String> = [
    "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout", "Service",
  ]

  /// What makes pods and has none now. A Service of Kubernetes is none of those; Knative's is.
  func dormant(besides pods: [Rollout.Pod]) -> [Resource] {
    let owners = pods.reduce(into: Set<String>()) { $0.formUnion($1.owners) }
    return (status?.resources ?? []).filter { resource in
      guard let kind = resource.kind, let name = resource.name else { return false }
      if Self.occasional.contains(kind) { return true }
      guard kind != "Service" || resource.group == "serving.knative.dev" else { return false }
      return Self.lasting.contains(kind) && !owners.contains("\(kind)/\(name)")
    }
  }
}

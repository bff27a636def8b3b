import APIClient
import DeployModel

/// What Kubernetes says.
struct WorkloadView {
  var workload: WorkloadRecord
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    let name = StyledText("\(workload.namespace)/\(workload.deployment)", .bold)
    guard let seen = workload.seen else {
      return [name + "  " + StyledText(workload.error ?? "Kubernetes did not answer", .red)]
    }
    let style: StyledText.Style =
      switch seen.progress {
      case "complete": .green
      case "failed": .red
      default: .yellow
      }
    let mark = ["complete": "✓", "failed": "✗"][seen.progress] ?? "…"
    let title =
      name + "  " + StyledText("\(mark) \(seen.progress)", style)
      + StyledText(seen.paused ? "  paused" : "", .dim)
    var facts = Facts()
    facts.add("status", seen.message)
    let replicas = seen.replicas
    facts.add(
      "replicas",
      "\(replicas.desired) desired, \(replicas.updated) updated, \(replicas.available) available, "
        + "\(replicas.total) in all")
    facts.add("image", seen.images)
    return [title] + facts.lines + PodTable.lines(seen.pods, width: width)
      + history(seen, width: width)
  }

  private func history(_ seen: WorkloadRecord.Seen, width: Int?) -> [StyledText] {
    guard !seen.history.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("REVISION", isNumber: true), Table.Column("WHEN"),
      Table.Column("REPLICAS", isNumber: true), Table.Column("IMAGE", least: 16),
      Table.Column("CAUSE", least: 10, dispensable: 1),
    ])
    table.rows = seen.history.map { revision in
      [
        StyledText("\(revision.number)", revision.number == seen.revision ? .bold : .plain),
        StyledText(revision.createdAt.map { TimeText.age(of: $0, at: now) } ?? ""),
        StyledText("\(revision.replicas)"), StyledText(revision.images.joined(separator: " ")),
        StyledText(revision.cause ?? ""),
      ]
    }
    return [""] + table.lines(width: width)
  }
}

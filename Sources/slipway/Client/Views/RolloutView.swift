import APIClient
import DeployModel

/// `slipway rollout`: one part for each application, and one for Kubernetes.
struct RolloutView {
  var rollout: RolloutRecord
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    let parts = rollout.applications.map {
      ApplicationView(rollout: $0, now: now).lines(width: width)
    }
    let kubernetes = rollout.kubernetes.map {
      [WorkloadView(workload: $0, now: now).lines(width: width)]
    }
    return Array((parts + (kubernetes ?? [])).joined(separator: [""]))
  }
}

/// What Argo CD says.
struct ApplicationView {
  var rollout: ApplicationRecord
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    let sync = rollout.sync == "outOfSync" ? "out of sync" : rollout.sync
    let title =
      StyledText(rollout.application, .bold) + "  "
      + (rollout.sync == "synced"
        ? StyledText("✓ \(sync)", .green) : StyledText("? \(sync)", .yellow))
      + "  " + StateMark.of(health: rollout.health.status)
      + StyledText(rollout.autoSync ? "  auto-sync" : "  no auto-sync", .dim)
    return [title] + facts.lines + PodTable.lines(rollout.pods, width: width)
      + history(width: width)
  }

  private var facts: Facts {
    var facts = Facts()
    facts.add("health", rollout.health.message)
    facts.add("revision", rollout.revisions.joined(separator: " "))
    facts.add("compared", rollout.reconciledAt.map { TimeText.age(of: $0, at: now) })
    if let operation = rollout.operation {
      let at = (operation.finishedAt ?? operation.startedAt).map {
        " \(TimeText.age(of: $0, at: now))"
      }
      facts.add("sync", "\(operation.phase)\(at ?? ""): \(operation.message)")
      for hook in operation.hooks {
        facts.more(StyledText("\(hook.phase) \(hook.name) \(hook.state) \(hook.message)"))
      }
    }
    facts.add("image", rollout.images)
    facts.add("differs", rollout.outOfSync, .yellow)
    if let obstacle = rollout.obstacle { facts.add("waits", StyledText(obstacle, .yellow)) }
    facts.add("error", rollout.errors, .red)
    return facts
  }

  private func history(width: Int?) -> [StyledText] {
    guard !rollout.history.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("ARGO CD", isNumber: true), Table.Column("WHEN"), Table.Column("REVISION"),
      Table.Column("BY", least: 10, dispensable: 1),
    ])
    table.rows = rollout.history.map { entry in
      [
        StyledText("\(entry.id)"),
        StyledText(entry.deployedAt.map { TimeText.age(of: $0, at: now) } ?? ""),
        StyledText(entry.revisions.map(\.short).joined(separator: " ")), StyledText(entry.by),
      ]
    }
    return [""] + table.lines(width: width)
  }
}

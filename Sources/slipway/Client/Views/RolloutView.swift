import APIClient
import DeployModel

/// `slipway rollout`: one part for each application.
struct RolloutView {
  var rollout: RolloutRecord
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    let parts = rollout.applications.map {
      ApplicationView(rollout: $0, now: now).lines(width: width)
    }
    return Array(parts.joined(separator: [""]))
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
    return [title] + facts.lines + pods(width: width) + history(width: width)
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
    list("image", rollout.images, &facts)
    list("differs", rollout.outOfSync, &facts, .yellow)
    if let obstacle = rollout.obstacle { facts.add("waits", StyledText(obstacle, .yellow)) }
    list("error", rollout.errors, &facts, .red)
    return facts
  }

  private func list(
    _ name: String, _ items: [String], _ facts: inout Facts, _ style: StyledText.Style = .plain
  ) {
    for (index, item) in items.enumerated() {
      index == 0 ? facts.add(name, StyledText(item, style)) : facts.more(StyledText(item, style))
    }
  }

  private func pods(width: Int?) -> [StyledText] {
    guard !rollout.pods.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("POD", least: 16), Table.Column("RESTARTS", isNumber: true),
      Table.Column("STATE", least: 16, dispensable: 1),
      Table.Column("IMAGE", least: 16, dispensable: 2),
    ])
    table.rows = rollout.pods.map { pod in
      let state = [pod.reason, pod.message].filter { !$0.isEmpty }.joined(separator: ": ")
      return [
        StyledText(pod.name), StyledText("\(pod.restarts)"), StyledText(state),
        StyledText(pod.images.joined(separator: " ")),
      ]
    }
    return [""] + table.lines(width: width)
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

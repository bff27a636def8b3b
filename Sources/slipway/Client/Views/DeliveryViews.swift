import APIClient
import DeployModel

/// Which services a push reached, and the file and pattern that say so.
struct MatchesView {
  var matches: [MatchRecord]

  func lines(width: Int?) -> [StyledText] {
    guard !matches.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("SERVICE"), Table.Column("DEPLOYS"), Table.Column("WHY", least: 20),
    ])
    table.rows = matches.map { match in
      [
        StyledText(match.name, .bold),
        match.triggered ? StyledText("✓ yes", .green) : StyledText("– no", .dim),
        StyledText(match.reason),
      ]
    }
    return table.lines(width: width)
  }
}

/// `slipway deliveries`: what GitHub sent, newest first.
struct DeliveriesView {
  var deliveries: [DeliveryRecord]
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    guard !deliveries.isEmpty else { return ["No deliveries."] }
    var table = Table(columns: [
      Table.Column("WHEN"), Table.Column("OUTCOME"),
      Table.Column("REPOSITORY", dispensable: 2), Table.Column("REF", least: 10, dispensable: 3),
      Table.Column("COMMIT"), Table.Column("DELIVERY", dispensable: 4),
      Table.Column("WHY", least: 20, dispensable: 1),
    ])
    table.rows = deliveries.map { delivery in
      [
        StyledText(TimeText.age(of: delivery.receivedAt, at: now)),
        StateMark.of(outcome: delivery.outcome), StyledText(delivery.repository ?? ""),
        StyledText(delivery.ref.isEmpty ? delivery.event : Self.branch(delivery.ref)),
        StyledText(delivery.after.short), StyledText(delivery.guid, .dim),
        StyledText(delivery.reason),
      ]
    }
    return table.lines(width: width)
  }

  static func branch(_ ref: String) -> String {
    ref.hasPrefix("refs/heads/") ? String(ref.dropFirst("refs/heads/".count)) : ref
  }
}

/// `slipway deliveries GUID`: one, and why each service was or was not triggered.
struct DeliveryView {
  var delivery: DeliveryRecord
  var now: Timestamp
  var zone = TimeText.Zone.local

  func lines(width: Int?) -> [StyledText] {
    var facts = Facts()
    facts.add(
      "received", "\(TimeText.full(delivery.receivedAt, zone)), \(age), event \(delivery.event)")
    facts.add("repository", delivery.repository ?? "none that is configured")
    facts.add("ref", delivery.ref)
    facts.add("before", delivery.before)
    facts.add("after", delivery.after)
    facts.add("why", delivery.reason)
    facts.add("deployments", delivery.deployments.joined(separator: " "))
    let title =
      StyledText(delivery.guid, .bold) + "  " + StateMark.of(outcome: delivery.outcome)
    let matches = MatchesView(matches: delivery.services).lines(width: width)
    return [title] + facts.lines + (matches.isEmpty ? [] : [""] + matches)
  }

  private var age: String { TimeText.age(of: delivery.receivedAt, at: now) }
}

/// `slipway plan`: what a push would deploy.
struct PlanView {
  var plan: PlanRecord

  func lines(width: Int?) -> [StyledText] {
    let files = plan.files.count == 1 ? "1 file" : "\(plan.files.count) files"
    let range =
      plan.base.map { "\(files) changed between \($0.short) and \(plan.after.short)" }
      ?? "nothing to compare \(plan.after.short) with: every service of the repository deploys"
    return [StyledText(range), ""] + MatchesView(matches: plan.services).lines(width: width)
  }
}

import APIClient
import DeployModel

/// `slipway status SERVICE`: everything about one.
struct ServiceView {
  var service: ServiceRecord
  /// The deployment whose image runs, those in flight and the one that is held, by id.
  var deployments: [String: DeploymentRecord]
  var now: Timestamp

  var lines: [StyledText] {
    var facts = Facts()
    addCurrent(to: &facts)
    for id in service.inFlight.reversed() { addInFlight(id, to: &facts) }
    if let hold = service.hold {
      facts.add(
        "hold",
        StyledText("■ \(Self.end(of: hold, at: now))", .yellow)
          + StyledText(": \(hold.reason)"))
      facts.more(
        StyledText(
          "placed by \(hold.actor) \(TimeText.age(of: hold.since, at: now)); "
            + "end it with: slipway release \(service.name)", .dim))
    }
    if let held = service.held { addInFlight(held, to: &facts) }
    if let behind = service.behind {
      facts.add(
        "behind",
        StyledText("since \(TimeText.age(of: behind.since, at: now))", .yellow)
          + StyledText(": \(behind.commit.short) \(behind.reason)"))
    }
    let place = service.repository.map { "  of \($0)" } ?? "  not configured any more"
    return [StyledText(service.name, .bold) + StyledText(place, .dim)] + facts.lines
  }

  /// `until released`, `until the next push`, `for 2h 5m more`.
  static func end(of hold: ServiceRecord.Hold, at now: Timestamp) -> String {
    switch hold.until {
    case "released": "until released"
    case "next-push": "until the next push"
    default:
      Timestamp(rfc3339: hold.until).map { "for \(TimeText.length($0 - now)) more" }
        ?? "until \(hold.until)"
    }
  }

  private func addCurrent(to facts: inout Facts) {
    guard let current = service.current else {
      facts.add("deployed", StyledText("nothing yet", .dim))
      return
    }
    let since = TimeText.age(of: current.since, at: now)
    let by = current.deployment.map { ", \($0)" } ?? ", found there"
    facts.add("deployed", StyledText(current.tag, .bold) + StyledText("  \(since)\(by)"))
    if let source = current.deployment.flatMap({ deployments[$0] })?.source {
      facts.add(
        "source", "\(source.commit.short) \(source.subject) (\(source.author))")
    } else {
      facts.add("source", current.sourceCommit)
    }
    facts.add("commit", current.manifestCommit)
    facts.add("digest", current.digest)
    if let health = service.health {
      let seen = TimeText.age(of: health.observedAt, at: now)
      let message = health.message.isEmpty ? "" : ": \(health.message)"
      facts.add(
        "health",
        StateMark.of(health: health.status) + StyledText("\(message)")
          + StyledText("  seen \(seen)", .dim))
    }
  }

  private func addInFlight(_ id: String, to facts: inout Facts) {
    let name = id == service.held ? "held" : "in flight"
    guard let deployment = deployments[id] else { return facts.add(name, id) }
    let age = TimeText.length(now - deployment.updatedAt)
    let what = deployment.source.map { "  \($0.commit.short) \($0.subject)" } ?? ""
    facts.add(
      name,
      StyledText("\(id)  ") + StateMark.of(state: deployment.state)
        + StyledText(" \(age)\(what)"))
  }
}

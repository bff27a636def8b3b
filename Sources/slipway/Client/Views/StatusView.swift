import APIClient
import DeployModel

/// `slipway status`: what runs, since when, and what is on its way.
struct StatusView {
  var services: [ServiceRecord]
  /// Those that the services name as in flight or held, by id.
  var deployments: [String: DeploymentRecord]
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    guard !services.isEmpty else { return ["No services are configured."] }
    var table = Table(columns: [
      Table.Column("SERVICE"), Table.Column("DEPLOYED"),
      Table.Column("SINCE", dispensable: 4), Table.Column("HEALTH", dispensable: 2),
      Table.Column("IN FLIGHT", least: 12, dispensable: 3),
      Table.Column("NOTE", least: 16, dispensable: 1),
    ])
    table.rows = services.map { service in
      [
        StyledText(service.name, .bold), deployed(service.current),
        StyledText(service.current.map { TimeText.age(of: $0.since, at: now) } ?? ""),
        service.health.map { StateMark.of(health: $0.status) } ?? "", inFlight(service),
        note(service),
      ]
    }
    return table.lines(width: width)
  }

  private func deployed(_ current: ServiceRecord.Current?) -> StyledText {
    guard let current else { return StyledText("nothing yet", .dim) }
    return StyledText(current.tag) + (current.adopted ? StyledText(" (found there)", .dim) : "")
  }

  private func inFlight(_ service: ServiceRecord) -> StyledText {
    guard let newest = service.inFlight.last else { return "" }
    var text: StyledText = ""
    if let deployment = deployments[newest] {
      let age = TimeText.length(now - deployment.updatedAt)
      text = StateMark.of(state: deployment.state) + " \(age), "
    }
    text += StyledText(newest)
    let others = service.inFlight.count - 1
    return others > 0 ? text + StyledText(" and \(others) more", .dim) : text
  }

  private func note(_ service: ServiceRecord) -> StyledText {
    var notes: [StyledText] = []
    if let hold = service.hold {
      let held = service.held.map { ", \($0) waits" } ?? ""
      notes.append(
        StyledText("■ on hold", .yellow)
          + StyledText("\(held): \(hold.reason) (\(hold.actor))"))
    }
    if let behind = service.behind {
      notes.append(
        StyledText("behind", .yellow) + StyledText(" \(behind.commit.short): \(behind.reason)"))
    }
    if service.repository == nil { notes.append(StyledText("not configured any more", .dim)) }
    return notes.joined(by: "; ")
  }
}

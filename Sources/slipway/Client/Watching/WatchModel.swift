import APIClient
import DeployModel

/// What somebody who watches knows, and what is new to them. Values in, lines out.
struct WatchModel {
  private(set) var deployments: [String: DeploymentRecord] = [:]
  private var holds: [String: String] = [:]
  /// Why nothing is heard at the moment.
  var trouble: String?
  /// States as they pass are worth lines of their own; on a terminal the block shows them.
  let tellsEveryState: Bool
  private let zone: TimeText.Zone

  init(tellsEveryState: Bool, zone: TimeText.Zone = .local) {
    self.tellsEveryState = tellsEveryState
    self.zone = zone
  }

  /// In flight, oldest first.
  var inFlight: [DeploymentRecord] {
    deployments.values.filter { !$0.isOver }.sorted {
      ($0.createdAt, $0.id) < ($1.createdAt, $1.id)
    }
  }

  // MARK: What happens

  /// What was so before watching began: known, and no news.
  mutating func begin(with deployments: [DeploymentRecord], services: [ServiceRecord]) {
    for deployment in deployments { self.deployments[deployment.id] = deployment }
    for service in services { holds[service.name] = Self.hold(of: service) }
  }

  mutating func hear(_ deployment: DeploymentRecord) -> [StyledText] {
    let known = deployments[deployment.id]
    // Asked for and heard of may cross each other.
    if let known, known.updatedAt > deployment.updatedAt { return [] }
    deployments[deployment.id] = deployment
    defer { if deployment.isOver { forgetOldEnds() } }
    guard known?.state != deployment.state else { return [] }
    guard tellsEveryState || deployment.isOver || deployment.state == "held" else { return [] }
    return [Self.line(deployment, zone)]
  }

  mutating func hear(_ service: ServiceRecord) -> [StyledText] {
    let hold = Self.hold(of: service)
    guard holds[service.name] ?? "" != hold else { return [] }
    holds[service.name] = hold
    guard let placed = service.hold else {
      return [StyledText(service.name, .bold) + StyledText("  is not on hold any more")]
    }
    return [
      StyledText(TimeText.clock(placed.since, zone), .dim) + "  " + StyledText(service.name, .bold)
        + StyledText("  ■ on hold", .yellow)
        + StyledText("  \(placed.reason) (\(placed.actor))")
    ]
  }

  mutating func hear(_ delivery: DeliveryRecord) -> [StyledText] {
    guard delivery.outcome != "pending" else { return [] }
    return [
      StyledText(TimeText.clock(delivery.receivedAt, zone), .dim) + "  "
        + StyledText("push \(delivery.after.short)", .bold) + "  "
        + StateMark.of(outcome: delivery.outcome) + StyledText("  \(delivery.reason)")
    ]
  }

  // MARK: What is shown

  /// One line for each deployment in flight, and what there is to say of the watching itself.
  func block(footer: String, width: Int?, height: Int, now: Timestamp) -> [StyledText] {
    var lines = rows(now: now, width: width)
    // A block higher than the window cannot be drawn again.
    let room = max(1, height - 2)
    if lines.count > room {
      let hidden = lines.count - room + 1
      lines = lines.prefix(room - 1) + [StyledText("and \(hidden) more in flight", .dim)]
    }
    let last =
      trouble.map { StyledText($0, .yellow) } ?? StyledText(footer, .dim)
    return (lines + [last]).map { line in width.map { line.truncated(to: $0) } ?? line }
  }

  private func rows(now: Timestamp, width: Int?) -> [StyledText] {
    let inFlight = inFlight
    guard !inFlight.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("IN FLIGHT"), Table.Column("STATE"), Table.Column("FOR", isNumber: true),
      Table.Column("IN ALL", dispensable: 2, isNumber: true),
      Table.Column("WHAT", least: 12, dispensable: 1),
    ])
    table.rows = inFlight.map { deployment in
      [
        StyledText(deployment.id, .bold), StateMark.of(state: deployment.state),
        StyledText(TimeText.whole(now - deployment.updatedAt)),
        StyledText(TimeText.whole(now - deployment.createdAt)), HistoryView.what(deployment),
      ]
    }
    return table.lines(width: width)
  }

  static func line(
    _ deployment: DeploymentRecord, _ zone: TimeText.Zone = .local
  ) -> StyledText {
    var line =
      StyledText(TimeText.clock(deployment.updatedAt, zone), .dim) + "  "
      + StyledText(deployment.id, .bold) + "  " + StateMark.of(state: deployment.state)
    if let end = deployment.finishedAt {
      line += StyledText(" after \(TimeText.length(end - deployment.createdAt))")
    }
    let what = HistoryView.what(deployment)
    return what.isEmpty ? line : line + "  " + what
  }

  // MARK: Memory

  /// R12: who watches for weeks does not grow. More than are asked for after a gap, so that no
  /// end is told twice.
  static let remembered = 500

  private mutating func forgetOldEnds() {
    let over = deployments.values.filter(\.isOver)
    guard over.count > Self.remembered, let oldest = over.min(by: { $0.updatedAt < $1.updatedAt })
    else { return }
    deployments[oldest.id] = nil
  }

  private static func hold(of service: ServiceRecord) -> String {
    service.hold.map { "\($0.until) \($0.reason)" } ?? ""
  }
}

import APIClient
import DeployModel

/// `slipway notifications`: who was told of what, newest first.
struct NotificationsView {
  var notifications: [NotificationRecord]
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    guard !notifications.isEmpty else { return ["No notifications."] }
    var table = Table(columns: [
      Table.Column("ID"), Table.Column("WHEN"), Table.Column("TARGET"),
      Table.Column("DEPLOYMENT"), Table.Column("BECAME", dispensable: 2),
      Table.Column("STATE"), Table.Column("ATTEMPTS", dispensable: 3),
      Table.Column("WHY", least: 20, dispensable: 1),
    ])
    table.rows = notifications.map { one in
      [
        StyledText(one.id, .dim), StyledText(TimeText.age(of: one.happenedAt, at: now)),
        StyledText(one.target), StyledText(one.deployment), StyledText(one.deploymentState),
        StateMark.of(notification: one.state), StyledText("\(one.attempts)"),
        StyledText(one.lastError ?? ""),
      ]
    }
    return table.lines(width: width)
  }
}

import APIClient
import DeployModel

/// `slipway history`: deployments, newest first.
struct HistoryView {
  var deployments: [DeploymentRecord]
  var now: Timestamp

  func lines(width: Int?) -> [StyledText] {
    guard !deployments.isEmpty else { return ["No deployments."] }
    var table = Table(columns: [
      Table.Column("ID"), Table.Column("STATE"), Table.Column("TAG", dispensable: 3),
      Table.Column("CAUSE", dispensable: 5), Table.Column("BY", least: 8, dispensable: 4),
      Table.Column("WHEN", dispensable: 2),
      Table.Column("TOOK", dispensable: 6, isNumber: true),
      Table.Column("WHAT", least: 16, dispensable: 1),
    ])
    table.rows = deployments.map { deployment in
      [
        StyledText(deployment.id, .bold), StateMark.of(state: deployment.state),
        StyledText(deployment.image?.tag ?? ""), StyledText(deployment.cause),
        StyledText(deployment.actor),
        StyledText(TimeText.age(of: deployment.createdAt, at: now)),
        StyledText(deployment.finishedAt.map { TimeText.length($0 - deployment.createdAt) } ?? ""),
        Self.what(deployment, besidesTag: true),
      ]
    }
    return table.lines(width: width)
  }

  /// The one thing to know: why it failed, what took its place, what it went back to, or its
  /// source.
  ///
  /// - Parameter besidesTag: the tag is shown already, and is mostly the beginning of the commit's
  ///   id.
  static func what(_ deployment: DeploymentRecord, besidesTag: Bool = false) -> StyledText {
    let subject =
      deployment.source.map { source in
        let isShown = besidesTag && deployment.image?.tag.hasPrefix(source.commit.short) == true
        return isShown ? source.subject : "\(source.commit.short) \(source.subject)"
      } ?? ""
    if let failure = deployment.failure, !deployment.recovered {
      return StyledText("\(failure.stage): \(failure.message)", .red)
    }
    if let by = deployment.supersededBy { return StyledText("by \(by)  \(subject)") }
    if let target = deployment.rollbackOf {
      return StyledText("back to \(target): \(deployment.reason)")
    }
    return StyledText(subject.isEmpty ? deployment.reason : subject)
  }
}

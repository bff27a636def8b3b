import APIClient
import DeployModel

/// `slipway show`: one deployment with its timeline.
struct DeploymentView {
  var deployment: DeploymentRecord
  var now: Timestamp
  var zone = TimeText.Zone.local

  func lines(width: Int?) -> [StyledText] {
    let title =
      StyledText(deployment.id, .bold) + "  " + StateMark.of(state: deployment.state)
      + (deployment.recovered ? StyledText(" (recovered)", .dim) : "")
    return [title] + facts.lines + timeline(width: width)
  }

  private var facts: Facts {
    var facts = Facts()
    if let failure = deployment.failure {
      facts.add("failure", StyledText("\(failure.stage): \(failure.message)", .red))
      facts.more(StyledText(failure.code, .dim))
    }
    facts.add(
      "cause",
      "\(deployment.cause) by \(deployment.actor)"
        + (deployment.reason.isEmpty ? "" : ": \(deployment.reason)"))
    if let source = deployment.source {
      facts.add("source", "\(source.commit) on \(source.branch) of \(source.repository)")
      facts.more(StyledText("\(source.subject) (\(source.author))"))
    }
    if let image = deployment.image {
      facts.add("image", "\(image.name):\(image.tag)")
      facts.more(StyledText(image.digest))
      if let from = image.reusedFrom { facts.more(StyledText("built by \(from)", .dim)) }
      if let time = image.givenUpAt {
        facts.more(
          StyledText(
            "retention.images gave it up at \(TimeText.full(time, zone)): the registry deletes it",
            .yellow))
      }
    }
    facts.add("commit", deployment.manifestCommit)
    facts.add("delivery", deployment.trigger?.deliveryGuid)
    facts.add("goes back to", deployment.rollbackOf)
    facts.add("retry of", deployment.retryOf)
    facts.add("superseded by", deployment.supersededBy)
    let began = TimeText.full(deployment.createdAt, zone)
    if let end = deployment.finishedAt {
      facts.add("took", "\(TimeText.length(end - deployment.createdAt)), began \(began)")
    } else {
      facts.add("began", "\(began), \(TimeText.age(of: deployment.createdAt, at: now))")
    }
    return facts
  }

  /// Each state with how long it lasted; a row whose state is that of the row before is a remark.
  private func timeline(width: Int?) -> [StyledText] {
    guard let rows = deployment.timeline, !rows.isEmpty else { return [] }
    var lines: [StyledText] = [""]
    let stateWidth = rows.map { StateMark.of(state: $0.state).width }.max() ?? 0
    let indent = 2 + 8 + 2 + stateWidth + 2 + 7 + 2
    for (index, row) in rows.enumerated() {
      let isRemark = index > 0 && rows[index - 1].state == row.state
      let next = rows[(index + 1)...].first { $0.state != row.state }
      let isLast = next == nil
      let length =
        isRemark || isLast && deployment.isOver
        ? "" : TimeText.length((next?.at ?? now) - row.at)
      let mark = isRemark ? "" : StateMark.of(state: row.state)
      var texts = Paragraph.lines(row.reason, width: width.map { max(20, $0 - indent) })
      lines.append(
        "  " + StyledText(TimeText.clock(row.at, zone), .dim) + "  " + mark.padded(to: stateWidth)
          + "  "
          + StyledText(length).padded(to: 7, onTheLeft: true) + "  "
          + StyledText(texts.isEmpty ? "" : texts.removeFirst()))
      let space = StyledText(String(repeating: " ", count: indent))
      lines += texts.map { space + StyledText($0) }
      for line in (row.details ?? "").split(separator: "\n") {
        lines.append(space + StyledText(line, .dim))
      }
    }
    return lines
  }
}

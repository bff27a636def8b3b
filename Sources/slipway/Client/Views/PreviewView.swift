import APIClient

/// What a rollback or a deployment would commit.
struct PreviewView {
  var preview: PreviewRecord

  var lines: [StyledText] {
    let current = preview.current.map { current in
      current.deployment.map { "\(current.tag) (\($0))" } ?? current.tag
    }
    var title = StyledText(preview.service, .bold) + StyledText(": \(current ?? "nothing") → ")
    if let target = preview.to {
      title += StyledText(target.tag, .bold) + StyledText(" (\(target.deployment))")
    } else {
      title += StyledText(preview.commit.changes.first?.to ?? "?", .bold)
    }
    var facts = Facts()
    if let source = preview.source {
      facts.add("source", "\(source.commit.short) \(source.subject) (\(source.author))")
    }
    facts.add("image", preview.to?.digest)
    facts.add("commit", StyledText(preview.commit.subject))
    let place = preview.commit
    facts.more(StyledText("to \(place.branch) of \(place.repository), \(place.path)", .dim))
    for change in place.changes {
      if let from = change.from { facts.more(StyledText("- newTag: \"\(from)\"", .red)) }
      facts.more(StyledText("+ newTag: \"\(change.to)\"", .green))
    }
    switch preview.hold {
    case "until-released":
      facts.add("hold", "until released: slipway release \(preview.service)")
    case "until-next-push": facts.add("hold", "until the next push that triggers it")
    case "none": facts.add("hold", StyledText("none: the next push deploys again", .yellow))
    default: break
    }
    if !preview.migrations.isEmpty {
      facts.add(
        "migrations",
        StyledText("changed in between; the older image may not run on the newer schema", .yellow))
      for file in preview.migrations { facts.more(StyledText(file)) }
    }
    return [title] + facts.lines
  }

  func text(for screen: Screen) -> String {
    lines.map { $0.rendered(inColour: screen.inColour) }.joined(separator: "\n")
  }
}

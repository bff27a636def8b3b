import APIClient

/// What a rollback past git did or would do, and how git follows.
struct DirectRollbackView {
  var rollback: DirectRollbackRecord

  var lines: [StyledText] {
    var lines: [StyledText] = []
    for step in rollback.steps {
      let from = step.from.map { "\($0) → " } ?? ""
      lines.append(StyledText(step.place, .bold) + "  \(from)\(step.to)")
      var facts = Facts()
      facts.add(rollback.strategy == "argocd" ? "revision" : "image", step.brings)
      facts.add("said", step.message)
      lines += facts.lines
    }
    var facts = Facts()
    facts.add("hold", rollback.hold)
    facts.add("note", rollback.warnings, .yellow)
    facts.add("changed", rollback.migrations, .red)
    lines += facts.lines
    return lines + follow
  }

  func text(for screen: Screen) -> String {
    lines.map { $0.rendered(inColour: screen.inColour) }.joined(separator: "\n")
  }

  private var follow: [StyledText] {
    guard let follow = rollback.follow else {
      return ["What comes back is no deployment of Slipway's: git cannot follow by itself."]
    }
    return [
      "To have git follow: slipway rollback \(rollback.service) --to \(follow.deployment) -m WHY"
    ]
  }
}

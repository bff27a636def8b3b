/// A state or an outcome with its sign, so that colour is never all that tells them apart.
enum StateMark {
  static func of(state: String) -> StyledText {
    switch state {
    case "live", "committed": StyledText("✓ \(state)", .green)
    case "failed": StyledText("✗ \(state)", .red)
    case "held": StyledText("■ \(state)", .yellow)
    case "queued": StyledText("○ \(state)", .cyan)
    case "building": StyledText("◔ \(state)", .cyan)
    case "publishing": StyledText("◑ \(state)", .cyan)
    case "committing": StyledText("◕ \(state)", .cyan)
    case "syncing": StyledText("● \(state)", .cyan)
    case "superseded", "cancelled": StyledText("– \(state)", .dim)
    default: StyledText(state)
    }
  }

  static func of(health: String) -> StyledText {
    switch health {
    case "healthy": StyledText("✓ \(health)", .green)
    case "degraded", "missing": StyledText("✗ \(health)", .red)
    case "progressing": StyledText("● \(health)", .cyan)
    default: StyledText("? \(health)", .yellow)
    }
  }

  static func of(notification state: String) -> StyledText {
    switch state {
    case "delivered": StyledText("✓ \(state)", .green)
    case "dead": StyledText("✗ \(state)", .red)
    case "pending": StyledText("○ \(state)", .cyan)
    default: StyledText(state)
    }
  }

  static func of(outcome: String) -> StyledText {
    switch outcome {
    case "deployed": StyledText("✓ \(outcome)", .green)
    case "failed": StyledText("✗ \(outcome)", .red)
    case "pending": StyledText("○ \(outcome)", .cyan)
    default: StyledText("– \(outcome)", .dim)
    }
  }
}

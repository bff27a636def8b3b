import HTTPWire
import Posix

/// How long a connection may take for what it does now: each phase has its time, and bodies and
/// answers get more of it the further they come.
struct Patience {
  private var phase = ConnectionMachine.Phase.idle
  private var phaseStart = MonotonicTime.now()
  /// No request has come yet: the first is waited for less long than the next.
  private var isFresh = true
  private var bodyBytes = 0
  private var writeStart: MonotonicTime?
  private var written = 0
  /// Since when the budget for bodies has had no room for this one.
  private(set) var starvedSince: MonotonicTime?

  /// How soon a connection that the budget has paused looks again.
  private static let starvedPause = Duration.milliseconds(20)

  mutating func headIsThere() {
    isFresh = false
    bodyBytes = 0
    phaseStart = .now()
  }

  mutating func bodyCame(_ count: Int) { bodyBytes += count }

  mutating func isStarved(_ isStarved: Bool) {
    if !isStarved {
      starvedSince = nil
    } else if starvedSince == nil {
      starvedSince = .now()
    }
  }

  mutating func sent(_ count: Int) { written += count }

  mutating func allIsSent() {
    writeStart = nil
    written = 0
  }

  /// When patience ends; nil: what is waited for is the server's own.
  mutating func deadline(
    in phase: ConnectionMachine.Phase, isWriting: Bool, limits: ServerLimits
  ) -> MonotonicTime? {
    let now = MonotonicTime.now()
    if phase != self.phase {
      self.phase = phase
      phaseStart = now
    }
    if isWriting {
      let start = writeStart ?? now
      writeStart = start
      return start + limits.write + .seconds(Double(written) / Double(limits.writeRate))
    }
    if starvedSince != nil { return now + Self.starvedPause }
    return switch phase {
    case .idle: phaseStart + (isFresh ? limits.head : limits.idle)
    case .head: phaseStart + limits.head
    case .body: phaseStart + limits.body + .seconds(Double(bodyBytes) / Double(limits.bodyRate))
    case .linger: phaseStart + limits.linger
    case .response, .closed: nil
    }
  }
}

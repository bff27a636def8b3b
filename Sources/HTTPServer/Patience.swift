import HTTPWire
import Posix

/// How long a connection may take for what it does now: each phase has its time, and bodies and
/// answers get more of it for as long as they get on.
struct Patience {
  private var phase = ConnectionMachine.Phase.idle
  /// Nil: it begins when it is next looked at.
  private var phaseStart: MonotonicTime?
  /// No request has come yet: the first is waited for less long than the next.
  private var isFresh = true
  private var body = Pace()
  private var answer = Pace()
  /// Since when the budget for bodies has had no room for this one.
  private(set) var starvedSince: MonotonicTime?

  /// How soon a connection that the budget has paused looks again.
  private static let starvedPause = Duration.milliseconds(20)

  mutating func headIsThere() {
    isFresh = false
    phaseStart = nil
    body = Pace()
  }

  mutating func bodyCame(_ count: Int) { body.move(count) }

  mutating func isStarved(
    _ isStarved: Bool, at now: @autoclosure () -> MonotonicTime = .now()
  ) {
    if isStarved {
      if starvedSince == nil { starvedSince = now() }
    } else if let since = starvedSince {
      body.standStill(for: now() - since)
      starvedSince = nil
    }
  }

  mutating func sent(_ count: Int) { answer.move(count) }

  mutating func allIsSent() {
    phaseStart = nil
    answer = Pace()
  }

  /// When patience ends; nil: what is waited for is the server's own.
  mutating func deadline(
    in phase: ConnectionMachine.Phase, isWriting: Bool, limits: ServerLimits,
    at now: MonotonicTime = .now()
  ) -> MonotonicTime? {
    let start = phase == self.phase ? phaseStart ?? now : now
    (self.phase, phaseStart) = (phase, start)
    // First: what is judged at the next look must not keep a time that is past.
    if starvedSince != nil { return now + Self.starvedPause }
    if isWriting {
      return answer.deadline(
        at: now, allowance: limits.write, rate: limits.writeRate, silence: limits.writeSilence)
    }
    return switch phase {
    case .idle: start + (isFresh ? limits.head : limits.idle)
    case .head: start + limits.head
    case .body:
      body.deadline(
        at: now, allowance: limits.body, rate: limits.bodyRate, silence: limits.body)
    case .linger: start + limits.linger
    case .response, .closed: nil
    }
  }
}

import Posix

/// How long a client may take to move bytes: a while, and longer by the time that a rate allows for
/// what it has moved, but never longer than a silence from the last of it. So what came quickly
/// buys no more silence, and a byte now and then no time.
struct Pace {
  /// Nil: it has not begun.
  private var end: MonotonicTime?
  /// Bytes that have moved since `end` was reckoned.
  private var moved = 0

  mutating func move(_ count: Int) { moved += count }

  /// The client was kept from moving anything.
  mutating func standStill(for duration: Duration) {
    if let end { self.end = end + duration }
  }

  mutating func deadline(
    at now: MonotonicTime, allowance: Duration, rate: Int, silence: Duration
  ) -> MonotonicTime {
    let earned = Duration.seconds(Double(moved) / Double(rate))
    let end = min((self.end ?? now + allowance) + earned, now + silence)
    self.end = end
    moved = 0
    return end
  }
}

/// How long to wait before the next attempt, with full jitter, so that several writers of one
/// branch do not meet again.
struct Backoff {
  /// From 0 up to, not including, 1.
  let random: @Sendable () -> Double
  private var moves = 0
  private var troubles = 0

  init(random: @escaping @Sendable () -> Double) { self.random = random }

  mutating func reset() {
    moves = 0
    troubles = 0
  }

  /// Somebody was faster. The tip is fresh right now, so the first few attempts follow at once;
  /// after them up to 20 ms, 40 ms, … 300 ms: an attempt costs little, and waiting wins no race.
  mutating func afterMove() -> Duration {
    troubles = 0
    moves += 1
    guard moves > 5 else { return .zero }
    return jittered(milliseconds: min(300, 10 << min(moves - 5, 6)))
  }

  /// Nobody answered as hoped: up to 250 ms, 500 ms, … 10 s.
  mutating func afterTrouble() -> Duration {
    troubles += 1
    return jittered(milliseconds: min(10_000, 250 << min(troubles - 1, 6)))
  }

  private func jittered(milliseconds limit: Int) -> Duration {
    .milliseconds(1 + Int(random() * Double(limit)))
  }
}

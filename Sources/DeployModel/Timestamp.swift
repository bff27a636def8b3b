/// Milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let milliseconds: Int64

  package init(milliseconds: Int64) { self.milliseconds = milliseconds }

  package static func < (left: Self, right: Self) -> Bool {
    left.milliseconds < right.milliseconds
  }

  package static func + (time: Self, duration: Duration) -> Self {
    Timestamp(milliseconds: time.milliseconds + duration.wholeMilliseconds)
  }

  /// The time that long ago.
  package func before(_ age: Duration) -> Self {
    Timestamp(milliseconds: milliseconds - age.wholeMilliseconds)
  }

  package static func - (later: Self, earlier: Self) -> Duration {
    .milliseconds(later.milliseconds - earlier.milliseconds)
  }
}

extension Duration {
  package var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}

/// Where the time comes from: a parameter everywhere, so that tests can turn it.
package protocol WallClock: Sendable {
  func now() -> Timestamp
  /// Returns early, by throwing `CancellationError`, only when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

import Glibc

/// A reading of CLOCK_MONOTONIC, for deadlines: wall clocks jump.
package struct MonotonicTime: Comparable, Hashable, Sendable {
  package let nanoseconds: UInt64

  package init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  package static func now() -> MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(
      nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
  }

  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// None where `earlier` is the later one.
  package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
    guard later > earlier else { return .zero }
    return .nanoseconds(Int64(clamping: later.nanoseconds - earlier.nanoseconds))
  }

  /// Negative durations count as none; what would overflow is "never".
  package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return time }
    guard seconds < 1 << 32 else { return MonotonicTime(nanoseconds: .max) }
    let added = UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(added)
    return MonotonicTime(nanoseconds: overflow ? .max : sum)
  }
}

import CPosix
import Glibc

/// What to wait for.
package struct Interest: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let reading = Interest(rawValue: UInt32(SLIPWAY_EPOLL_IN))
  package static let writing = Interest(rawValue: UInt32(SLIPWAY_EPOLL_OUT))
  /// The peer has finished sending.
  package static let peerEnd = Interest(rawValue: UInt32(SLIPWAY_EPOLL_RDHUP))
  /// Told once per change, not as long as it lasts: the handler must read until EAGAIN.
  package static let edges = Interest(rawValue: SLIPWAY_EPOLL_ET)
}

/// What a descriptor is ready for.
package struct Readiness: OptionSet, Sendable {
  package let rawValue: UInt32
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  package static let readable = Readiness(rawValue: UInt32(SLIPWAY_EPOLL_IN))
  package static let writable = Readiness(rawValue: UInt32(SLIPWAY_EPOLL_OUT))
  package static let peerEnded = Readiness(rawValue: UInt32(SLIPWAY_EPOLL_RDHUP))
  /// An error, or both directions are closed: the next read or write says which.
  package static let hungUp = Readiness(
    rawValue: UInt32(SLIPWAY_EPOLL_ERR | SLIPWAY_EPOLL_HUP))
}

/// epoll(7). A class: the loop that waits on it and the reactor that changes it both keep it open.
final class EpollSet: Sendable {
  let descriptor: OwnedDescriptor

  init() throws(PosixError) {
    let number = slipway_epoll_create()
    guard number >= 0 else { throw .last("epoll_create1") }
    descriptor = OwnedDescriptor(owning: number)
  }

  func add(_ number: CInt, _ interest: Interest, token: UInt64) throws(PosixError) {
    guard slipway_epoll_add(descriptor.number, number, interest.rawValue, token) == 0 else {
      throw .last("epoll_ctl")
    }
  }

  func modify(_ number: CInt, _ interest: Interest, token: UInt64) throws(PosixError) {
    guard slipway_epoll_modify(descriptor.number, number, interest.rawValue, token) == 0 else {
      throw .last("epoll_ctl")
    }
  }

  func remove(_ number: CInt) { _ = slipway_epoll_remove(descriptor.number, number) }

  /// Waits until something is ready, or `deadline` has come (nil: for ever, a past one: not at all).
  /// Fills `events` and says how many; none as well after a signal.
  func wait(for events: inout [slipway_event], until deadline: MonotonicTime?) -> Int {
    let capacity = CInt(events.count)
    let milliseconds = deadline.map { $0.millisecondsFromNow } ?? -1
    return Int(max(0, slipway_epoll_wait(descriptor.number, &events, capacity, milliseconds)))
  }
}

extension MonotonicTime {
  /// Rounded up: a deadline that is looked at too early would be waited for again, in circles.
  fileprivate var millisecondsFromNow: CInt {
    let now = MonotonicTime.now()
    guard self > now else { return 0 }
    let (milliseconds, rest) = (nanoseconds - now.nanoseconds).quotientAndRemainder(
      dividingBy: 1_000_000)
    return CInt(clamping: milliseconds + (rest > 0 ? 1 : 0))
  }
}

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

/// epoll(7). A class, so that a Dispatch source's handlers can keep the descriptor open until the
/// source is cancelled: closing it earlier would leave the next user of that number deaf.
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

  /// Fills `events` with what is ready now and says how many; never waits.
  func poll(_ events: inout [slipway_event]) -> Int {
    let capacity = CInt(events.count)
    return Int(max(0, slipway_epoll_poll(descriptor.number, &events, capacity)))
  }
}

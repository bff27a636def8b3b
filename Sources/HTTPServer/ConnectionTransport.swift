package import Posix

/// The bytes of one accepted connection, in clear or under TLS. All calls come on one reactor and
/// none waits.
package protocol ConnectionTransport: AnyObject {
  /// What epoll watches.
  var descriptor: CInt { get }
  /// At least one byte; or `.ended`, once the peer sends no more.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome
  func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome
  /// Tells the peer that nothing follows; reading goes on.
  func endSending()
  /// Said before a connection is closed that owes its peer nothing, if there is a word for it.
  func sayGoodbye()
  /// After a receive: whether another may find something before the descriptor is readable again,
  /// although this one did not fill its buffer.
  var holdsInput: Bool { get }
  /// A receive waits until the descriptor can be written, or a send until it can be read.
  var waitsCrosswise: Bool { get }
}

extension ConnectionTransport {
  package func sayGoodbye() {}
  package var holdsInput: Bool { false }
  package var waitsCrosswise: Bool { false }
}

package enum TransportOutcome: Sendable {
  case moved(Int)
  /// Nothing moves before the descriptor is ready again.
  case wouldBlock
  case ended
  case failed(PosixError)
}

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
}

package enum TransportOutcome: Sendable {
  case moved(Int)
  /// Nothing moves before the descriptor is ready again.
  case wouldBlock
  case ended
  case failed(PosixError)
}

/// Makes a transport of an accepted descriptor: the place where TLS comes in.
package typealias TransportMaker =
  @Sendable (consuming OwnedDescriptor) -> any ConnectionTransport

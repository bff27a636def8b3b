package import Posix

/// A TCP socket without TLS.
package final class PlainTransport: ConnectionTransport {
  private let socket: TCPSocket
  package var descriptor: CInt { socket.number }

  package init(_ descriptor: consuming OwnedDescriptor) { socket = TCPSocket(descriptor) }

  package func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome {
    socket.receive(into: buffer)
  }

  package func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome { socket.send(bytes) }

  package func endSending() { socket.endSending() }
}

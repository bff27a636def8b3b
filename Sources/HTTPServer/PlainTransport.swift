import Glibc
package import Posix

/// A TCP socket without TLS.
package final class PlainTransport: ConnectionTransport {
  private let owned: OwnedDescriptor
  package var descriptor: CInt { owned.number }

  package init(_ descriptor: consuming OwnedDescriptor) {
    owned = descriptor
    // Answers leave whole; Nagle's algorithm would hold the last part back for the client's ACK.
    var on: CInt = 1
    setsockopt(
      owned.number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
  }

  package func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome {
    while true {
      let count = recv(owned.number, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      if errno == EAGAIN { return .wouldBlock }
      if errno != EINTR { return .failed(.last("recv")) }
    }
  }

  package func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome {
    while true {
      // Without MSG_NOSIGNAL a client that has gone would end the process by SIGPIPE.
      let count = Glibc.send(
        owned.number, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      if errno == EAGAIN { return .wouldBlock }
      if errno != EINTR { return .failed(.last("send")) }
    }
  }

  package func endSending() { _ = shutdown(owned.number, CInt(SHUT_WR)) }
}

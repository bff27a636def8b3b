import Glibc
import Posix

/// An accepted TCP socket, in calls that do not wait.
struct TCPSocket: ~Copyable {
  private let owned: OwnedDescriptor
  var number: CInt { owned.number }

  init(_ descriptor: consuming OwnedDescriptor) {
    owned = descriptor
    // What is sent leaves whole; Nagle's algorithm would hold its last part back for the peer's ACK.
    var on: CInt = 1
    setsockopt(
      owned.number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
  }

  borrowing func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome {
    while true {
      let count = recv(owned.number, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .moved(count) }
      if count == 0 { return .ended }
      if errno == EAGAIN { return .wouldBlock }
      if errno != EINTR { return .failed(.last("recv")) }
    }
  }

  borrowing func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome {
    while true {
      // Without MSG_NOSIGNAL a client that has gone would end the process by SIGPIPE.
      let count = Glibc.send(owned.number, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
      if count >= 0 { return .moved(count) }
      if errno == EAGAIN { return .wouldBlock }
      if errno != EINTR { return .failed(.last("send")) }
    }
  }

  borrowing func endSending() { _ = shutdown(owned.number, CInt(SHUT_WR)) }
}

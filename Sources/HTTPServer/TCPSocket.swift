import Glibc
import Posix

/// An accepted TCP socket, in calls that do not wait.
struct TCPSocket: ~Copyable {
  private let owned: OwnedDescriptor
  var number: CInt { owned.number }

  init(_ descriptor: consuming OwnedDescriptor) {
    owned = descriptor
    // What is sent leaves whole; Nagle's algorithm would hold its last part back for the peer's ACK.
    set(TCP_NODELAY, of: CInt(IPPROTO_TCP), to: 1)
    // R12: an answer that stays open and has nothing to say (a followed log) would otherwise never
    // learn that its client's network is gone. Two minutes are enough to be sure.
    set(SO_KEEPALIVE, of: SOL_SOCKET, to: 1)
    set(TCP_KEEPIDLE, of: CInt(IPPROTO_TCP), to: 60)
    set(TCP_KEEPINTVL, of: CInt(IPPROTO_TCP), to: 10)
    set(TCP_KEEPCNT, of: CInt(IPPROTO_TCP), to: 6)
  }

  /// Of an open TCP socket the kernel refuses none of these.
  private borrowing func set(_ option: CInt, of level: CInt, to value: CInt) {
    var value = value
    setsockopt(owned.number, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
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

import CPosix
import Glibc

/// A bound TCP socket that takes connections, non-blocking and closed in children.
package struct ListeningSocket: ~Copyable, Sendable {
  package let descriptor: OwnedDescriptor
  /// As bound: the port is the real one even where 0 was asked for.
  package let address: SocketAddress

  /// SO_REUSEADDR lets a restarted server bind while old connections linger in TIME_WAIT. The
  /// kernel cuts `backlog` to net.core.somaxconn.
  package init(on address: SocketAddress, backlog: CInt = 4096) throws(PosixError) {
    let family = address.family == .v4 ? AF_INET : AF_INET6
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = socket(family, kind, 0)
    guard number >= 0 else { throw .last("socket") }
    let descriptor = OwnedDescriptor(owning: number)
    var on: CInt = 1
    guard
      setsockopt(
        number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<CInt>.size)) == 0
    else { throw .last("setsockopt") }
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0 else { throw .last("bind") }
    guard listen(number, backlog) == 0 else { throw .last("listen") }
    self.address = try SocketAddress.bound(to: number)
    self.descriptor = descriptor
  }

  /// The next waiting connection, non-blocking and closed in children; nil if none waits.
  /// EMFILE, ENFILE, ENOBUFS and ENOMEM are thrown: the connection is still waiting.
  package borrowing func accept() throws(PosixError) -> OwnedDescriptor? {
    while true {
      let number = slipway_accept(descriptor.number, nil, nil)
      if number >= 0 { return OwnedDescriptor(owning: number) }
      switch errno {
      case EAGAIN: return nil
      // accept(2): Linux passes pending errors of the new socket on; they are that client's.
      case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP,
        ENETUNREACH:
        continue
      default: throw .last("accept")
      }
    }
  }
}

import Glibc

/// An IP literal and a port, as in `127.0.0.1:8080` and `[::1]:8080`. Names are not looked up.
package struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
  package enum Family: Hashable, Sendable { case v4, v6 }

  package let family: Family
  /// In the canonical form of inet_ntop(3), without brackets.
  package let host: String
  /// 0 asks the system for a free one.
  package let port: UInt16

  /// `host` is an IPv4 or IPv6 literal, the latter without brackets.
  package init?(host: String, port: UInt16) {
    if let canonical = Self.canonical(host, AF_INET) {
      self.init(family: .v4, host: canonical, port: port)
    } else if let canonical = Self.canonical(host, AF_INET6) {
      self.init(family: .v6, host: canonical, port: port)
    } else {
      return nil
    }
  }

  /// `127.0.0.1:8080` or `[::1]:8080`.
  package init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let digits = text.utf8[text.utf8.index(after: colon)...]
    guard (1...5).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = UInt16(text[text.utf8.index(after: colon)...])
    else { return nil }
    var host = text[..<colon]
    let isBracketed = host.utf8.first == UInt8(ascii: "[") && host.utf8.last == UInt8(ascii: "]")
    if isBracketed { host = host.dropFirst().dropLast() }
    self.init(host: String(host), port: port)
    // Unbracketed, the last group of an IPv6 literal would be taken for the port.
    guard isBracketed == (family == .v6) else { return nil }
  }

  private init(family: Family, host: String, port: UInt16) {
    self.family = family
    self.host = host
    self.port = port
  }

  package var description: String { family == .v6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// What a socket is bound to.
  package static func bound(to descriptor: CInt) throws(PosixError) -> SocketAddress {
    try read("getsockname") { getsockname(descriptor, $0, $1) }
  }

  /// Who is at the other end.
  package static func peer(of descriptor: CInt) throws(PosixError) -> SocketAddress {
    try read("getpeername") { getpeername(descriptor, $0, $1) }
  }

  func withSockaddr<T>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> T) -> T {
    switch family {
    case .v4:
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .v6:
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          body($0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    }
  }

  private static func canonical(_ host: String, _ family: CInt) -> String? {
    var binary = in6_addr()
    guard inet_pton(family, host, &binary) == 1 else { return nil }
    return text(of: &binary, family)
  }

  private static func text(of binary: UnsafeRawPointer, _ family: CInt) -> String? {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, binary, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func read(
    _ call: String,
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) throws(PosixError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let status = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
    guard status == 0 else { throw .last(call) }
    let address = withUnsafePointer(to: &storage) { SocketAddress(UnsafeRawPointer($0)) }
    guard let address else { throw PosixError(call, EAFNOSUPPORT) }
    return address
  }

  private init?(_ storage: UnsafeRawPointer) {
    switch CInt(storage.load(as: sa_family_t.self)) {
    case AF_INET:
      var address = storage.load(as: sockaddr_in.self)
      guard let host = Self.text(of: &address.sin_addr, AF_INET) else { return nil }
      self.init(family: .v4, host: host, port: UInt16(bigEndian: address.sin_port))
    case AF_INET6:
      var address = storage.load(as: sockaddr_in6.self)
      guard let host = Self.text(of: &address.sin6_addr, AF_INET6) else { return nil }
      let port = UInt16(bigEndian: address.sin6_port)
      // An IPv4 client of a dual-stack socket is shown as what it is, so that proxy and log rules
      // need one form only (RFC 4291 section 2.5.5.2).
      let mapped = "::ffff:"
      if host.utf8.starts(with: mapped.utf8),
        let v4 = Self.canonical(String(host.dropFirst(mapped.count)), AF_INET)
      {
        self.init(family: .v4, host: v4, port: port)
      } else {
        self.init(family: .v6, host: host, port: port)
      }
    default: return nil
    }
  }
}

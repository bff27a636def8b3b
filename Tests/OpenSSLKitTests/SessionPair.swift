import COpenSSL
import Glibc
import OpenSSLKit
import Testing

/// A client of OpenSSL's own and the session under test, at the two ends of a socket pair, both on
/// the caller's thread.
final class SessionPair {
  let server: TLSSession
  let client: OpaquePointer
  private let clientContext: OpaquePointer
  private var descriptors: [CInt]

  /// - Parameter resuming: from `SSL_get1_session` of an earlier client; it stays the caller's.
  init(
    _ context: TLSServerContext, resuming session: OpaquePointer? = nil, version: CInt? = nil,
    overTCP: Bool = false
  ) throws {
    let (near, far) = try overTCP ? Self.connection() : Self.socketPair()
    descriptors = [near, far]
    server = try TLSSession(context, on: near)
    clientContext = try #require(SSL_CTX_new(TLS_client_method()))
    client = try #require(SSL_new(clientContext))
    SSL_set_fd(client, far)
    SSL_set_connect_state(client)
    if let version { SSL_ctrl(client, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil) }
    if let session { SSL_set_session(client, session) }
  }

  deinit {
    // OpenSSL resumes no session whose connection was cut.
    SSL_set_shutdown(client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
    SSL_free(client)
    SSL_CTX_free(clientContext)
    descriptors.forEach { _ = close($0) }
  }

  /// What one side writes, the other can read at once.
  private static func socketPair() throws -> (CInt, CInt) {
    var pair: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    try #require(socketpair(AF_UNIX, kind, 0, &pair) == 0)
    return (pair[0], pair[1])
  }

  /// Takes thousands of small messages, and joins them.
  private static func connection() throws -> (CInt, CInt) {
    let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let listener = socket(AF_INET, kind, 0)
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let far = socket(AF_INET, kind, 0)
    let near = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(listener, address, length) == 0, listen(listener, 1) == 0,
          getsockname(listener, address, &length) == 0, connect(far, address, length) == 0
        else { return CInt(-1) }
        return accept(listener, nil, nil)
      }
    }
    try #require(near >= 0)
    for descriptor in [near, far] {
      try #require(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0)
    }
    return (near, far)
  }

  /// Until both are through, and the client has read its ticket.
  func shakeHands() throws {
    for _ in 0..<20 {
      let sent = SSL_do_handshake(client)
      let outcome = server.shakeHands()
      if sent == 1, outcome == .moved(0) { return readNothing() }
      if case .failed(let failure) = outcome { throw failure }
      var either = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      poll(&either, 2, 60_000)
    }
    throw OpenSSLFailure("handshake", reason: "it does not end")
  }

  func write(_ bytes: [UInt8]) -> Bool {
    SSL_write(client, bytes, CInt(bytes.count)) == bytes.count
  }

  /// Bytes that the server could read now.
  var waiting: Int {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    return recv(descriptors[0], &bytes, bytes.count, CInt(MSG_PEEK))
  }

  func closeClient() {
    if let descriptor = descriptors.popLast() { close(descriptor) }
  }

  /// What the client has of application data now.
  func read() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = SSL_read(client, &bytes, CInt(bytes.count))
    return count > 0 ? Array(bytes[..<Int(count)]) : []
  }

  /// Lets the client see what is no application data, such as a ticket.
  private func readNothing() {
    var byte: UInt8 = 0
    SSL_peek(client, &byte, 1)
  }

  /// Changes the client's keys and asks the server to change its own (RFC 8446 section 4.6.3).
  func updateKeys() {
    SSL_key_update(client, SSL_KEY_UPDATE_REQUESTED)
    SSL_do_handshake(client)
  }
}

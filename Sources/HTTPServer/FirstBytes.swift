/// What the first bytes of a connection to a TLS port are, decided before OpenSSL sees them.
///
/// OpenSSL sets aside memory when a session begins, and again as much as a client's hello announces:
/// some 60 KB, and up to 190. A client gets that once its first record is there, not for a connection
/// or five bytes (R12).
enum FirstBytes: Hashable, Sendable {
  case incomplete
  /// A whole record that begins a client's hello.
  case hello
  /// A client that takes this port for one without TLS.
  case plainHTTP
  case other

  /// Of a hello. Real ones have 200 to 2,000 bytes, and the latter is their post-quantum key.
  static let limit = 16 << 10

  /// 1. An upper-case letter begins an HTTP method, and no TLS record.
  /// 2. A handshake record (RFC 8446 section 5.1) with major version 3, whose first message is a
  ///    client's hello (section 4) with its head whole and its length within the limit.
  /// 3. Anything else, SSL 2 included.
  init(_ bytes: [UInt8]) {
    guard let first = bytes.first else {
      self = .incomplete
      return
    }
    let methods = UInt8(ascii: "A")...UInt8(ascii: "Z")
    // Type and version; length; type and length of the message.
    let expected: [(Int, UInt8)] = [(0, 22), (1, 3), (5, 1), (6, 0)]
    guard expected.allSatisfy({ $0 >= bytes.count || bytes[$0] == $1 }) else {
      self = methods.contains(first) ? .plainHTTP : .other
      return
    }
    guard bytes.count >= 9 else {
      let tooShort = bytes.count >= 5 && Self.number(bytes[3...4]) < 4
      self = tooShort ? .other : .incomplete
      return
    }
    let record = Self.number(bytes[3...4])
    guard record >= 4, record <= Self.limit, Self.number(bytes[7...8]) <= Self.limit else {
      self = .other
      return
    }
    self = bytes.count >= 5 + record ? .hello : .incomplete
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}

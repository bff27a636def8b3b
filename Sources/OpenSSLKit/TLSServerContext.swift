import COpenSSL

/// What the handshakes of a server have in common: versions, suites, certificates, and the keys
/// that seal session tickets.
package final class TLSServerContext: Sendable {
  // Owned and set up by `init`, and afterwards only given to `SSL_new`, which any thread may do:
  // OpenSSL counts its references atomically and locks what handshakes change.
  nonisolated(unsafe) let raw: OpaquePointer
  /// Reached by callbacks through a plain pointer: every session keeps its context, and so this.
  private let choice: CertificateChoice

  /// ECDHE with AEAD only (RFC 9325 section 4.2). TLS 1.3 has nothing else.
  private static let suites =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    + "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
  /// OpenSSL's own list also has finite fields up to 8192 bits. One such exchange takes tens of
  /// milliseconds, and the client chooses.
  private static let groups = "X25519:P-256:P-384"
  /// How long a session may be resumed, in seconds.
  private static let sessionLife = 2 * 3600

  /// The first identity answers where no name, or an unknown one, is asked for. One with the same
  /// names and another kind of key stands beside it, and what the client can verify decides.
  package init(_ identities: [TLSIdentity]) throws(OpenSSLFailure) {
    ErrorQueue.clear()
    guard let raw = SSL_CTX_new(TLS_server_method()) else { throw .last("SSL_CTX_new") }
    self.raw = raw
    choice = CertificateChoice(identities)
    guard slipway_ssl_set_least_version(raw, TLS1_2_VERSION) == 1,
      SSL_CTX_set_cipher_list(raw, Self.suites) == 1,
      slipway_ssl_set_groups(raw, Self.groups) == 1
    else { throw .last("TLS set-up") }
    SSL_CTX_set_options(
      raw,
      slipway_ssl_no_compression | slipway_ssl_no_renegotiation | slipway_ssl_end_may_be_abrupt)
    // Buffers go when they are empty; partial writes, and a write that is tried again from elsewhere
    // in memory, as with send(2); the chain is sent as it is in the file.
    slipway_ssl_set_mode(
      raw,
      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE
        | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | UInt32(SSL_MODE_NO_AUTO_CHAIN))
    // Without it a read comes back from buffers without data, so that they can be counted.
    slipway_ssl_clear_mode(raw, UInt32(SSL_MODE_AUTO_RETRY))
    // One recv(2) for a record's head and body.
    slipway_ssl_read_ahead(raw)
    // Sessions live in the clients' tickets and take no memory here.
    slipway_ssl_keep_no_sessions(raw)
    _ = SSL_CTX_set_timeout(raw, Self.sessionLife)
    SSL_CTX_set_num_tickets(raw, 1)
    SSL_CTX_set_alpn_select_cb(
      raw,
      { _, chosen, length, offered, count, _ in ALPN.select(chosen, length, offered, count) }, nil)
    try choice.install(in: raw)
  }

  deinit { SSL_CTX_free(raw) }
}

/// Application-layer protocol negotiation (RFC 7301): this server speaks HTTP/1.1, and HTTP/1.0 to
/// whoever asks for nothing newer.
private enum ALPN {
  private static let spoken = [Array("http/1.1".utf8), Array("http/1.0".utf8)]

  /// Called only if the client offers something; a client that offers nothing is served. One that
  /// offers only what is not spoken here gets the alert no_application_protocol.
  static func select(
    _ chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    _ chosenLength: UnsafeMutablePointer<UInt8>?, _ offered: UnsafePointer<UInt8>?,
    _ count: CUnsignedInt
  ) -> CInt {
    let list = UnsafeBufferPointer(start: offered, count: Int(count))
    for name in spoken {
      guard let start = position(of: name, in: list) else { continue }
      // Points into what the client sent, which outlives the call.
      chosen?.pointee = offered?.advanced(by: start)
      chosenLength?.pointee = UInt8(name.count)
      return SSL_TLSEXT_ERR_OK
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }

  /// `list` has a byte for the length of each name before it.
  private static func position(of name: [UInt8], in list: UnsafeBufferPointer<UInt8>) -> Int? {
    var start = 0
    while start < list.count {
      let end = start + 1 + Int(list[start])
      guard end <= list.count else { return nil }
      if list[(start + 1)..<end].elementsEqual(name) { return start + 1 }
      start = end
    }
    return nil
  }
}

import COpenSSL

/// One server-side TLS connection on a non-blocking socket that its caller owns. Not to be shared
/// between threads.
///
/// Each call does what can be done now. `.wantsRead` and `.wantsWrite` say what the socket must be
/// ready for before the same call can go on: under TLS a read may have to write, and the other way
/// round.
package final class TLSSession {
  package enum Outcome: Hashable, Sendable {
    /// Bytes of the application's; none for what moves no such bytes.
    case moved(Int)
    case wantsRead, wantsWrite
    /// The peer sends nothing more: it said so, or its end of the connection is closed.
    case ended
    case failed(OpenSSLFailure)
  }

  private let context: TLSServerContext
  private let ssl: OpaquePointer
  /// Reached by the BIO's callbacks through a plain pointer: this object outlives its `ssl`, and
  /// that outlives its BIO.
  private let socket: SessionSocket
  private var isBroken = false
  private var hasSaidGoodbye = false

  /// How many buffers in a row may be full of records without data, such as key updates, which cost
  /// far more to handle than to send: some 600 of them fill one.
  private static let uselessBuffers = 4

  /// - Parameters:
  ///   - descriptor: stays open for as long as this object lives.
  ///   - received: what the caller has read from it already.
  package init(
    _ context: TLSServerContext, on descriptor: CInt, received: [UInt8] = []
  ) throws(OpenSSLFailure) {
    self.context = context
    socket = SessionSocket(descriptor, received: received)
    ErrorQueue.clear()
    guard let ssl = SSL_new(context.raw) else { throw .last("SSL_new") }
    self.ssl = ssl
    SSL_set_accept_state(ssl)
    // Both directions share one BIO, of which the session takes the one reference.
    let bio = try socket.makeBIO()
    SSL_set_bio(ssl, bio, bio)
  }

  deinit { SSL_free(ssl) }

  package var isEstablished: Bool { SSL_is_init_finished(ssl) == 1 }

  /// Whether a read may find something although the socket has nothing new.
  package var holdsInput: Bool { !socket.isDrained || SSL_has_pending(ssl) == 1 }

  /// `TLSv1.3`, for instance.
  package var version: String { SSL_get_version(ssl).map { String(cString: $0) } ?? "" }

  package func shakeHands() -> Outcome {
    perform("handshake") { SSL_do_handshake(ssl) == 1 ? 0 : nil }
  }

  package func read(into buffer: UnsafeMutableRawBufferPointer) -> Outcome {
    for _ in 0..<Self.uselessBuffers {
      socket.isBlocked = false
      let outcome = perform("read") {
        var count = 0
        return SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count) == 1 ? count : nil
      }
      // The last record of a buffer ends a read as well, if it holds no data.
      guard outcome == .wantsRead, !socket.isBlocked else { return outcome }
    }
    isBroken = true
    return .failed(OpenSSLFailure("read", reason: "too many records without data"))
  }

  /// At most one record. What was not moved has to be offered again, from the same byte on.
  package func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
    perform("write") {
      var count = 0
      return SSL_write_ex(ssl, bytes.baseAddress, bytes.count, &count) == 1 ? count : nil
    }
  }

  /// Says that nothing follows (close_notify), once; reading goes on. `.moved(0)`: it is on its way,
  /// or there is nobody to say it to.
  package func sayGoodbye() -> Outcome {
    guard isEstablished, !isBroken, !hasSaidGoodbye else { return .moved(0) }
    let outcome = perform("close") {
      let result = SSL_shutdown(ssl)
      return result >= 0 ? 0 : nil
    }
    if outcome == .moved(0) { hasSaidGoodbye = true }
    return outcome
  }

  /// `body` gives the count of a call that went well.
  private func perform(_ operation: String, _ body: () -> Int?) -> Outcome {
    // After a fatal error OpenSSL leaves nothing but to free the session.
    guard !isBroken else {
      return .failed(OpenSSLFailure(operation, reason: "the session has failed already"))
    }
    ErrorQueue.clear()
    if let count = body() { return .moved(count) }
    switch SSL_get_error(ssl, -1) {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .ended
    default:
      isBroken = true
      let reason = ErrorQueue.take()
      return .failed(
        OpenSSLFailure(operation, reason: reason.library == 0 ? socket.lastWords : reason.reason))
    }
  }
}

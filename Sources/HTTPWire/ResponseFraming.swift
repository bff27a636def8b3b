/// How the end of an answer is marked (RFC 9112 section 6.3, RFC 9110 section 6.4.1).
package struct ResponseFraming: Hashable, Sendable {
  package enum Body: Hashable, Sendable {
    case known(Int)
    /// As long as it turns out to be.
    case stream
  }

  /// What Content-Length says; nil: the field is left out.
  package let contentLength: Int?
  package let isChunked: Bool
  /// False where an answer has no content whatever the handler gave: HEAD, 204, 304.
  package let sendsBody: Bool
  package let keepsAlive: Bool
  /// Whether `Connection: keep-alive` has to be said: HTTP/1.0 does not assume it.
  package let saysKeepAlive: Bool

  init(status: Int, body: Body, isHEAD: Bool, isHTTP10: Bool, keepsAlive: Bool) {
    // RFC 9110 section 8.6: no Content-Length in 204; in 304 only what a 200 would have said,
    // which is not known here.
    let hasNoContent = status == 204 || status == 304
    sendsBody = !isHEAD && !hasNoContent && status != 205
    // Section 15.3.6: a 205 has no content and, other than a 204, has to say so.
    switch status == 205 ? .known(0) : body {
    case .known(let count):
      contentLength = hasNoContent ? nil : count
      isChunked = false
      self.keepsAlive = keepsAlive
    case .stream:
      contentLength = nil
      isChunked = sendsBody && !isHTTP10
      // HTTP/1.0 knows no chunks: the end of the connection ends the body.
      self.keepsAlive = keepsAlive && (isChunked || !sendsBody)
    }
    saysKeepAlive = self.keepsAlive && isHTTP10
  }
}

package import HTTPTypes
package import HTTPWire

/// What never became a request: malformed, too large, too late.
package struct RefusedRequest: Sendable {
  /// What the answer carries as X-Request-Id.
  package var id: String
  package var error: WireError
  /// For the client, in words: what is wrong, and which limit was passed. Holds nothing that came
  /// from outside.
  package var detail: String
  /// Nil if no head was understood.
  package var head: RequestHeadView?
  package var remoteAddress: String

  package init(
    id: String, error: WireError, limits: ServerLimits = ServerLimits(), bodyLimit: Int? = nil,
    head: RequestHeadView? = nil, remoteAddress: String = "127.0.0.1"
  ) {
    self.id = id
    self.error = error
    self.head = head
    self.remoteAddress = remoteAddress
    detail = error.detail(under: limits, bodyLimit: bodyLimit)
  }

  package var status: HTTPResponse.Status { error.status }

  /// Of what may go well a second later.
  var retryAfter: String? {
    status == .serviceUnavailable || status == .tooManyRequests ? "1" : nil
  }
}

extension WireError {
  fileprivate func detail(under limits: ServerLimits, bodyLimit: Int?) -> String {
    let wire = limits.wire
    switch self {
    case .bodyTooLarge:
      guard let bodyLimit else { return detail }
      return bodyLimit == 0
        ? "This request may have no body."
        : "The body is larger than \(ByteCount(bodyLimit)), the most that is taken here."
    case .targetTooLong: return "The request target is longer than \(ByteCount(wire.target))."
    case .headTooLarge: return "The request head is larger than \(ByteCount(wire.head))."
    case .tooManyFields: return "The request has more than \(wire.fields) header fields."
    case .trailersTooLarge:
      return "The trailer section is larger than \(ByteCount(wire.trailers)), or has more than "
        + "\(wire.trailerFields) fields."
    case .chunkExtensionsTooLarge:
      return "The chunk extensions are larger than \(ByteCount(wire.chunkExtensions))."
    case .requestTimeout:
      return "The request did not arrive in time: its head within "
        + "\(limits.head.components.seconds) s, its body within "
        + "\(limits.body.components.seconds) s or as fast as \(ByteCount(limits.bodyRate)) each "
        + "second."
    default: return detail
    }
  }
}

/// A number of bytes for people, exact: `25 MiB`, `64 KiB`, `1000 bytes`.
package struct ByteCount: Hashable, Sendable, CustomStringConvertible {
  package var bytes: Int

  package init(_ bytes: Int) { self.bytes = bytes }

  package var description: String {
    if bytes > 0, bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
    if bytes > 0, bytes % (1 << 10) == 0 { return "\(bytes >> 10) KiB" }
    return bytes == 1 ? "1 byte" : "\(bytes) bytes"
  }
}

package import HTTPTypes
import HTTPWire

/// An answer. Date, X-Request-Id and everything about framing and the connection are the server's.
package struct ServerResponse: Sendable {
  package typealias Stream = @Sendable (HTTPBodyWriter) async throws -> Void

  package enum Body: Sendable {
    case empty
    case bytes([UInt8])
    /// Written as it comes. When the closure returns the body is complete; when it throws, the
    /// connection is cut, so that the client sees that something is missing. When the client has
    /// gone, its task is cancelled and `write` throws.
    case stream(Stream)
  }

  package var status: HTTPResponse.Status
  package var headers: HTTPFields
  package var body: Body

  package init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// Whether its status ends a request, as HTTP knows it; another is its handler's mistake.
  var isFinal: Bool { (200...599).contains(status.code) }
}

extension ServerResponse.Body {
  var length: ResponseFraming.Body {
    switch self {
    case .empty: .known(0)
    case .bytes(let bytes): .known(bytes.count)
    case .stream: .stream
    }
  }
}

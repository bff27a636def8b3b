package import HTTPTypes

/// An answer. Date, X-Request-Id and everything about framing and the connection are the server's.
package struct ServerResponse: Sendable {
  package enum Body: Sendable {
    case empty
    case bytes([UInt8])
    /// Written as it comes. When the closure returns the body is complete; when it throws, the
    /// connection is cut, so that the client sees that something is missing. When the client has
    /// gone, its task is cancelled and `write` throws.
    case stream(@Sendable (HTTPBodyWriter) async throws -> Void)
  }

  package var status: HTTPResponse.Status
  package var headers: HTTPFields
  package var body: Body

  package init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .empty) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

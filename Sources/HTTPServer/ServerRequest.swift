package import HTTPTypes
package import HTTPWire

/// What a handler may know of a request before its body is read.
package struct RequestHeadView: Sendable {
  package var method: HTTPRequest.Method
  /// As sent.
  package var path: String
  package var query: String?
  package var headers: RequestFields

  package init(
    method: HTTPRequest.Method, path: String, query: String? = nil,
    headers: RequestFields = RequestFields()
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
  }

  init(_ head: RequestHead) {
    self.init(method: head.method, path: head.path, query: head.query, headers: head.headers)
  }
}

/// A complete request. Not `HTTPRequest`: HTTPTypes has one, without body and connection.
package struct ServerRequest: Sendable {
  /// Made here for each request; every answer carries it as X-Request-Id.
  package var id: String
  package var method: HTTPRequest.Method
  /// As sent: the router decodes components.
  package var path: String
  /// Without the question mark, as sent.
  package var query: String?
  package var headers: RequestFields
  package var body: [UInt8]
  /// The IP literal of the other end of the connection, which may be a proxy.
  package var remoteAddress: String
  /// What stood for the pattern's `{name}`s, decoded; filled by the router.
  package var parameters: [String: String]

  package init(
    id: String, method: HTTPRequest.Method, path: String, query: String? = nil,
    headers: RequestFields = RequestFields(), body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1",
    parameters: [String: String] = [:]
  ) {
    self.id = id
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.remoteAddress = remoteAddress
    self.parameters = parameters
  }
}

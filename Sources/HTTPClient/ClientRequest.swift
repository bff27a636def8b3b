package import HTTPTypes

/// One outbound call. Nothing in it is ever quoted in an error.
package struct ClientRequest: Sendable {
  package var method: HTTPRequest.Method
  /// `http://` or `https://`, absolute, without user information.
  package var url: String
  package var headers: HTTPFields
  package var body: [UInt8]
  /// From the call to the last byte of the response.
  package var deadline: Duration
  /// Bytes of response body beyond which the transfer is given up.
  package var responseLimit: Int

  package init(
    method: HTTPRequest.Method = .get, url: String, headers: HTTPFields = HTTPFields(),
    body: [UInt8] = [], deadline: Duration = .seconds(30), responseLimit: Int = 4 << 20
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.deadline = deadline
    self.responseLimit = responseLimit
  }
}

/// Whatever the server answered: any status, redirects included.
package struct ClientResponse: Hashable, Sendable {
  package var status: Int
  package var headers: HTTPFields
  package var body: [UInt8]

  package init(status: Int, headers: HTTPFields, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

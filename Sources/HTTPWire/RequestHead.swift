package import HTTPTypes

/// A request without its body, as values.
package struct RequestHead: Sendable {
  package var method: HTTPRequest.Method
  /// As sent, percent-encoding included; `*` for an OPTIONS about the server.
  package var path: String
  package var query: String?
  /// Of an absolute target, Host is its authority.
  package var headers: RequestFields
  package var isHTTP10: Bool
  package var framing: BodyFraming
  /// Whether the client wants to send another request on this connection (RFC 9112 section 9.3).
  package var keepsAlive: Bool
  /// Whether it waits for `100 Continue` before it sends its body (RFC 9110 section 10.1.1).
  package var expectsContinue: Bool

  init(_ parsed: ParsedHead, _ bytes: borrowing Span<UInt8>) throws(WireError) {
    var lengths: [Slice] = []
    var codings: [Slice] = []
    var host: Slice?
    var asksToClose = false
    var asksToKeep = false
    var expectsContinue = false
    isHTTP10 = parsed.minorVersion == 0

    for field in parsed.fields {
      let (name, value) = (field.name.range, field.value.range)
      if bytes.matches("host", in: name) {
        guard host == nil else { throw .duplicateHost }
        host = field.value
      } else if bytes.matches("content-length", in: name) {
        lengths.append(field.value)
      } else if bytes.matches("transfer-encoding", in: name) {
        codings.append(field.value)
      } else if bytes.matches("connection", in: name) {
        bytes.forEachElement(of: value) { option in
          if bytes.matches("close", in: option) { asksToClose = true }
          if bytes.matches("keep-alive", in: option) { asksToKeep = true }
        }
      } else if bytes.matches("expect", in: name), !isHTTP10 {
        guard bytes.matches("100-continue", in: value) else { throw .expectationFailed }
        expectsContinue = true
      }
    }

    if let host {
      guard HostField.isValid(bytes, host.range) else { throw .malformedHost }
    } else if !isHTTP10 {
      throw .missingHost
    }
    framing = try MessageFraming.decide(
      bytes, lengths: lengths, codings: codings, minorVersion: parsed.minorVersion)
    let head = bytes.extracting(0..<parsed.count).withUnsafeBufferPointer { Array($0) }
    headers = RequestFields(head, parsed.fields, authority: parsed.target.authority)
    method = try MethodNames.method(bytes, parsed.method.range)
    let path = parsed.target.path.range
    query = parsed.target.query.map { bytes.text($0.range) }
    if path.isEmpty {
      // RFC 9112 section 3.2.4: a proxy may have been told `OPTIONS *` so.
      self.path = method == .options && query == nil ? "*" : "/"
    } else {
      self.path = bytes.text(path)
    }
    keepsAlive = !asksToClose && (!isHTTP10 || asksToKeep)
    self.expectsContinue = expectsContinue && framing != .none
  }
}

extension HTTPField.Name {
  /// Defined by HTTPTypes for HTTP/2's `:authority` only.
  static let host: HTTPField.Name = {
    guard let name = HTTPField.Name("Host") else { preconditionFailure("Host is a field name") }
    return name
  }()
}

import HTTPTypes
package import HTTPWire

/// One thing that a server did on a connection, as far as its client can tell.
package enum WireEvent: Hashable, Sendable, CustomStringConvertible {
  case request(ServedRequest)
  case refused(WireError)
  case sentContinue
  /// The answer before this said `Connection: close`.
  case last
  case closed

  package var description: String {
    switch self {
    case .request(let request): "\(request)"
    case .refused(let error): "\(error.status.code) \(error)"
    case .sentContinue: "100"
    case .last: "last"
    case .closed: "close"
    }
  }
}

/// A request that reached its handler: strings only, so that any reader of HTTP can make one.
package struct ServedRequest: Hashable, Sendable, CustomStringConvertible {
  package struct Field: Hashable, Sendable {
    /// In lower case.
    package var name: String
    package var value: String

    package init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  package var method: String
  package var path: String
  package var query: String?
  package var fields: [Field]
  package var body: [UInt8]

  package init(method: String, path: String, query: String?, fields: [Field], body: [UInt8]) {
    self.method = method
    self.path = path
    self.query = query
    self.fields = fields
    self.body = body
  }

  package init(_ head: RequestHead, body: [UInt8]) {
    self.init(
      method: head.method.rawValue, path: head.path, query: head.query,
      fields: head.headers.all.map { Field(name: $0.name.canonicalName, value: $0.value) },
      body: body)
  }

  package var host: String? { fields.first { $0.name == "host" }?.value }

  /// `GET /a?b host=c body=d`. The host `a`, which almost every case has, is not said.
  package var description: String {
    var line = "\(method) \(path)"
    if let query { line += "?\(query)" }
    if let host, host != "a" { line += " host=\(host)" }
    if !body.isEmpty { line += " body=\(String(decoding: body, as: UTF8.self))" }
    return line
  }
}

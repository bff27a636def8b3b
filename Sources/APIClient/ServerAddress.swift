/// Where a server is: `https://slipway.example.com`, perhaps below a path.
package struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
  /// Without a trailing slash.
  package let url: String
  package let isEncrypted: Bool
  /// Lower case, without port.
  package let host: String

  package var description: String { url }

  /// What is wrong with an address, in words that continue "must": "have no query".
  package struct Fault: Error, Hashable, Sendable {
    package var sentence: String
  }

  package init(_ text: String) throws(Fault) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw Fault(sentence: "have no spaces and no characters beyond ASCII")
    }
    let lowercased = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: lowercased.hasPrefix) else {
      throw Fault(sentence: "begin with https:// or http://")
    }
    let rest = text.dropFirst(scheme.count)
    guard !rest.contains("?"), !rest.contains("#") else {
      throw Fault(sentence: "have no query and no fragment")
    }
    let authority = rest.prefix { $0 != "/" }
    guard !authority.contains("@") else {
      // Left out of the sentence: it may hold a password.
      throw Fault(sentence: "hold no user: the token is given apart")
    }
    let host = Self.host(of: authority)
    guard !host.isEmpty else { throw Fault(sentence: "name a host") }
    var url = text
    while url.hasSuffix("/") { url.removeLast() }
    self.url = url
    self.host = host.lowercased()
    isEncrypted = scheme == "https://"
  }

  /// A token that goes there without encryption stays on this machine.
  package var isLoopback: Bool {
    host == "localhost" || host == "[::1]"
      || host.hasPrefix("127.") && host.utf8.allSatisfy { "0123456789.".utf8.contains($0) }
  }

  private static func host(of authority: Substring) -> String {
    guard let colon = authority.lastIndex(of: ":"),
      authority.lastIndex(of: "]").map({ $0 < colon }) ?? true
    else { return String(authority) }
    return String(authority[..<colon])
  }
}

/// An API token. Nothing that is printed shows it.
package struct BearerToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  let text: String

  /// Nil unless it is visible ASCII: it becomes a header's value.
  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }
    self.text = text
  }

  package var description: String { "(a token)" }
  package var debugDescription: String { description }
}

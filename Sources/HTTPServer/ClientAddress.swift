package import Posix

/// Which proxies are believed when they say whom a request comes from.
package struct TrustedProxies: Sendable {
  private let blocks: [AddressBlock]

  package init(_ blocks: [AddressBlock] = []) { self.blocks = blocks }

  package func contain(_ address: IPAddress) -> Bool {
    blocks.contains { $0.contains(address) }
  }

  /// Whom a request comes from that `peer`, a trusted proxy, has passed on.
  ///
  /// Each proxy appends the address that it was called from, so the list is read from its end, for
  /// as long as a trusted proxy speaks: what stands before the first stranger is his own word. An
  /// element that is no address (`unknown`, a name) ends the reading too.
  package func client(forwardedFor list: String?, peer: IPAddress) -> IPAddress {
    var client = peer
    for element in (list ?? "").split(separator: ",").reversed().map(Self.trimmed)
    where !element.isEmpty {
      guard contain(client), let address = Self.address(element) else { return client }
      client = address
    }
    return client
  }

  /// Of `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` and `[2001:db8::1]:4711`.
  private static func address(_ element: Substring) -> IPAddress? {
    var text = element
    if text.first == "[" {
      text = text.dropFirst().prefix { $0 != "]" }
    } else if text.count(where: { $0 == ":" }) == 1 {
      text = text.prefix { $0 != ":" }
    }
    return IPAddress(text)?.unmapped
  }

  private static func trimmed(_ element: Substring) -> Substring {
    var text = element.drop { $0 == " " || $0 == "\t" }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return text
  }
}

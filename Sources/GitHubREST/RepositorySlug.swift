package import DeployModel

/// `acme/shop`: how the REST API names a repository.
package struct RepositorySlug: Hashable, Sendable, CustomStringConvertible {
  package let owner: String
  package let name: String

  /// As the address is written: GitHub minds no case, but others may. Nil where it is not
  /// `host/owner/name`, or could not stand in a URL's path as it is.
  package init?(_ url: RepositoryURL) {
    guard url.identity.split(separator: "/").count == 3 else { return nil }
    var text = url.text[...]
    while text.hasSuffix("/") { text.removeLast() }
    if text.hasSuffix(".git") { text.removeLast(4) }
    let parts = text.split { $0 == "/" || $0 == ":" }.suffix(2)
    guard parts.count == 2, let owner = parts.first, let name = parts.last,
      parts.allSatisfy({ Self.isPlain($0) })
    else { return nil }
    self.owner = String(owner)
    self.name = String(name)
  }

  package var description: String { "\(owner)/\(name)" }

  /// RFC 3986 section 2.3: nothing that would have to be encoded, and no step up.
  private static func isPlain(_ part: Substring) -> Bool {
    part != "." && part != ".."
      && part.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "_"), UInt8(ascii: "~"):
          true
        default: false
        }
      }
  }
}

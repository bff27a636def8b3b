/// Where a git repository is, and what tells whether two addresses mean the same one (R13).
///
/// For comparing, the scheme, the user, `.git`, slashes at either end, the scheme's own port and
/// the host's case do not count; on github.com the path's case does not, either. Files on this
/// machine are compared as they are written.
///
/// 1. `https://host[:port]/path`, `ssh://`, `git://`. 2. `[user@]host:path`, which is ssh.
/// 3. `file://` and paths.
package struct RepositoryURL: Hashable, Sendable, CustomStringConvertible {
  /// As configured: what git is given. May hold a user, so it is not for logs.
  package let text: String
  /// Equal for two addresses of one repository: `github.com/acme/shop`, or the text of a file's.
  package let identity: String

  /// Nil for what git would not take as one of the three forms, or would take as more than an
  /// address: an option, or a remote helper (`ext::…` runs a command).
  package init?(_ text: String) {
    guard let identity = Self.identity(of: text) else { return nil }
    self.text = text
    self.identity = identity
  }

  package var description: String { identity }

  package func matches(_ other: String) -> Bool { Self.identity(of: other) == identity }

  /// Nil where `init` is.
  package static func identity(of text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first != UInt8(ascii: "-"), bytes.count <= 2048,
      bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
    else { return nil }
    let colon = bytes.firstIndex(of: UInt8(ascii: ":"))
    if let colon, bytes[colon...].starts(with: "://".utf8) {
      let scheme = String(decoding: bytes[..<colon].map(asciiLowercased), as: UTF8.self)
      if scheme == "file" { return bytes.count > colon + 3 ? text : nil }
      guard let port = defaultPorts[scheme] else { return nil }
      return remoteIdentity(bytes[(colon + 3)...], defaultPort: port)
    }
    // git-clone(1): the scp-like form is recognised only if no slash stands before the colon.
    if let colon = scpColon(bytes) {
      guard !bytes[colon...].starts(with: "::".utf8) else { return nil }
      return identity(authority: bytes[..<colon], port: nil, path: bytes[(colon + 1)...])
    }
    // Anything else would be a path, but is more likely an address without its scheme.
    let isPath = ["/", "./", "../"].contains { bytes.starts(with: $0.utf8) }
    return isPath ? text : nil
  }

  private static let defaultPorts = [
    "https": "443", "http": "80", "ssh": "22", "git+ssh": "22", "ssh+git": "22", "git": "9418",
  ]

  /// The first colon that is not inside `[…]`, if no slash stands before it.
  private static func scpColon(_ bytes: [UInt8]) -> Int? {
    var isBracketed = false
    for (index, byte) in bytes.enumerated() {
      switch byte {
      case UInt8(ascii: "["): isBracketed = true
      case UInt8(ascii: "]"): isBracketed = false
      case UInt8(ascii: "/"): return nil
      case UInt8(ascii: ":") where !isBracketed: return index
      default: break
      }
    }
    return nil
  }

  private static func remoteIdentity(_ rest: ArraySlice<UInt8>, defaultPort: String) -> String? {
    guard let slash = rest.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    var authority = rest[..<slash]
    var port: ArraySlice<UInt8>?
    let bracket = authority.lastIndex(of: UInt8(ascii: "]")) ?? authority.startIndex
    let at = authority.lastIndex(of: UInt8(ascii: "@")) ?? authority.startIndex
    if let colon = authority[max(bracket, at)...].lastIndex(of: UInt8(ascii: ":")) {
      port = authority[(colon + 1)...]
      authority = authority[..<colon]
    }
    guard port?.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) ?? true
    else { return nil }
    if let given = port, given.isEmpty || given.elementsEqual(defaultPort.utf8) { port = nil }
    return identity(authority: authority, port: port, path: rest[(slash + 1)...])
  }

  private static func identity(
    authority: ArraySlice<UInt8>, port: ArraySlice<UInt8>?, path: ArraySlice<UInt8>
  ) -> String? {
    let slash = UInt8(ascii: "/")
    var host = authority[...].map(asciiLowercased)
    if let at = host.lastIndex(of: UInt8(ascii: "@")) { host.removeFirst(at + 1) }
    // GitHub's way around firewalls that let only 443 through.
    let isGitHubOver443 = host.elementsEqual("ssh.github.com".utf8)
    if isGitHubOver443 { host = Array("github.com".utf8) }
    let isGitHub = host.elementsEqual("github.com".utf8)
    var path = Array(path.drop { $0 == slash })
    if isGitHub { path = path.map(asciiLowercased) }
    while path.last == slash { path.removeLast() }
    if path.suffix(4).elementsEqual(".git".utf8) { path.removeLast(4) }
    while path.last == slash { path.removeLast() }
    guard let first = host.first, first != UInt8(ascii: "-"), !host.contains(slash), !path.isEmpty
    else { return nil }
    var identity = host
    if let port, !isGitHubOver443 { identity += [UInt8(ascii: ":")] + port }
    identity.append(slash)
    identity += path
    return String(decoding: identity, as: UTF8.self)
  }
}

private func asciiLowercased(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}

/// Where a repository lives, and how to be let in.
package struct GitRemote: Sendable {
  /// Never holds a password: what stood before `@` in an `http(s)` URL has moved to `credentials`.
  package let url: String
  package let credentials: GitCredentials

  /// - Parameter url: `https://`, `http://`, `ssh://`, `user@host:path`, `file://` or an absolute
  ///   path. Anything else is refused by git when it is used.
  package init(url: String, credentials: GitCredentials = .none) {
    let parts = Self.separateUser(from: url)
    self.url = parts.url
    guard case .none = credentials, let user = parts.user else {
      self.credentials = credentials
      return
    }
    let password = parts.password ?? ""
    self.credentials = .token(username: user, token: { _ in password })
  }

  /// The only protocol that git may use for this remote; `none` (no protocol's name) for a URL
  /// that none of ours fits, such as `ext::`, which would run a program.
  var protocolName: String {
    for scheme in ["https", "http", "ssh", "file"] where url.hasPrefix("\(scheme)://") {
      return scheme
    }
    if url.hasPrefix("/") { return "file" }
    guard let colon = url.firstIndex(of: ":"), !url.contains("::"), !url.contains("://"),
      !url[..<colon].contains("/"), !url.hasPrefix("-")
    else { return "none" }
    return "ssh"
  }

  /// What stands in a file or a variable of git's must not end there.
  static func check(url: String) throws(GitError) {
    guard url.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
      throw .invalid("the repository's url holds a control character")
    }
  }

  /// `https://host:port/`: what a header with credentials is bound to.
  var origin: String? {
    guard protocolName == "https" || protocolName == "http",
      let start = url.firstRange(of: "://")?.upperBound
    else { return nil }
    let end = url[start...].firstIndex(of: "/") ?? url.endIndex
    return url[..<end] + "/"
  }

  private static func separateUser(
    from url: String
  ) -> (url: String, user: String?, password: String?) {
    guard url.hasPrefix("http://") || url.hasPrefix("https://"),
      let start = url.firstRange(of: "://")?.upperBound
    else { return (url, nil, nil) }
    let end = url[start...].firstIndex(of: "/") ?? url.endIndex
    let authority = url[start..<end]
    guard let at = authority.lastIndex(of: "@") else { return (url, nil, nil) }
    let user = authority[..<at].split(separator: ":", maxSplits: 1).map(decoded)
    return (
      String(url[..<start] + url[url.index(after: at)...]), user.first ?? "",
      user.count > 1 ? user[1] : nil
    )
  }

  private static func decoded(_ part: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(part.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A git remote as configured, and the form in which two spellings of one remote are equal (R13).
struct RemoteURL: Hashable, Sendable, CustomStringConvertible {
  enum Transport: Hashable, Sendable { case https, http, ssh, file }

  /// As written: what git is given.
  var text: String
  var transport: Transport
  /// Lower case, without port; empty for `file`.
  var host: String
  /// Scheme, user and `.git` gone, host in lower case, path case kept except on github.com, whose
  /// names have none: `github.com/acme/shop`.
  var normalised: String

  var description: String { text }
}

extension RemoteURL {
  static let what = "a git URL such as https://github.com/acme/shop.git"

  init(_ text: String) throws(FormFault) {
    guard !text.isEmpty, text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
    else { throw FormFault("must be \(Self.what), without spaces") }
    for (scheme, transport) in [
      ("https://", Transport.https), ("http://", .http), ("ssh://", .ssh),
    ] where text.lowercased().hasPrefix(scheme) {
      try self.init(text, transport: transport, rest: text.dropFirst(scheme.count))
      return
    }
    if text.hasPrefix("file://") {
      let path = text.dropFirst("file://".count)
      guard path.hasPrefix("/"), path.utf8.count > 1 else {
        throw FormFault("must name an absolute path, such as file:///srv/git/shop.git")
      }
      self.init(
        text: text, transport: .file, host: "", normalised: "file:\(Self.bare(path))")
      return
    }
    // scp's form, user@host:path. Git takes whatever stands before `::` as the name of a program.
    if !text.contains("://"), !text.contains("::"), let colon = text.firstIndex(of: ":"),
      !text[..<colon].contains("/"), let at = text[..<colon].firstIndex(of: "@")
    {
      let host = text[text.index(after: at)..<colon]
      let path = text[text.index(after: colon)...]
      guard Self.isUser(text[..<at]), isHostName(host), !Self.bare(path).isEmpty else {
        throw FormFault("must be \(Self.what) or git@github.com:acme/shop.git")
      }
      self.init(
        text: text, transport: .ssh, host: host.lowercased(),
        normalised: Self.normalise(host: host, path: path))
      return
    }
    throw FormFault(
      "must begin with https://, ssh:// or file:/// (or be git@host:path), not `\(text.shown)`")
  }

  private init(
    _ text: String, transport: Transport, rest: Substring
  ) throws(FormFault) {
    guard let slash = rest.firstIndex(of: "/"), !Self.bare(rest[slash...]).isEmpty else {
      throw FormFault("must name a repository, as in \(Self.what)")
    }
    guard !rest.contains("?"), !rest.contains("#") else {
      throw FormFault("must not have a query or a fragment")
    }
    var authority = rest[..<slash]
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      guard !user.contains(":") else {
        // The sentence leaves the value out: it holds a password.
        throw FormFault("must not hold a password: use `credentials`")
      }
      guard Self.isUser(user) else { throw FormFault("names a user that is not a plain word") }
      authority = authority[authority.index(after: at)...]
    }
    guard let (host, port) = parseAuthority(authority) else {
      throw FormFault("must name a host, as in \(Self.what)")
    }
    let usual = [Transport.https: 443, .http: 80, .ssh: 22][transport]
    let place = port == nil || port == usual ? host : "\(host):\(port ?? 0)"
    self.init(
      text: text, transport: transport, host: host.lowercased(),
      normalised: Self.normalise(host: place, path: rest[slash...]))
  }

  private static func isUser(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
  }

  private static func normalise(host: some StringProtocol, path: Substring) -> String {
    let host = host.lowercased()
    let path = bare(path)
    return "\(host)/\(host == "github.com" ? path.lowercased() : path)"
  }

  /// Without slashes at either end and without `.git`.
  private static func bare(_ path: Substring) -> String {
    var path = path
    while path.hasPrefix("/") { path.removeFirst() }
    while path.hasSuffix("/") { path.removeLast() }
    if path.hasSuffix(".git"), path.utf8.count > 4 { path.removeLast(4) }
    return String(path)
  }
}

extension Form where Value == RemoteURL {
  static var remoteURL: Form {
    .text(RemoteURL.what) { text throws(FormFault) in try RemoteURL(text) }
  }
}

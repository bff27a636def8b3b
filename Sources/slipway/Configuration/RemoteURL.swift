import DeployModel

/// A git remote as configured, which git can be given safely (R13): stricter than `RepositoryURL`,
/// which also has to understand what GitHub sends.
struct RemoteURL: Hashable, Sendable, CustomStringConvertible {
  enum Transport: Hashable, Sendable { case https, http, ssh, file }

  /// As written: what git is given.
  var text: String
  var transport: Transport
  /// Lower case, without port; empty for `file`.
  var host: String
  /// Equal for two spellings of one remote: `github.com/acme/shop`.
  var identity: String

  var description: String { text }

  var isLoopback: Bool { ["localhost", "127.0.0.1", "[::1]"].contains(host) }

  /// Host and port of its web server, as far as the remote's own address tells.
  var webAuthority: String {
    transport == .ssh ? host : String(identity.prefix { $0 != "/" })
  }
}

extension RemoteURL {
  static let what = "a git URL such as https://github.com/acme/shop.git"

  /// 1. `https://`, `http://`, `ssh://`. 2. `file:///path` and `/path`. 3. scp's `user@host:path`.
  init(_ text: String) throws(FormFault) {
    guard !text.isEmpty, text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f })
    else { throw FormFault("must be \(Self.what), without spaces") }
    for (scheme, transport) in [
      ("https://", Transport.https), ("http://", .http), ("ssh://", .ssh),
    ] where text.lowercased().hasPrefix(scheme) {
      let host = try Self.host(ofRemote: text.dropFirst(scheme.count), transport)
      try self.init(text, transport, host: host)
      return
    }
    if text.hasPrefix("/") || text.hasPrefix("file://") {
      let path = text.hasPrefix("/") ? text[...] : text.dropFirst("file://".count)
      guard path.hasPrefix("/"), path.contains(where: { $0 != "/" }) else {
        throw FormFault("must name an absolute path, such as file:///srv/git/shop.git")
      }
      try self.init(text, .file, host: "")
      return
    }
    // Git takes whatever stands before `::` as the name of a program.
    guard !text.contains("://"), !text.contains("::"), let colon = text.firstIndex(of: ":"),
      let at = text[..<colon].firstIndex(of: "@"), Self.isUser(text[..<at])
    else {
      throw FormFault(
        "must begin with https://, ssh:// or file:/// (or be git@host:path), not `\(text.shown)`")
    }
    let host = text[text.index(after: at)..<colon]
    guard isHostName(host) else {
      throw FormFault("must be \(Self.what) or git@github.com:acme/shop.git")
    }
    try self.init(text, .ssh, host: host.lowercased())
  }

  private init(_ text: String, _ transport: Transport, host: String) throws(FormFault) {
    guard let identity = RepositoryURL.identity(of: text) else {
      throw FormFault("must name a repository, as in \(Self.what)")
    }
    self.init(text: text, transport: transport, host: host, identity: identity)
  }

  /// `rest` begins after the scheme.
  private static func host(
    ofRemote rest: Substring, _ transport: Transport
  ) throws(FormFault) -> String {
    guard !rest.contains("?"), !rest.contains("#") else {
      throw FormFault("must not have a query or a fragment")
    }
    var authority = rest.prefix { $0 != "/" }
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at]
      // The sentences leave the value out: it holds a password, or a token.
      guard !user.contains(":") else {
        throw FormFault("must not hold a password: use `credentials`")
      }
      guard transport == .ssh else {
        throw FormFault(
          "must not hold a user or a token: take `user@` out, and put the token under `credentials`"
        )
      }
      guard isUser(user) else { throw FormFault("names a user that is not a plain word") }
      authority = authority[authority.index(after: at)...]
    }
    guard let (host, _) = parseAuthority(authority) else {
      throw FormFault("must name a host, as in \(what)")
    }
    return host.lowercased()
  }

  /// A word that begins with a letter: nothing that ssh could take for an option.
  private static func isUser(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, isLetterOrDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
  }
}

extension Form where Value == RemoteURL {
  static var remoteURL: Form {
    .text(RemoteURL.what) { text throws(FormFault) in try RemoteURL(text) }
  }
}

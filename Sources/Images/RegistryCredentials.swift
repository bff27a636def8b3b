/// What a registry, or its token service, is signed in to with. Never printed, however it is asked.
package struct RegistryCredentials: Hashable, Sendable, CustomStringConvertible,
  CustomReflectable
{
  package enum Secret: Hashable, Sendable {
    case password(String)
    /// A refresh token of the registry's token service, which no registry takes in place of a
    /// password.
    case identityToken(String)
  }

  package var username: String
  package var secret: Secret

  package init(username: String, password: String) {
    self.username = username
    secret = .password(password)
  }

  package init(identityToken: String) {
    // What Docker's programs say in the place of a name, which must not be empty.
    username = "<token>"
    secret = .identityToken(identityToken)
  }

  package var description: String { "\(username):***" }
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// RFC 7617: the value after `Basic `; nil where there is no password.
  var basic: String? {
    guard case .password(let password) = secret else { return nil }
    return Self.encoded(username, password)
  }

  /// `auth` of a `config.json`. Beside an identity token it holds the name alone: podman's reader
  /// passes over an entry without.
  var auth: String { basic ?? Self.encoded(username, "") }

  private static func encoded(_ username: String, _ password: String) -> String {
    Base64.encode(Array("\(username):\(password)".utf8))
  }
}

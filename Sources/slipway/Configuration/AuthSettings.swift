import DeployModel

/// `auth:`
struct AuthSettings: Hashable, Sendable {
  var anonymousRead = false
  var tokens: [APIToken] = []
}

enum TokenRole: String, Hashable, Sendable, CaseIterable, Comparable {
  case read, deploy, admin

  private var rank: Int {
    switch self {
    case .read: 0
    case .deploy: 1
    case .admin: 2
    }
  }

  static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

struct APIToken: Hashable, Sendable {
  /// Who stands in the audit log.
  var name: String
  var role: TokenRole
  /// Nil: all services.
  var services: Set<ServiceName>?
  var secret: Secret
}

extension AuthSettings {
  /// What an `Authorization: Bearer` header can carry, and shorter than this is guessed too soon.
  private static let advisedTokenLength = 16

  /// `mentions` receives every service that a token names, for the check that it exists.
  init(_ section: Section, mentions: inout [ServiceMention]) {
    anonymousRead = section.value("anonymousRead", .boolean, default: false)
    var names: [String: Position] = [:]
    var secrets: [Secret: String] = [:]
    for item in section.items("tokens", of: "a token with name, role and token") ?? [] {
      let token: APIToken? = section.section(of: item) { entry in
        let name = entry.required("name", .line("a name"), "say who uses this token")
        let role = entry.required("role", Form<TokenRole>.oneOf, "write read, deploy or admin")
        let services = entry.services("services", mentions: &mentions)
        let secret = entry.requiredSecret("token", "name the token's value")
        if let name, let first = names.updateValue(name.position, forKey: name.value) {
          entry.reader.error(
            at: name.position,
            "`\(item.path).name` is `\(name.value.shown)`, as is the token on line "
              + "\(first.line): the audit log needs one name each")
        }
        if let secret {
          Self.check(secret, of: item.path, for: entry.reader)
          if let other = secrets.updateValue(item.path, forKey: secret.value) {
            entry.reader.error(
              at: secret.position,
              "`\(item.path).token` has the same value as `\(other).token`: make one for each")
          }
        }
        guard let name, let role, let secret else { return nil }
        return APIToken(
          name: name.value, role: role.value, services: services, secret: secret.value)
      }
      if let token { tokens.append(token) }
    }
  }

  private static func check(
    _ secret: Located<Secret>, of path: String, for reader: ConfigurationReader
  ) {
    let bytes = secret.value.exposedBytes
    if !bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) {
      reader.error(
        at: secret.position,
        "`\(path).token` must be visible ASCII without spaces, for it travels in a header")
    } else if bytes.count < advisedTokenLength {
      reader.warning(
        at: secret.position,
        "`\(path).token` is shorter than \(advisedTokenLength) characters: make one with "
          + "`openssl rand -hex 32`")
    }
  }
}

/// A service that is named before the services are read.
struct ServiceMention {
  var path: String
  var name: String
  var position: Position
}

extension Section {
  /// Service names under `key`; nil for all of them, written `'*'` or left out.
  func services(_ key: String, mentions: inout [ServiceMention]) -> Set<ServiceName>? {
    guard let names = list(key, .line("a service's name")) else { return nil }
    if names.isEmpty, let entry = entry(key) {
      reader.error(
        at: entry.position,
        "`\(entry.path)` is empty: name services, or remove the key for all of them")
    }
    if names.contains(where: { $0.value == "*" }) { return nil }
    for name in names {
      mentions.append(
        ServiceMention(path: "\(path).\(key)", name: name.value, position: name.position))
    }
    return Set(names.compactMap { ServiceName($0.value) })
  }
}

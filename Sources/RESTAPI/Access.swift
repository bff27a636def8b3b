package import DeployModel
import OpenSSLKit
import Synchronization

/// What a token may do; each includes the ones before it.
package enum Role: String, Sendable, Comparable, CaseIterable {
  case read, deploy, admin

  package static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .read: 0
    case .deploy: 1
    case .admin: 2
    }
  }
}

/// An API token as configured. Only its SHA-256 is kept: a fixed length to compare in constant
/// time, and nothing to leak.
package struct APIToken: Hashable, Sendable {
  package var name: String
  package var role: Role
  /// Nil: every service.
  package var services: Set<ServiceName>?
  let digest: [UInt8]

  package init(name: String, role: Role, services: Set<ServiceName>?, secret: [UInt8]) {
    self.name = name
    self.role = role
    self.services = services
    digest = Self.digest(of: secret)
  }

  static func digest(of secret: [UInt8]) -> [UInt8] {
    var hash = SHA256()
    hash.update(secret)
    return hash.digest()
  }
}

/// Who calls.
package struct Caller: Hashable, Sendable {
  package var name: String
  package var role: Role
  package var services: Set<ServiceName>?

  func mayChange(_ service: ServiceName) -> Bool {
    role >= .deploy && (services?.contains(service) ?? true)
  }
}

/// The tokens in force, and where browsers find us; replaced whole on reload.
package final class AccessTable: Sendable {
  private struct State {
    var tokens: [APIToken]
    var anonymousRead: Bool
    var site: Site
  }

  private let state: Mutex<State>
  private let replaced = Mutex<[@Sendable () -> Void]>([])

  package init(tokens: [APIToken], anonymousRead: Bool, site: Site = Site()) {
    state = Mutex(State(tokens: tokens, anonymousRead: anonymousRead, site: site))
  }

  package func replace(tokens: [APIToken], anonymousRead: Bool, site: Site = Site()) {
    state.withLock { $0 = State(tokens: tokens, anonymousRead: anonymousRead, site: site) }
    for hear in replaced.withLock({ $0 }) { hear() }
  }

  /// Calls `hear` after each replacement, as long as this table lives.
  func whenReplaced(_ hear: @escaping @Sendable () -> Void) {
    replaced.withLock { $0.append(hear) }
  }

  var site: Site { state.withLock(\.site) }

  /// Nil if no token has this name.
  func sessionToken(named name: String) -> SessionToken? {
    state.withLock(\.tokens).first { $0.name == name }
      .map { SessionToken(name: name, digest: $0.digest) }
  }

  /// - Parameter authorization: the field's value, `Bearer …` (RFC 6750 section 2.1).
  func caller(authorization: String?) throws(Problem) -> Caller {
    guard let authorization else {
      guard state.withLock(\.anonymousRead) else {
        throw .unauthorized("this call needs a token: Authorization: Bearer TOKEN")
      }
      return Caller(name: "anonymous", role: .read, services: nil)
    }
    let parts = authorization.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer" else {
      throw .unauthorized("the Authorization field must read: Bearer TOKEN")
    }
    guard let caller = caller(digest: APIToken.digest(of: Array(parts[1].utf8))) else {
      throw .unauthorized("the token is not known")
    }
    return caller
  }

  /// Nil if no token has this SHA-256.
  func caller(digest: [UInt8]) -> Caller? {
    var found: APIToken?
    // Every token is looked at, so that the time says nothing about which one it was.
    for token in state.withLock(\.tokens) where ConstantTime.equal(token.digest, digest) {
      found = token
    }
    return found.map { Caller(name: $0.name, role: $0.role, services: $0.services) }
  }
}

extension Problem {
  static func unauthorized(_ detail: String) -> Problem {
    Problem(
      401, "Unauthorized", detail,
      headers: [("WWW-Authenticate", "Bearer realm=\"slipway\"")])
  }
}

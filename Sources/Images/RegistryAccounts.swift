/// How to speak to each registry, by the host that stands in image references (`docker.io` for
/// Docker Hub). A host that is not named is spoken to over TLS, without credentials.
package struct RegistryAccounts: Sendable {
  package struct Credentials: Sendable, CustomStringConvertible {
    package var username: String
    package var password: String

    package init(username: String, password: String) {
      self.username = username
      self.password = password
    }

    /// Never the password, wherever this is printed.
    package var description: String { "\(username):***" }

    /// RFC 7617: the value after `Basic `, and what an auth file holds.
    var basic: String { Base64.encode(Array("\(username):\(password)".utf8)) }
  }

  package struct Account: Sendable {
    package var credentials: Credentials?
    /// Plain HTTP.
    package var insecure: Bool

    package init(credentials: Credentials? = nil, insecure: Bool = false) {
      self.credentials = credentials
      self.insecure = insecure
    }
  }

  package var accounts: [String: Account]

  package init(_ accounts: [String: Account] = [:]) { self.accounts = accounts }

  func account(for host: String) -> Account { accounts[host] ?? Account() }
}

import DeployModel
import TestKit

@testable import slipway

/// A configuration file in a directory of its own, with the secrets that most cases need.
struct ConfigurationCase {
  let directory: TemporaryDirectory
  let file: String

  init(_ yaml: String) throws {
    directory = try TemporaryDirectory("configuration")
    file = try directory.write(yaml, to: "slipway.yaml")
    try directory.write("a-webhook-secret-of-enough-length\n", to: "webhook.secret")
    try directory.write("a-token-of-enough-length\n", to: "api.token")
  }

  func load(environment: [String: String] = [:]) throws(ConfigurationErrors) -> Configuration {
    try Configuration.load(file: file, environment: environment)
  }

  /// `line:column: sentence` of every error; empty if there is none.
  func errors(environment: [String: String] = [:]) -> [String] {
    do throws(ConfigurationErrors) {
      _ = try load(environment: environment)
      return []
    } catch {
      return error.errors.map { "\($0.position.line):\($0.position.column): \($0.sentence)" }
    }
  }

  /// `line:column: label: sentence` of every warning and note.
  func remarks() throws -> [String] {
    try load().remarks.map { String($0.description.dropFirst(file.utf8.count + 1)) }
  }
}

/// A repository and a service that nothing is wrong with, to which a case adds what it is about.
func yaml(service: String = "", repository: String = "", top: String = "") -> String {
  """
  auth: { tokens: [ { name: ops, role: admin, token: { file: api.token } } ] }
  repositories:
    shop:
      url: https://github.com/acme/shop.git
      webhookSecrets: [ { file: webhook.secret } ]
  \(repository.indented(4))
  services:
    api:
      repository: shop
      paths: ['api/**']
      build: { context: api }
      image: ghcr.io/acme/shop/api
      manifest: { path: k8s/api }
  \(service.indented(4))
  \(top)
  """
}

extension String {
  fileprivate func indented(_ columns: Int) -> String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? "" : String(repeating: " ", count: columns) + $0 }
      .joined(separator: "\n")
  }
}

extension Configuration {
  func repository(_ name: String) -> RepositorySettings? {
    RepositoryName(name).flatMap { repositories[$0] }
  }
}

import Foundation

/// An empty database on the server that `scripts/with-postgres` has started.
package struct PostgresDatabase: Sendable {
  package let url: String
  package let name: String

  /// Where the server is; nil: there is none, and what needs one is skipped.
  package static let server = ProcessInfo.processInfo.environment["SLIPWAY_TEST_POSTGRES"]

  package static let isThere = server != nil
  package static let comment = "needs PostgreSQL: scripts/with-postgres swift test …"

  package static func make() async throws -> PostgresDatabase {
    guard let server, let slash = server.lastIndex(of: "/") else {
      throw ShellFailure("there is no SLIPWAY_TEST_POSTGRES")
    }
    let name = "t\(UUID().uuidString.lowercased().replacing("-", with: ""))"
    _ = try await psql(server, "CREATE DATABASE \(name)")
    return PostgresDatabase(url: server[...slash] + name, name: name)
  }

  /// What psql prints for a statement, without decoration.
  @discardableResult
  package func psql(_ statement: String) async throws -> String {
    try await Self.psql(url, statement)
  }

  @discardableResult
  package static func psql(_ url: String, _ statement: String) async throws -> String {
    try await shell(
      "psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, url])
  }
}

import Store

/// `state:`
struct StateSettings: Hashable, Sendable {
  /// Absolute. Holds mirrors and build contexts, and without `postgres` the database.
  var directory = "/var/lib/slipway"
  /// A URL of libpq, with its password.
  var postgres: Secret?
}

extension StateSettings {
  init(_ section: Section) {
    directory = section.value("directory", .path, default: directory)
    section.within("postgres") { postgres in
      guard let url = postgres.requiredSecret("url", "name the database") else { return }
      guard PostgresURL.isUsable(url.value.exposed) else {
        section.reader.error(
          at: url.position, "`state.postgres.url` \(PostgresURL.complaint)")
        return
      }
      self.postgres = url.value
    }
  }
}

/// `state:`
struct StateSettings: Hashable, Sendable {
  /// Absolute. Holds the database, mirrors and build contexts.
  var directory = "/var/lib/slipway"
}

extension StateSettings {
  init(_ section: Section) {
    directory = section.value("directory", .path, default: directory)
    if let postgres = section.entry("postgres") {
      section.reader.error(
        at: postgres.keyPosition,
        "`state.postgres` is not in this version: remove it, and state is kept in SQLite in "
          + "`state.directory`")
      section.within(of: postgres) { postgres in
        _ = postgres.requiredSecret("url", "name the database")
      }
    }
  }
}

import DeployModel

/// The database's shape, by number. A migration runs in one transaction, together with the note
/// that it ran.
enum Schema {
  /// Brings a database up to date.
  ///
  /// - Parameter migrations: the dialect's, from number 1 on.
  static func migrate(
    _ connection: any SQLConnection, with migrations: [String]
  ) throws(StoreError) {
    // A second process may be doing the same: what counts is read under the write lock.
    try connection.beginWriting()
    do throws(StoreError) {
      try connection.script(SQL.createSchemaVersion)
      let version = try connection.first(SQL.selectSchemaVersion) { row throws(StoreError) in
        try row.count("version")
      }
      let present = version ?? 0
      guard present <= migrations.count else {
        throw .unavailable(
          "the database has schema version \(present), and this release knows versions up to "
            + "\(migrations.count): a newer release has used it; run that one")
      }
      for number in migrations.indices.dropFirst(present).map({ $0 + 1 }) {
        try connection.script(migrations[number - 1])
        try connection.run(SQL.insertSchemaVersion, [.integer(number)])
      }
      try connection.commit()
    } catch {
      if connection.isInTransaction { try connection.rollBack() }
      throw error
    }
  }
}

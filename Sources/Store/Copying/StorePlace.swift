package import DeployModel

/// Where a store is, for what looks at the database as a whole.
package enum StorePlace: Sendable {
  /// The directory that holds the file.
  case sqlite(directory: String)
  case postgres(url: String)

  /// Makes the database if there is none, brings its schema up to date, and opens it. Blocks.
  ///
  /// - Throws: `conflict` if another process has it open, as far as that can be told: an SQLite
  ///   file is its process's by the lock in its directory, which is the caller's to take.
  package func open() throws(StoreError) -> any SQLConnection {
    switch self {
    case .sqlite(let directory):
      _ = try SQLiteStore(directory: directory)
      return try SQLiteConnection.writing(
        "\(directory)/\(SQLiteStore.fileName)", maximumBytes: nil)
    case .postgres(let url):
      let connection = try PostgresConnection(url: url)
      let neighbours = try connection.first(SQL.countNeighboursPostgres) {
        row throws(StoreError) in try row.integer("neighbours")
      }
      guard neighbours == 0 else {
        throw .conflict("a Slipway is connected to it: stop every replica first")
      }
      try Schema.migrate(connection, with: PostgresDialect.migrations)
      return connection
    }
  }
}

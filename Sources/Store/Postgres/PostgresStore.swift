package import DeployModel

/// The store on a PostgreSQL server, which several processes may share.
package final class PostgresStore: SQLStore {
  package let writer: WriteLane
  package let readers: ReaderPool

  /// Connects and brings the schema up to date; other processes may do the same at the same time.
  /// Blocks: for start-up.
  ///
  /// - Throws: `unavailable` if the server cannot be reached, or a newer release has used the
  ///   database.
  package init(url: String, readers width: Int = 2) throws(StoreError) {
    let first = try PostgresConnection(url: url)
    try Schema.migrate(first, with: PostgresDialect.migrations)
    writer = WriteLane { () throws(StoreError) in try PostgresConnection(url: url) }
    readers = ReaderPool(width: width) { () throws(StoreError) in
      try PostgresConnection(url: url)
    }
  }
}

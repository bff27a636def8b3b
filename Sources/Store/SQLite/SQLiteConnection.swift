import CSQLite
package import DeployModel

/// A connection to an SQLite database file, with its prepared statements.
package final class SQLiteConnection: SQLConnection {
  package enum Access: Sendable { case readWrite, readOnly }

  private let database: OpaquePointer
  private var statements: [String: SQLiteStatement] = [:]
  private var checkpointer: SQLiteCheckpointer?
  /// Pages in the write-ahead log after the last commit, written by SQLite's hook.
  private let logPages = UnsafeMutablePointer<Int32>.allocate(capacity: 1)

  /// Opens the file, or creates it. The connection's own mutexes are off: it is confined anyway.
  package init(path: String, access: Access) throws(StoreError) {
    var opened: OpaquePointer?
    let flags =
      access == .readWrite
      ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let status = sqlite3_open_v2(path, &opened, flags | SQLITE_OPEN_NOMUTEX, nil)
    guard status == SQLITE_OK, let opened else {
      let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw .unavailable("\(path): \(reason)")
    }
    database = opened
    logPages.initialize(to: 0)
    sqlite3_extended_result_codes(database, 1)
    slipway_set_lookaside(database, 512, 32)
  }

  deinit {
    statements.removeAll()
    sqlite3_close_v2(database)
    logPages.deallocate()
  }

  /// Takes checkpoints out of this connection's commits.
  func useCheckpointer(_ checkpointer: SQLiteCheckpointer) {
    self.checkpointer = checkpointer
    // The hook takes the place of SQLite's automatic checkpoint, which is such a hook itself.
    sqlite3_wal_hook(
      database,
      { context, _, _, pages in
        context?.assumingMemoryBound(to: Int32.self).pointee = pages
        return SQLITE_OK
      }, logPages)
  }

  package func tidyUp() {
    checkpointer?.logHas(logPages.pointee) {
      sqlite3_wal_checkpoint_v2(database, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil)
    }
  }

  @discardableResult
  package func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> Int {
    let prepared = try prepare(statement)
    defer { prepared.reset() }
    try prepared.bind(values)
    while try prepared.step() {}
    return Int(sqlite3_changes64(database))
  }

  package func query(
    _ statement: String, _ values: [SQLValue],
    _ receive: (any SQLRow) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let prepared = try prepare(statement)
    defer { prepared.reset() }
    try prepared.bind(values)
    while try prepared.step() {
      guard try receive(prepared) else { return }
    }
  }

  package func script(_ text: String) throws(StoreError) {
    guard sqlite3_exec(database, text, nil, nil, nil) == SQLITE_OK else { throw lastError() }
  }

  /// Takes the write lock at once: a deferred transaction could find the database busy later, when
  /// waiting no longer helps (sqlite.org/lang_transaction.html).
  package func beginWriting() throws(StoreError) { try run("BEGIN IMMEDIATE", []) }
  package func beginReading() throws(StoreError) { try run("BEGIN DEFERRED", []) }

  package var isUsable: Bool { true }

  package var isInTransaction: Bool { sqlite3_get_autocommit(database) == 0 }

  /// The default conflict resolution, ABORT, does so (sqlite.org/lang_conflict.html).
  package var undoesFailedStatements: Bool { true }

  /// A pragma's answer, or that of any query of one value.
  package func scalar(_ statement: String) throws(StoreError) -> Int64? {
    let prepared = try SQLiteStatement(statement, in: database)
    return try prepared.step() ? prepared.firstInteger : nil
  }

  private func prepare(_ statement: String) throws(StoreError) -> SQLiteStatement {
    if let known = statements[statement] { return known }
    let prepared = try SQLiteStatement(statement, in: database)
    statements[statement] = prepared
    return prepared
  }

  private func lastError() -> StoreError { StoreError(sqlite: database) }
}

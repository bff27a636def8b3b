import CPostgres
package import DeployModel

/// A connection to a PostgreSQL server, with its prepared statements. Statements are the same texts
/// as SQLite's, but for those of `PostgresDialect`.
package final class PostgresConnection: SQLConnection {
  private struct Statement {
    var name: String
    var parameters: Int
  }

  private let connection: OpaquePointer
  private var statements: [String: Statement] = [:]
  /// The server is gone, shuts down or has become read-only: whoever holds this makes a new one.
  package private(set) var isUsable = true

  /// - Parameter url: `postgres://user:password@host:port/database?parameters`; several hosts where
  ///   one may take over from another. What it says goes before the defaults here.
  package init(url: String) throws(StoreError) {
    guard PostgresURL.isUsable(url) else {
      throw .bug("state.postgres.url \(PostgresURL.complaint)")
    }
    var keys: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    var copies: [UnsafeMutablePointer<CChar>] = []
    defer { for copy in copies { copy.deallocate() } }
    func copy(_ text: String) -> UnsafePointer<CChar> {
      let bytes = UnsafeMutablePointer<CChar>.allocate(capacity: text.utf8.count + 1)
      for (index, byte) in text.utf8.enumerated() { bytes[index] = CChar(bitPattern: byte) }
      bytes[text.utf8.count] = 0
      copies.append(bytes)
      return UnsafePointer(bytes)
    }
    for (key, value) in Self.defaults + [("dbname", url)] {
      keys.append(copy(key))
      values.append(copy(value))
    }
    keys.append(nil)
    values.append(nil)
    guard let opened = PQconnectdbParams(keys, values, 1) else {
      throw .unavailable("no memory for a connection to PostgreSQL")
    }
    connection = opened
    guard PQstatus(opened) == CONNECTION_OK else {
      isUsable = false
      throw .unavailable(
        "PostgreSQL cannot be reached (state.postgres.url): \(Self.message(of: opened))")
    }
  }

  deinit { PQfinish(connection) }

  /// R1: a commit is on disk when it returns, whatever the server's default. A server that has gone
  /// silent is noticed within seconds. A transaction that its process has left does not block others.
  private static let defaults: [(String, String)] = [
    ("application_name", "slipway"),
    ("connect_timeout", "5"),
    ("target_session_attrs", "read-write"),
    ("keepalives_idle", "10"),
    ("keepalives_interval", "5"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "15000"),
    ("client_encoding", "UTF8"),
    (
      "options",
      "-c synchronous_commit=on -c statement_timeout=30s -c lock_timeout=20s "
        + "-c idle_in_transaction_session_timeout=60s -c client_min_messages=warning"
    ),
  ]

  /// The advisory lock that stands for the right to write.
  private static let writeLock = "SELECT pg_advisory_xact_lock(5426373190)"

  @discardableResult
  package func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> Int {
    let result = try execute(statement, values)
    return Int(String(cString: PQcmdTuples(result.pointer))) ?? 0
  }

  package func query(
    _ statement: String, _ values: [SQLValue],
    _ receive: (any SQLRow) throws(StoreError) -> Bool
  ) throws(StoreError) {
    let row = PostgresRow(try execute(statement, values))
    while row.next() {
      guard try receive(row) else { return }
    }
  }

  package func queryAtLength(
    _ statement: String, _ receive: (any SQLRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    try script("DECLARE lengthy NO SCROLL CURSOR FOR \(statement)")
    var hasMore = true
    while hasMore {
      hasMore = false
      // Not prepared: another cursor of the name has other columns.
      let row = PostgresRow(
        try take(PQexecParams(connection, "FETCH 500 FROM lengthy", 0, nil, nil, nil, nil, 1)))
      while row.next() {
        hasMore = true
        try receive(row)
      }
    }
    try script("CLOSE lengthy")
  }

  package func script(_ text: String) throws(StoreError) {
    _ = try take(PQexec(connection, text))
  }

  /// One transaction writes at a time, of all processes together: as in SQLite, what it reads is what
  /// it changes, and no two deadlock. Group commit makes each of them carry everything that waits.
  package func beginWriting() throws(StoreError) {
    try script("BEGIN ISOLATION LEVEL READ COMMITTED")
    do throws(StoreError) {
      try script(Self.writeLock)
    } catch {
      // Another holds the lock for too long. What is left of this transaction would refuse every
      // later one of the connection.
      if isInTransaction { try rollBack() }
      throw error
    }
  }

  package func beginReading() throws(StoreError) {
    try script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
  }

  package var isInTransaction: Bool {
    switch PQtransactionStatus(connection) {
    case PQTRANS_INTRANS, PQTRANS_INERROR, PQTRANS_ACTIVE: true
    default: false
    }
  }

  /// A failed statement fails the transaction, unless a savepoint is gone back to.
  package var undoesFailedStatements: Bool { false }

  package func tidyUp() {}

  /// For poll(2).
  var socket: Int32 { PQsocket(connection) }

  /// The payloads of the notifications that have arrived.
  func consumeNotifications() throws(StoreError) -> [String] {
    guard PQconsumeInput(connection) == 1 else {
      isUsable = false
      throw .unavailable("PostgreSQL does not answer: \(Self.message(of: connection))")
    }
    var payloads: [String] = []
    while let notification = PQnotifies(connection) {
      payloads.append(String(cString: notification.pointee.extra))
      PQfreemem(notification)
    }
    return payloads
  }

  private func execute(
    _ text: String, _ values: [SQLValue]
  ) throws(StoreError) -> PostgresResult {
    let statement = try prepare(text)
    guard values.count == statement.parameters else {
      throw .bug("\(values.count) values for \(statement.parameters) parameters: \(text)")
    }
    let parameters = PostgresParameters(values)
    return try take(
      PQexecPrepared(
        connection, statement.name, Int32(values.count), parameters.pointers, parameters.lengths,
        parameters.formats, 1),
      of: text)
  }

  private func prepare(_ text: String) throws(StoreError) -> Statement {
    if let known = statements[text] { return known }
    let name = "s\(statements.count)"
    _ = try take(
      PQprepare(connection, name, PostgresDialect.text(of: text), 0, nil), of: text)
    let described = try take(PQdescribePrepared(connection, name), of: text)
    let statement = Statement(name: name, parameters: Int(PQnparams(described.pointer)))
    statements[text] = statement
    return statement
  }

  private func take(
    _ result: OpaquePointer?, of statement: String? = nil
  ) throws(StoreError) -> PostgresResult {
    guard let result else {
      isUsable = false
      throw .unavailable("PostgreSQL does not answer: \(Self.message(of: connection))")
    }
    let owned = PostgresResult(result)
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return owned
    default:
      let isConnected = PQstatus(connection) == CONNECTION_OK
      let failure = PostgresFailure(owned, isConnected: isConnected)
      if failure.endsConnection { isUsable = false }
      throw failure.error(in: statement)
    }
  }

  /// libpq's words, which name the host and never the password: `PostgresURL` sees to that.
  private static func message(of connection: OpaquePointer) -> String {
    String(cString: PQerrorMessage(connection)).trimmingLines
  }
}

extension String {
  /// One line, for a log and for people.
  var trimmingLines: String {
    split(separator: "\n").map { $0.drop { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
  }
}

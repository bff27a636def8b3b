import CSQLite
import DeployModel
import Glibc

/// A prepared statement, and while it answers rows, the current one.
final class SQLiteStatement: SQLRow {
  private let database: OpaquePointer
  private let statement: OpaquePointer
  /// Where `$1`, `$2`, … stand: to SQLite they are names, numbered by first appearance.
  private let parameters: [Int32]
  private var columns: [String: Int32] = [:]
  /// The texts of the present values, one behind the other, so that binding them allocates nothing.
  private var texts = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  init(_ text: String, in database: OpaquePointer) throws(StoreError) {
    var prepared: OpaquePointer?
    let status = sqlite3_prepare_v3(
      database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
    guard status == SQLITE_OK, let prepared else { throw StoreError(sqlite: database) }
    self.database = database
    statement = prepared
    var positions: [Int32] = []
    while case let position = sqlite3_bind_parameter_index(prepared, "$\(positions.count + 1)"),
      position > 0
    {
      positions.append(position)
    }
    parameters = positions
  }

  deinit {
    sqlite3_finalize(statement)
    texts.deallocate()
  }

  func bind(_ values: [SQLValue]) throws(StoreError) {
    guard values.count == parameters.count else {
      throw .bug("\(values.count) values for \(parameters.count) parameters: \(sql)")
    }
    makeRoom(for: values)
    var used = 0
    for (position, value) in zip(parameters, values) {
      let status =
        switch value {
        case .null: sqlite3_bind_null(statement, position)
        case .integer(let integer): sqlite3_bind_int64(statement, position, integer)
        case .text(let text): bind(text, at: position, &used)
        case .blob(let bytes): bind(bytes, at: position)
        }
      guard status == SQLITE_OK else { throw StoreError(sqlite: database) }
    }
  }

  /// True if there is a row.
  func step() throws(StoreError) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw StoreError(sqlite: database, statement: sql)
    }
  }

  /// Ends the query and unbinds everything: the texts' place is used again.
  func reset() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  var firstInteger: Int64 { sqlite3_column_int64(statement, 0) }

  func integerIfAny(_ column: String) throws(StoreError) -> Int64? {
    let index = try index(of: column)
    guard sqlite3_column_type(statement, index) != SQLITE_NULL else { return nil }
    return sqlite3_column_int64(statement, index)
  }

  func textIfAny(_ column: String) throws(StoreError) -> String? {
    let index = try index(of: column)
    guard let bytes = sqlite3_column_text(statement, index) else { return nil }
    let count = Int(sqlite3_column_bytes(statement, index))
    return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
  }

  func blob(_ column: String) throws(StoreError) -> [UInt8] {
    let index = try index(of: column)
    guard let bytes = sqlite3_column_blob(statement, index) else { return [] }
    let count = Int(sqlite3_column_bytes(statement, index))
    return Array(UnsafeRawBufferPointer(start: bytes, count: count))
  }

  private func index(of column: String) throws(StoreError) -> Int32 {
    if columns.isEmpty {
      for index in 0..<sqlite3_column_count(statement) {
        columns[String(cString: sqlite3_column_name(statement, index))] = index
      }
    }
    guard let index = columns[column] else { throw .bug("no column \(column) in: \(sql)") }
    return index
  }

  /// Nothing is bound to the old place any more: `reset` came before.
  private func makeRoom(for values: [SQLValue]) {
    var needed = 0
    for case .text(let text) in values { needed += Self.replacement.count * text.utf8.count }
    // A place even for nothing: a null pointer would bind NULL.
    guard texts.baseAddress == nil || needed > texts.count else { return }
    texts.deallocate()
    texts = .allocate(byteCount: max(needed, 1024), alignment: 1)
  }

  /// NUL is U+FFFD in the store: PostgreSQL refuses it, and SQLite's own functions stop at it.
  private func bind(_ text: String, at position: Int32, _ used: inout Int) -> Int32 {
    let start = used
    for byte in text.utf8 {
      if byte != 0 {
        texts[used] = byte
        used += 1
      } else {
        for part in Self.replacement {
          texts[used] = part
          used += 1
        }
      }
    }
    let bytes = texts.baseAddress.map { $0 + start }?.assumingMemoryBound(to: CChar.self)
    return slipway_bind_text(statement, position, bytes, Int32(used - start))
  }

  private static let replacement = Array("\u{FFFD}".utf8)

  private func bind(_ bytes: [UInt8], at position: Int32) -> Int32 {
    bytes.isEmpty
      ? sqlite3_bind_zeroblob(statement, position, 0)
      : slipway_bind_blob(statement, position, bytes, Int32(bytes.count))
  }

  private var sql: String { sqlite3_sql(statement).map { String(cString: $0) } ?? "" }
}

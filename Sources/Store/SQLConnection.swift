package import DeployModel

/// What a statement is given for `$1…$n`. Times are milliseconds since 1970, booleans 0 and 1.
package enum SQLValue: Hashable, Sendable {
  case null
  case integer(Int64)
  case text(String)
  case blob([UInt8])

  package static func text(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
  package static func integer(_ integer: Int64?) -> SQLValue {
    integer.map { .integer($0) } ?? .null
  }
  package static func integer(_ integer: Int) -> SQLValue { .integer(Int64(integer)) }
  package static func flag(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
  package static func time(_ time: Timestamp) -> SQLValue { .integer(time.milliseconds) }
  package static func time(_ time: Timestamp?) -> SQLValue { .integer(time?.milliseconds) }
  package static func text(_ name: some CustomStringConvertible) -> SQLValue {
    .text(name.description)
  }
}

/// One connection to a database, of either dialect. Not thread-safe: whoever holds one confines it.
package protocol SQLConnection: AnyObject {
  /// Runs a statement that answers no rows. Returns how many rows it changed.
  @discardableResult
  func run(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> Int
  /// Runs a query. `receive` borrows each row in turn, and returns false to see no more.
  func query(
    _ statement: String, _ values: [SQLValue],
    _ receive: (any SQLRow) throws(StoreError) -> Bool
  ) throws(StoreError)
  /// The same for an answer of any length, of which never more than a part is in memory. Inside a
  /// transaction.
  func queryAtLength(
    _ statement: String, _ receive: (any SQLRow) throws(StoreError) -> Void
  ) throws(StoreError)
  /// Runs several statements without parameters, one after another: migrations.
  func script(_ text: String) throws(StoreError)
  /// Begins a transaction that may write; where it throws, none has begun.
  func beginWriting() throws(StoreError)
  /// Begins a transaction that sees one state of the database until it ends.
  func beginReading() throws(StoreError)
  /// False once an error has ended the transaction by itself.
  var isInTransaction: Bool { get }
  /// Called after each batch, when its callers have been answered: the dialect's housekeeping.
  func tidyUp()
  /// False once the connection is good for nothing more: a server may go away.
  var isUsable: Bool { get }
  /// A failed statement leaves nothing behind, and the transaction usable (PostgreSQL: false).
  var undoesFailedStatements: Bool { get }
}

/// The current row of a query, by column name. Valid only while `receive` runs.
package protocol SQLRow {
  func integerIfAny(_ column: String) throws(StoreError) -> Int64?
  func textIfAny(_ column: String) throws(StoreError) -> String?
  func blob(_ column: String) throws(StoreError) -> [UInt8]
}

extension SQLConnection {
  /// For those that step from row to row anyway.
  package func queryAtLength(
    _ statement: String, _ receive: (any SQLRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    try query(statement, []) { row throws(StoreError) in
      try receive(row)
      return true
    }
  }

  func all<Value>(
    _ statement: String, _ values: [SQLValue] = [],
    _ decode: (any SQLRow) throws(StoreError) -> Value
  ) throws(StoreError) -> [Value] {
    var found: [Value] = []
    try query(statement, values) { row throws(StoreError) in
      found.append(try decode(row))
      return true
    }
    return found
  }

  func first<Value>(
    _ statement: String, _ values: [SQLValue] = [],
    _ decode: (any SQLRow) throws(StoreError) -> Value
  ) throws(StoreError) -> Value? {
    var found: Value?
    try query(statement, values) { row throws(StoreError) in
      found = try decode(row)
      return false
    }
    return found
  }

  func exists(_ statement: String, _ values: [SQLValue]) throws(StoreError) -> Bool {
    try first(statement, values) { _ in true } ?? false
  }

  func commit() throws(StoreError) { try run("COMMIT", []) }
  func rollBack() throws(StoreError) { try run("ROLLBACK", []) }
}

/// What a column holds becomes what the domain speaks of; anything else is a defect.
extension SQLRow {
  func integer(_ column: String) throws(StoreError) -> Int64 {
    guard let value = try integerIfAny(column) else { throw absent(column) }
    return value
  }

  func count(_ column: String) throws(StoreError) -> Int { Int(try integer(column)) }
  func flag(_ column: String) throws(StoreError) -> Bool { try integer(column) == 1 }

  func text(_ column: String) throws(StoreError) -> String {
    guard let value = try textIfAny(column) else { throw absent(column) }
    return value
  }

  func time(_ column: String) throws(StoreError) -> Timestamp {
    Timestamp(milliseconds: try integer(column))
  }

  func timeIfAny(_ column: String) throws(StoreError) -> Timestamp? {
    try integerIfAny(column).map { Timestamp(milliseconds: $0) }
  }

  func value<Value>(
    _ column: String, _ make: (String) -> Value?
  ) throws(StoreError) -> Value {
    let text = try text(column)
    guard let value = make(text) else { throw malformed(column, text) }
    return value
  }

  func valueIfAny<Value>(
    _ column: String, _ make: (String) -> Value?
  ) throws(StoreError) -> Value? {
    guard let text = try textIfAny(column) else { return nil }
    guard let value = make(text) else { throw malformed(column, text) }
    return value
  }

  private func absent(_ column: String) -> StoreError { .bug("column \(column) holds nothing") }
  private func malformed(_ column: String, _ text: String) -> StoreError {
    .bug("column \(column) holds '\(text)'")
  }
}

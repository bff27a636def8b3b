import CPostgres
import DeployModel

/// What a statement answered, whole.
final class PostgresResult {
  let pointer: OpaquePointer

  init(_ pointer: OpaquePointer) { self.pointer = pointer }

  deinit { PQclear(pointer) }

  /// One of libpq's `PG_DIAG_…`, which are characters.
  func field(_ name: Int32) -> String? {
    PQresultErrorField(pointer, name).map { String(cString: $0) }
  }
}

/// The rows of an answer in libpq's binary format, one after another.
final class PostgresRow: SQLRow {
  private let result: PostgresResult
  private let columns: [String: Int32]
  private let count: Int32
  private var row: Int32 = -1

  init(_ result: PostgresResult) {
    self.result = result
    count = PQntuples(result.pointer)
    var columns: [String: Int32] = [:]
    for index in 0..<PQnfields(result.pointer) {
      columns[String(cString: PQfname(result.pointer, index))] = index
    }
    self.columns = columns
  }

  func next() -> Bool {
    row += 1
    return row < count
  }

  /// Two, four or eight bytes, the greatest first.
  func integerIfAny(_ column: String) throws(StoreError) -> Int64? {
    guard let bytes = try bytes(column) else { return nil }
    guard let first = bytes.first, [2, 4, 8].contains(bytes.count) else {
      throw .bug("column \(column) is no integer")
    }
    let start: Int64 = first & 0x80 == 0 ? 0 : -1
    return bytes.reduce(start) { $0 << 8 | Int64($1) }
  }

  func textIfAny(_ column: String) throws(StoreError) -> String? {
    try bytes(column).map { String(decoding: $0, as: UTF8.self) }
  }

  func blob(_ column: String) throws(StoreError) -> [UInt8] {
    try bytes(column).map { Array($0) } ?? []
  }

  private func bytes(_ column: String) throws(StoreError) -> UnsafeRawBufferPointer? {
    guard let index = columns[column] else { throw .bug("no column \(column)") }
    guard PQgetisnull(result.pointer, row, index) == 0 else { return nil }
    return UnsafeRawBufferPointer(
      start: PQgetvalue(result.pointer, row, index),
      count: Int(PQgetlength(result.pointer, row, index)))
  }
}

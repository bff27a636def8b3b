/// The values of a statement as libpq takes them: texts end with NUL, blobs are binary. The server
/// knows each one's type from the statement.
final class PostgresParameters {
  let pointers: [UnsafePointer<CChar>?]
  let lengths: [Int32]
  let formats: [Int32]
  private let storage: UnsafeMutablePointer<CChar>

  init(_ values: [SQLValue]) {
    var bytes: [UInt8] = []
    var offsets: [Int?] = []
    var lengths: [Int32] = []
    var formats: [Int32] = []
    for value in values {
      offsets.append(value == .null ? nil : bytes.count)
      let start = bytes.count
      switch value {
      case .null: break
      case .integer(let integer): bytes.append(contentsOf: "\(integer)".utf8)
      case .text(let text): bytes.append(contentsOf: Self.withoutNUL(text))
      case .blob(let blob): bytes.append(contentsOf: blob)
      }
      lengths.append(Int32(bytes.count - start))
      if case .blob = value { formats.append(1) } else { formats.append(0) }
      bytes.append(0)
    }
    let storage = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
    for (index, byte) in bytes.enumerated() { storage[index] = CChar(bitPattern: byte) }
    self.storage = storage
    self.lengths = lengths
    self.formats = formats
    pointers = offsets.map { offset in offset.map { UnsafePointer(storage + $0) } }
  }

  deinit { storage.deallocate() }

  /// NUL is U+FFFD in the store: PostgreSQL refuses it.
  private static func withoutNUL(_ text: String) -> [UInt8] {
    text.utf8.contains(0)
      ? Array(text.replacing("\0", with: "\u{FFFD}").utf8) : Array(text.utf8)
  }
}

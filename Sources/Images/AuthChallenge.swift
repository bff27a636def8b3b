/// One challenge of a `WWW-Authenticate` field (RFC 9110, section 11.6.1).
struct AuthChallenge: Hashable {
  /// Lower case: `bearer`, `basic`.
  var scheme: String
  /// Names in lower case.
  var parameters: [String: String]

  /// Every challenge of one field, in order; what is malformed is left out. Parameters are quoted
  /// and may hold commas (`scope="repository:a/b:pull,push"`), so nothing is split at commas.
  static func parse(_ field: String) -> [AuthChallenge] {
    var reader = Reader(bytes: Array(field.utf8))
    var challenges: [AuthChallenge] = []
    while true {
      reader.skipSeparators()
      guard let word = reader.token() else {
        if reader.isAtEnd { return challenges }
        reader.skip()
        continue
      }
      // `name=` belongs to the challenge before it; a word without `=` begins the next one.
      if let value = reader.parameterValue() {
        if !challenges.isEmpty {
          challenges[challenges.count - 1].parameters[word.lowercased()] = value
        }
      } else {
        challenges.append(AuthChallenge(scheme: word.lowercased(), parameters: [:]))
      }
    }
  }
}

private struct Reader {
  let bytes: [UInt8]
  var position = 0

  var isAtEnd: Bool { position == bytes.count }

  private var next: UInt8? { isAtEnd ? nil : bytes[position] }

  mutating func skip() { position += 1 }

  mutating func skipSeparators() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ",") { skip() }
  }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x09 { skip() }
  }

  /// RFC 9110, section 5.6.2.
  mutating func token() -> String? {
    let start = position
    while let byte = next, Self.isTokenByte(byte) { skip() }
    return start == position ? nil : String(decoding: bytes[start..<position], as: UTF8.self)
  }

  /// What follows `=`: a token or a quoted string. Nil, and nothing consumed, if there is no `=`.
  mutating func parameterValue() -> String? {
    let start = position
    skipSpace()
    guard next == UInt8(ascii: "=") else {
      position = start
      return nil
    }
    skip()
    skipSpace()
    return next == UInt8(ascii: "\"") ? quotedString() : (token() ?? "")
  }

  /// RFC 9110, section 5.6.4; one that never ends runs to the end.
  private mutating func quotedString() -> String {
    skip()
    var value: [UInt8] = []
    while let byte = next {
      skip()
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\"), let escaped = next {
        skip()
        value.append(escaped)
      } else {
        value.append(byte)
      }
    }
    return String(decoding: value, as: UTF8.self)
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }
}

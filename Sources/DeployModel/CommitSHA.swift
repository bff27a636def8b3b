/// The id of a git commit: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
package struct CommitSHA: Hashable, Sendable, CustomStringConvertible, Codable {
  package let hex: String

  /// Not generic: two for every push that arrives.
  package init?(_ text: String) {
    let bytes = text.utf8
    guard bytes.count == 40 || bytes.count == 64, bytes.allSatisfy(isLowerHexDigit) else {
      return nil
    }
    hex = text
  }

  package init?(_ text: Substring) { self.init(String(text)) }

  /// GitHub sends forty zeros for "there is no commit": a created or deleted ref.
  package var isZero: Bool { hex.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

  /// The first `length` digits. Stable for ever, unlike `git rev-parse --short`, whose length
  /// grows with the repository.
  package func short(_ length: Int = 7) -> String { String(hex.prefix(length)) }

  package var description: String { hex }

  package init(from decoder: any Decoder) throws {
    let text = try decoder.singleValueContainer().decode(String.self)
    guard let sha = CommitSHA(text) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "not a commit id"))
    }
    self = sha
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }
}

func isLowerHexDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

func isHexDigit(_ byte: UInt8) -> Bool {
  isLowerHexDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(byte)
}

func isASCIILetterOrDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
    || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
}

/// The id of any git object, commonly a blob or a tree: 40 (SHA-1) or 64 (SHA-256) lower-case
/// hexadecimal digits.
package struct ObjectID: Hashable, Sendable, CustomStringConvertible {
  package let hex: String

  package init?(_ text: some StringProtocol) {
    let bytes = text.utf8
    guard bytes.count == 40 || bytes.count == 64, bytes.allSatisfy(isLowerHexDigit) else {
      return nil
    }
    hex = String(text)
  }

  /// From the raw form that tree objects hold: 20 or 32 bytes.
  init(raw: ArraySlice<UInt8>) {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(raw.count * 2)
    for byte in raw {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    hex = String(decoding: text, as: UTF8.self)
  }

  var isZero: Bool { hex.utf8.allSatisfy { $0 == UInt8(ascii: "0") } }

  package var description: String { hex }
}

func isLowerHexDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}

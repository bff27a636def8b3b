/// Writes a flat JSON object (RFC 8259), member by member.
struct JSONObjectText {
  private var bytes: [UInt8] = []

  init() { bytes.reserveCapacity(256) }

  /// `name` needs no escaping.
  mutating func add(_ name: StaticString, _ text: String) {
    begin(name)
    append(text)
  }

  mutating func add(_ name: StaticString, _ number: Int64) {
    begin(name)
    bytes.append(contentsOf: String(number).utf8)
  }

  mutating func add(_ name: StaticString, _ texts: [String]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (index, text) in texts.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(text)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  consuming func finish() -> [UInt8] {
    bytes.append(contentsOf: bytes.isEmpty ? "{}".utf8 : "}".utf8)
    return bytes
  }

  private mutating func begin(_ name: StaticString) {
    bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
    bytes.append(UInt8(ascii: "\""))
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: "\":".utf8)
  }

  /// Section 7: quotation mark, backslash and controls are escaped, and nothing else needs to be.
  private mutating func append(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0..<0x20:
        bytes.append(contentsOf: "\\u00".utf8)
        bytes.append(Self.digits[Int(byte >> 4)])
        bytes.append(Self.digits[Int(byte & 15)])
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}

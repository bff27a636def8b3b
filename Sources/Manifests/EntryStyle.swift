/// How an entry is written, so that a new one can be written alike.
struct EntryStyle {
  /// The quote around keys and around values, where there is one.
  var keyQuote: UInt8?
  var valueQuote: UInt8?
  /// What stands after a colon, after a comma, and inside the braces.
  var afterColon: [UInt8] = [UInt8(ascii: " ")]
  var afterComma: [UInt8] = [UInt8(ascii: " ")]
  var padding: [UInt8] = []

  /// As most people write: no quotes, one blank.
  static let plain = EntryStyle(keyQuote: nil, valueQuote: nil)
  static let json = EntryStyle(keyQuote: UInt8(ascii: "\""), valueQuote: UInt8(ascii: "\""))

  private init(keyQuote: UInt8?, valueQuote: UInt8?) {
    self.keyQuote = keyQuote
    self.valueQuote = valueQuote
  }

  init(of mapping: YAMLNode, in text: YAMLText) {
    let pair = mapping.pair("name") ?? mapping.pairs.first
    keyQuote = pair.flatMap { Self.quote(of: $0.key) }
    valueQuote = pair.flatMap { Self.quote(of: $0.value) }
    guard mapping.isFlow, let pair, let colon = pair.colon else { return }
    // `{"a":"b"}` is possible because the key is quoted; `{a:b}` would be one scalar.
    if keyQuote != nil, pair.value.start == colon + 1 { afterColon = [] }
    padding = Self.blanks(text, from: mapping.contentStart + 1)
    if mapping.pairs.count > 1,
      let comma = Placement(text: text).commaAfter(mapping.pairs[0].end),
      text.onOneLine(comma, mapping.pairs[1].key.start)
    {
      afterComma = Self.blanks(text, from: comma + 1)
    }
  }

  /// `key: value`; the value plain only where every reader takes it for the string that it is.
  func pair(_ key: String, _ value: String, quoted: Bool) -> [UInt8] {
    let quote = quoted ? UInt8(ascii: "\"") : valueQuote
    return Self.quoted(key, keyQuote) + [UInt8(ascii: ":")] + afterColon
      + Self.scalar(value, quote: quote)
  }

  /// `{name: …, newTag: …}`.
  func flowMapping(_ fields: [[UInt8]]) -> [UInt8] {
    let separator = [UInt8(ascii: ",")] + afterComma
    return [UInt8(ascii: "{")] + padding + Array(fields.joined(separator: separator)) + padding
      + [UInt8(ascii: "}")]
  }

  private static func scalar(_ value: String, quote: UInt8?) -> [UInt8] {
    if let quote { return quoted(value, quote) }
    return isSafePlain(value) ? Array(value.utf8) : quoted(value, UInt8(ascii: "\""))
  }

  private static func isSafePlain(_ value: String) -> Bool {
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"):
        true
      default: false
      }
    }
    guard let first = value.utf8.first, let last = value.utf8.last, isWord(first), isWord(last)
    else { return false }
    return PlainScalar.isText(value)
      && value.utf8.allSatisfy { isWord($0) || "._/:@-".utf8.contains($0) }
  }

  private static func quoted(_ value: String, _ quote: UInt8?) -> [UInt8] {
    guard let quote else { return Array(value.utf8) }
    var result = [quote]
    for scalar in value.unicodeScalars {
      if quote == UInt8(ascii: "'") {
        result += scalar == "'" ? Array("''".utf8) : Array(String(scalar).utf8)
      } else if scalar == "\"" || scalar == "\\" {
        result += Array("\\\(scalar)".utf8)
      } else if scalar.value < 0x20 {
        result += Array((scalar.value < 0x10 ? "\\x0" : "\\x").utf8)
        result += Array(String(scalar.value, radix: 16).utf8)
      } else {
        result += Array(String(scalar).utf8)
      }
    }
    return result + [quote]
  }

  private static func quote(of node: YAMLNode) -> UInt8? {
    switch node.kind {
    case .scalar(.singleQuoted): UInt8(ascii: "'")
    case .scalar(.doubleQuoted): UInt8(ascii: "\"")
    default: nil
    }
  }

  /// Blanks up to the next token, none if it is on another line.
  private static func blanks(_ text: YAMLText, from position: Int) -> [UInt8] {
    var end = position
    while text.isBlank(at: end) { end += 1 }
    return text.breakLength(at: end) > 0 || text.byte(end) == UInt8(ascii: "#")
      ? [] : Array(text.bytes[position..<end])
  }
}

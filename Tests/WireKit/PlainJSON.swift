/// A second, independent reader of JSON (RFC 8259), to hold the scanner of payloads against:
/// recursive, over characters, and building the whole tree.
package indirect enum PlainJSON {
  case null
  case boolean(Bool)
  /// As it was written.
  case number(String)
  case string(String)
  case array([PlainJSON])
  case object([(key: String, value: PlainJSON)])

  /// Nil: not JSON, or deeper than `maximumDepth`.
  package init?(_ bytes: [UInt8], maximumDepth: Int) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    var reader = Reader(rest: Array(text.unicodeScalars)[...], depth: maximumDepth)
    guard let value = reader.value(), reader.isAtEnd else { return nil }
    self = value
  }

  /// Of equal keys the last counts. Nil: there is none.
  package subscript(path: [String]) -> PlainJSON? {
    guard let key = path.first else { return self }
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value[Array(path.dropFirst())]
  }

  package var text: String? { if case .string(let text) = self { text } else { nil } }
  package var flag: Bool? { if case .boolean(let flag) = self { flag } else { nil } }

  package var texts: [String]? {
    guard case .array(let elements) = self else { return nil }
    let texts = elements.compactMap(\.text)
    return texts.count == elements.count ? texts : nil
  }

  private struct Reader {
    var rest: ArraySlice<Unicode.Scalar>
    var depth: Int

    var isAtEnd: Bool {
      mutating get {
        skip()
        return rest.isEmpty
      }
    }

    mutating func value() -> PlainJSON? {
      skip()
      switch rest.first {
      case "{": return nested { $0.object() }
      case "[": return nested { $0.array() }
      case "\"": return string().map { .string($0) }
      case "t": return take("true") ? .boolean(true) : nil
      case "f": return take("false") ? .boolean(false) : nil
      case "n": return take("null") ? .null : nil
      default: return number()
      }
    }

    private mutating func nested(_ body: (inout Reader) -> PlainJSON?) -> PlainJSON? {
      guard depth > 0 else { return nil }
      depth -= 1
      defer { depth += 1 }
      rest.removeFirst()
      return body(&self)
    }

    private mutating func object() -> PlainJSON? {
      var members: [(key: String, value: PlainJSON)] = []
      skip()
      if take("}") { return .object([]) }
      repeat {
        skip()
        guard rest.first == "\"", let key = string() else { return nil }
        skip()
        guard take(":"), let value = value() else { return nil }
        members.append((key, value))
        skip()
      } while take(",")
      return take("}") ? .object(members) : nil
    }

    private mutating func array() -> PlainJSON? {
      var elements: [PlainJSON] = []
      skip()
      if take("]") { return .array([]) }
      repeat {
        guard let value = value() else { return nil }
        elements.append(value)
        skip()
      } while take(",")
      return take("]") ? .array(elements) : nil
    }

    /// Section 7. Half a surrogate pair is grammar, and no character: U+FFFD.
    private mutating func string() -> String? {
      var text = String.UnicodeScalarView()
      rest.removeFirst()
      while let scalar = rest.popFirst() {
        switch scalar {
        case "\"": return String(text)
        case "\\":
          guard let escaped = escape() else { return nil }
          text.append(escaped)
        default:
          guard scalar.value >= 32 else { return nil }
          text.append(scalar)
        }
      }
      return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
      switch rest.popFirst() {
      case "\"": return "\""
      case "\\": return "\\"
      case "/": return "/"
      case "b": return "\u{8}"
      case "f": return "\u{C}"
      case "n": return "\n"
      case "r": return "\r"
      case "t": return "\t"
      case "u":
        guard let unit = unit() else { return nil }
        if let scalar = Unicode.Scalar(unit) { return scalar }
        var ahead = self
        guard unit < 0xDC00, ahead.take("\\u"), let low = ahead.unit(),
          (0xDC00...0xDFFF).contains(low)
        else { return "\u{FFFD}" }
        self = ahead
        return Unicode.Scalar(0x10000 + (unit - 0xD800) * 0x400 + (low - 0xDC00))
      default: return nil
      }
    }

    private mutating func unit() -> UInt32? {
      let digits = rest.prefix(4)
      guard digits.count == 4, digits.allSatisfy(\.properties.isASCIIHexDigit) else { return nil }
      rest = rest.dropFirst(4)
      return UInt32(String(String.UnicodeScalarView(digits)), radix: 16)
    }

    /// Section 6.
    private mutating func number() -> PlainJSON? {
      let start = rest
      _ = take("-")
      if !take("0") {
        guard digits() > 0 else { return nil }
      }
      if take("."), digits() == 0 { return nil }
      if take("e") || take("E") {
        if !take("+") { _ = take("-") }
        if digits() == 0 { return nil }
      }
      return .number(String(String.UnicodeScalarView(start.prefix(start.count - rest.count))))
    }

    private mutating func digits() -> Int {
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return digits.count
    }

    private mutating func skip() {
      rest = rest.drop { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" }
    }

    private mutating func take(_ text: String) -> Bool {
      guard rest.starts(with: text.unicodeScalars) else { return false }
      rest = rest.dropFirst(text.unicodeScalars.count)
      return true
    }
  }
}

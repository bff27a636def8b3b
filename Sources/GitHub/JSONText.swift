/// The text of JSON strings that `JSONLexer` has passed.
enum JSONText {
  /// RFC 8259 section 7, the bytes between the quotation marks. A surrogate without its partner
  /// becomes U+FFFD.
  static func decode(_ text: borrowing RawSpan, from start: Int, to end: Int) -> [UInt8] {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(end - start)
    var offset = start
    while offset < end {
      let byte = JSONLexer.byte(text, offset)
      guard byte == UInt8(ascii: "\\"), offset + 1 < end else {
        decoded.append(byte)
        offset += 1
        continue
      }
      let kind = JSONLexer.byte(text, offset + 1)
      offset += 2
      switch kind {
      case UInt8(ascii: "b"): decoded.append(0x08)
      case UInt8(ascii: "f"): decoded.append(0x0c)
      case UInt8(ascii: "n"): decoded.append(0x0a)
      case UInt8(ascii: "r"): decoded.append(0x0d)
      case UInt8(ascii: "t"): decoded.append(0x09)
      case UInt8(ascii: "u"):
        decoded += scalar(text, &offset, end).utf8
      default: decoded.append(kind)
      }
    }
    return decoded
  }

  /// After `\u`: four digits, and for a leading surrogate the `\u` and four digits of its partner.
  private static func scalar(
    _ text: borrowing RawSpan, _ offset: inout Int, _ end: Int
  ) -> Unicode.Scalar {
    let unit = codeUnit(text, offset, end) ?? 0xfffd
    offset += 4
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(UInt16(unit)), offset + 6 <= end,
      JSONLexer.byte(text, offset) == UInt8(ascii: "\\"),
      JSONLexer.byte(text, offset + 1) == UInt8(ascii: "u"),
      let partner = codeUnit(text, offset + 2, end), UTF16.isTrailSurrogate(UInt16(partner))
    else { return "\u{fffd}" }
    offset += 6
    return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (partner - 0xdc00)) ?? "\u{fffd}"
  }

  private static func codeUnit(
    _ text: borrowing RawSpan, _ offset: Int, _ end: Int
  ) -> UInt32? {
    guard offset + 4 <= end else { return nil }
    var unit: UInt32 = 0
    for index in 0..<4 {
      guard let digit = hexValue(JSONLexer.byte(text, offset + index)) else { return nil }
      unit = unit << 4 | UInt32(digit)
    }
    return unit
  }
}

extension JSONToken {
  /// Nil unless it is a string.
  func string(in text: [UInt8]) -> String? {
    guard kind == .string else { return nil }
    return hasEscapes
      ? String(
        decoding: JSONText.decode(text.span.bytes, from: start + 1, to: end - 1), as: UTF8.self)
      : String(decoding: text[(start + 1)..<(end - 1)], as: UTF8.self)
  }
}

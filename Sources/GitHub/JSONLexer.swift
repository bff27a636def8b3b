/// The tokens of RFC 8259, each found in place. Every function takes the offset where its token
/// begins and returns the offset after it.
enum JSONLexer {
  /// Section 2: space, tab, line feed, carriage return.
  @inline(__always)
  static func skipWhitespace(_ text: borrowing RawSpan, from start: Int) -> Int {
    var offset = start
    while offset < text.byteCount {
      switch byte(text, offset) {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return offset
      }
    }
    return offset
  }

  /// Section 7, from the opening quotation mark to after the closing one. Escapes are checked, not
  /// decoded: `hasEscapes` says whether there are any. A surrogate without its partner is allowed
  /// by the grammar, and a push whose commit message has one must not be lost for it.
  static func skipString(
    _ text: borrowing RawSpan, from start: Int, hasEscapes: inout Bool
  ) throws(JSONError) -> Int {
    hasEscapes = false
    var offset = start + 1
    while true {
      offset = skipPlain(text, from: offset)
      guard offset < text.byteCount else {
        throw JSONError(offset: text.byteCount, reason: .unexpectedEnd)
      }
      let next = byte(text, offset)
      switch next {
      case UInt8(ascii: "\""):
        return offset + 1
      case UInt8(ascii: "\\"):
        hasEscapes = true
        offset = try skipEscape(text, from: offset)
      case 0..<0x20:
        throw JSONError(offset: offset, reason: .controlCharacter)
      case 0x80...0xff:
        offset = try skipMultibyte(text, from: offset)
      default:
        offset += 1
      }
    }
  }

  /// Section 6: `-? (0 | [1-9][0-9]*) ('.' [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  static func skipNumber(_ text: borrowing RawSpan, from start: Int) throws(JSONError) -> Int {
    var offset = start
    if byte(text, offset) == UInt8(ascii: "-") { offset += 1 }
    guard let first = optionalByte(text, offset), isDigit(first) else {
      throw JSONError(offset: offset, reason: .badNumber)
    }
    offset = first == UInt8(ascii: "0") ? offset + 1 : skipDigits(text, from: offset)
    if optionalByte(text, offset) == UInt8(ascii: ".") {
      offset = try skipRequiredDigits(text, from: offset + 1)
    }
    if let exponent = optionalByte(text, offset), exponent | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if let sign = optionalByte(text, offset),
        sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
      {
        offset += 1
      }
      offset = try skipRequiredDigits(text, from: offset)
    }
    return offset
  }

  static func skipLiteral(
    _ literal: StaticString, _ text: borrowing RawSpan, from start: Int
  ) throws(JSONError) -> Int {
    let length = literal.utf8CodeUnitCount
    for index in 0..<length {
      guard let next = optionalByte(text, start + index) else {
        throw JSONError(offset: text.byteCount, reason: .unexpectedEnd)
      }
      let expected = literal.withUTF8Buffer { $0[index] }
      guard next == expected else { throw JSONError(offset: start, reason: .badLiteral) }
    }
    return start + length
  }

  @inline(__always)
  static func byte(_ text: borrowing RawSpan, _ offset: Int) -> UInt8 {
    text.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }

  @inline(__always)
  static func optionalByte(_ text: borrowing RawSpan, _ offset: Int) -> UInt8? {
    offset < text.byteCount ? byte(text, offset) : nil
  }

  /// To the first byte that is a quotation mark, a backslash, below 0x20 or above 0x7f: eight at a
  /// time. In each of the four tests a borrow can only raise bits above the lowest that is right,
  /// so the lowest is right in their union.
  @inline(__always)
  private static func skipPlain(_ text: borrowing RawSpan, from start: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var offset = start
    while offset &+ 8 <= text.byteCount {
      let word = UInt64(
        littleEndian: text.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5c)
      let special =
        (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
          | ((word &- (ones &* 0x20)) & ~word) | word) & tops
      if special != 0 { return offset &+ special.trailingZeroBitCount &>> 3 }
      offset &+= 8
    }
    while let next = optionalByte(text, offset), next >= 0x20, next < 0x80,
      next != UInt8(ascii: "\""), next != UInt8(ascii: "\\")
    {
      offset += 1
    }
    return offset
  }

  private static func skipEscape(
    _ text: borrowing RawSpan, from start: Int
  ) throws(JSONError) -> Int {
    guard let kind = optionalByte(text, start + 1) else {
      throw JSONError(offset: text.byteCount, reason: .unexpectedEnd)
    }
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return start + 2
    case UInt8(ascii: "u"):
      for index in 2..<6 {
        guard let digit = optionalByte(text, start + index) else {
          throw JSONError(offset: text.byteCount, reason: .unexpectedEnd)
        }
        guard hexValue(digit) != nil else { throw JSONError(offset: start, reason: .badEscape) }
      }
      return start + 6
    default:
      throw JSONError(offset: start, reason: .badEscape)
    }
  }

  /// RFC 3629 section 4: no over-long forms, no surrogates, nothing above U+10FFFF.
  private static func skipMultibyte(
    _ text: borrowing RawSpan, from start: Int
  ) throws(JSONError) -> Int {
    let (length, second): (Int, ClosedRange<UInt8>)
    switch byte(text, start) {
    case 0xc2...0xdf: (length, second) = (2, 0x80...0xbf)
    case 0xe0: (length, second) = (3, 0xa0...0xbf)
    case 0xe1...0xec, 0xee...0xef: (length, second) = (3, 0x80...0xbf)
    case 0xed: (length, second) = (3, 0x80...0x9f)
    case 0xf0: (length, second) = (4, 0x90...0xbf)
    case 0xf1...0xf3: (length, second) = (4, 0x80...0xbf)
    case 0xf4: (length, second) = (4, 0x80...0x8f)
    default: throw JSONError(offset: start, reason: .badUTF8)
    }
    for index in 1..<length {
      guard let next = optionalByte(text, start + index),
        index == 1 ? second.contains(next) : next & 0xc0 == 0x80
      else { throw JSONError(offset: start, reason: .badUTF8) }
    }
    return start + length
  }

  private static func skipDigits(_ text: borrowing RawSpan, from start: Int) -> Int {
    var offset = start
    while let next = optionalByte(text, offset), isDigit(next) { offset += 1 }
    return offset
  }

  private static func skipRequiredDigits(
    _ text: borrowing RawSpan, from start: Int
  ) throws(JSONError) -> Int {
    let end = skipDigits(text, from: start)
    guard end > start else { throw JSONError(offset: start, reason: .badNumber) }
    return end
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }
}

/// The value of one hexadecimal digit of either case.
func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

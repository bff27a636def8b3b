/// A stretch of the bytes that a parser was given.
struct Slice: Hashable, Sendable {
  var start: Int32
  var count: Int32

  init(_ range: Range<Int>) {
    start = Int32(truncatingIfNeeded: range.lowerBound)
    count = Int32(truncatingIfNeeded: range.count)
  }

  var range: Range<Int> { Int(start)..<Int(start) + Int(count) }
}

struct FieldSlice: Hashable, Sendable {
  var name: Slice
  var value: Slice
}

enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let colon = UInt8(ascii: ":")
  static let comma = UInt8(ascii: ",")
  static let slash = UInt8(ascii: "/")
}

extension UInt8 {
  /// RFC 9110 section 5.6.2: tchar.
  package var isToken: Bool {
    (self < 64 ? Self.tokensBelow64 >> self : Self.tokensFrom64 >> (self & 63)) & 1 != 0
      && self < 128
  }

  // One bit for each of "!#$%&'*+-.0123456789", and for each of "A-Z^_`a-z|~" from 64 on. Literals:
  // a computed constant would be looked after by swift_once at every byte.
  private static let tokensBelow64: UInt64 = 0x03FF_6CFA_0000_0000
  private static let tokensFrom64: UInt64 = 0x57FF_FFFF_C7FF_FFFE

  /// What may stand in a field's value (RFC 9110 section 5.5): no CR, LF, NUL or other control.
  var isText: Bool { self == Byte.tab || (self >= Byte.space && self != 0x7F) }

  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }

  var lowercased: UInt8 {
    self &- UInt8(ascii: "A") < 26 ? self | 0x20 : self
  }

  /// The value of a hexadecimal digit.
  package var hexValue: Int? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(self - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(self - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}

extension Span<UInt8> {
  /// Whether the bytes in `range` are `text`, which is in lower case, in any case.
  func matches(_ text: StaticString, in range: Range<Int>) -> Bool {
    guard text.utf8CodeUnitCount == range.count else { return false }
    let expected = text.utf8Start
    for offset in 0..<range.count
    where self[range.lowerBound + offset].lowercased != expected[offset] {
      return false
    }
    return true
  }

  /// Whether `text`, in this case, stands at `start`.
  func begins(with text: StaticString, at start: Int) -> Bool {
    guard count - start >= text.utf8CodeUnitCount else { return false }
    for offset in 0..<text.utf8CodeUnitCount
    where self[start + offset] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
    for index in range where self[index] == byte { return index }
    return nil
  }

  /// Without spaces and tabs at both ends (RFC 9110 section 5.6.3: OWS).
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, self[start] == Byte.space || self[start] == Byte.tab { start += 1 }
    while end > start, self[end - 1] == Byte.space || self[end - 1] == Byte.tab { end -= 1 }
    return start..<end
  }

  func text(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls `body` with each element of a comma-separated list (RFC 9110 section 5.6.1), trimmed;
  /// empty elements included.
  func forEachElement<Failure: Error>(
    of range: Range<Int>, _ body: (Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    var start = range.lowerBound
    while true {
      let end = firstIndex(of: Byte.comma, in: start..<range.upperBound) ?? range.upperBound
      try body(trimmed(start..<end))
      guard end < range.upperBound else { return }
      start = end + 1
    }
  }
}

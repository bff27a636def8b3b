/// The parts of a request target, in one of the forms that a server must take (RFC 9112 section
/// 3.2): `/path?query`, `http://host/path?query`, and `*` for OPTIONS.
struct RequestTarget: Hashable, Sendable {
  /// Empty for an absolute form without one: the root, or to OPTIONS the server.
  var path: Slice
  var query: Slice?
  /// Of the absolute form; it then counts instead of Host (section 3.2.2).
  var authority: Slice?

  init(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, isOptions: Bool
  ) throws(WireError) {
    guard let first = range.first else { throw .malformedTarget }
    for index in range {
      // A target is visible ASCII, and a fragment is never sent (RFC 9110 section 7.1).
      let byte = bytes[index]
      guard byte > Byte.space, byte < 0x7F, byte != UInt8(ascii: "#") else {
        throw .malformedTarget
      }
    }
    var pathStart = first
    if bytes[first] == UInt8(ascii: "*") {
      guard range.count == 1, isOptions else { throw .malformedTarget }
    } else if bytes[first] != Byte.slash {
      pathStart = try Self.endOfAuthority(bytes, range)
      let scheme = bytes.firstIndex(of: Byte.slash, in: range) ?? first
      authority = Slice(scheme + 2..<pathStart)
    }
    let question = bytes.firstIndex(of: UInt8(ascii: "?"), in: pathStart..<range.upperBound)
    path = Slice(pathStart..<(question ?? range.upperBound))
    query = question.map { Slice($0 + 1..<range.upperBound) }
  }

  private static func endOfAuthority(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(WireError) -> Int {
    var start: Int?
    for scheme: StaticString in ["http://", "https://"]
    where range.count > scheme.utf8CodeUnitCount
      && bytes.matches(
        scheme, in: range.lowerBound..<range.lowerBound + scheme.utf8CodeUnitCount)
    {
      start = range.lowerBound + scheme.utf8CodeUnitCount
    }
    guard let start else { throw .malformedTarget }
    var end = start
    while end < range.upperBound, bytes[end] != Byte.slash, bytes[end] != UInt8(ascii: "?") {
      end += 1
    }
    guard end > start, HostField.isValid(bytes, start..<end) else { throw .malformedTarget }
    return end
  }
}

/// `uri-host [ ":" port ]` (RFC 9110 section 7.2), without user information.
enum HostField {
  static func isValid(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    if index < range.upperBound, bytes[index] == UInt8(ascii: "[") {
      index += 1
      while index < range.upperBound, bytes[index] != UInt8(ascii: "]") {
        let byte = bytes[index]
        guard byte.hexValue != nil || byte == Byte.colon || byte == UInt8(ascii: ".") else {
          return false
        }
        index += 1
      }
      guard index < range.upperBound, index > range.lowerBound + 1 else { return false }
      index += 1
    } else {
      while index < range.upperBound, bytes[index] != Byte.colon {
        guard isRegistered(bytes[index]) else { return false }
        if bytes[index] == UInt8(ascii: "%") {
          guard range.upperBound - index > 2, bytes[index + 1].hexValue != nil,
            bytes[index + 2].hexValue != nil
          else { return false }
          index += 2
        }
        index += 1
      }
    }
    guard index < range.upperBound else { return true }
    guard bytes[index] == Byte.colon else { return false }
    let port = index + 1..<range.upperBound
    return port.count <= 5 && port.allSatisfy { bytes[$0].isDigit }
  }

  /// RFC 3986 section 3.2.2: unreserved, percent-encoded or a sub-delimiter; the comma is left
  /// out, as it would make two hosts of one.
  private static func isRegistered(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "#"): false
    case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ";"), UInt8(ascii: "="): true
    default: byte.isToken
    }
  }
}

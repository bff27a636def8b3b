import HTTPWire

/// A path as its decoded components (RFC 3986 section 3.3). Split before decoding, so that `%2F` is
/// a slash within one.
struct PathComponents: Sendable {
  let decoded: [String]

  /// Nil: no absolute path, a `%` without two hexadecimal digits, bytes that are no UTF-8, or a
  /// control character.
  init?(_ path: String) {
    let bytes = Array(path.utf8)
    guard bytes.first == UInt8(ascii: "/") else { return nil }
    var decoded: [String] = []
    for part in bytes.dropFirst().split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    {
      guard let component = Self.decode(part) else { return nil }
      decoded.append(component)
    }
    self.decoded = decoded
  }

  private static func decode(_ part: ArraySlice<UInt8>) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(part.count)
    var index = part.startIndex
    while index < part.endIndex {
      var byte = part[index]
      if byte == UInt8(ascii: "%") {
        guard part.endIndex - index > 2, let high = part[index + 1].hexValue,
          let low = part[index + 2].hexValue
        else { return nil }
        byte = UInt8(high << 4 | low)
        index += 2
      }
      guard byte >= 0x20, byte != 0x7F else { return nil }
      bytes.append(byte)
      index += 1
    }
    return String(validating: bytes, as: UTF8.self)
  }
}

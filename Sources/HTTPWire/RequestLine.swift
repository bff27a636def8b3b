/// `method SP request-target SP HTTP-version` (RFC 9112 section 3), each part where it stands.
struct RequestLine: Sendable {
  var method: Slice
  var target: RequestTarget
  var minorVersion: UInt8

  init(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, limits: WireLimits
  ) throws(WireError) {
    var end = line.lowerBound
    while end < line.upperBound, bytes[end].isToken { end += 1 }
    guard end > line.lowerBound, end < line.upperBound, bytes[end] == Byte.space else {
      throw .malformedRequestLine
    }
    let method = line.lowerBound..<end
    guard let space = bytes.firstIndex(of: Byte.space, in: end + 1..<line.upperBound) else {
      throw .malformedRequestLine
    }
    let target = end + 1..<space
    minorVersion = try Self.minorVersion(bytes, space + 1..<line.upperBound)
    guard method.count <= limits.method else { throw .unsupportedMethod }
    guard target.count <= limits.target else { throw .targetTooLong }
    // A tunnel is what CONNECT asks for: what follows would not be HTTP.
    if bytes.matches("connect", in: method) { throw .unsupportedMethod }
    self.method = Slice(method)
    self.target = try RequestTarget(
      bytes, target, isOptions: bytes.text(method) == "OPTIONS")
  }

  /// RFC 9112 section 2.3: `HTTP/` DIGIT `.` DIGIT, in capitals. RFC 9110 section 2.5: a higher
  /// minor version is answered as 1.1.
  private static func minorVersion(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(WireError) -> UInt8 {
    let start = range.lowerBound
    guard range.count == 8, bytes[start] == UInt8(ascii: "H"),
      bytes[start + 1] == UInt8(ascii: "T"), bytes[start + 2] == UInt8(ascii: "T"),
      bytes[start + 3] == UInt8(ascii: "P"), bytes[start + 4] == Byte.slash,
      bytes[start + 5].isDigit, bytes[start + 6] == UInt8(ascii: "."), bytes[start + 7].isDigit
    else { throw .malformedRequestLine }
    guard bytes[start + 5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
    return min(1, bytes[start + 7] - UInt8(ascii: "0"))
  }
}

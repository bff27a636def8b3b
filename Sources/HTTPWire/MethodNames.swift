import HTTPTypes

/// Turns a method's bytes into a value; the usual ones without an allocation.
enum MethodNames {
  private static let methods: [(text: StaticString, method: HTTPRequest.Method)] = [
    ("get", .get), ("post", .post), ("put", .put), ("head", .head), ("delete", .delete),
    ("patch", .patch), ("options", .options),
  ]

  /// Methods are case-sensitive (RFC 9110 section 9.1).
  static func method(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(WireError) -> HTTPRequest.Method {
    for known in methods where known.text.utf8CodeUnitCount == range.count {
      let isCapital = range.allSatisfy { bytes[$0] & 0x20 == 0 }
      if isCapital, bytes.matches(known.text, in: range) { return known.method }
    }
    guard let method = HTTPRequest.Method(bytes.text(range)) else { throw .malformedRequestLine }
    return method
  }
}

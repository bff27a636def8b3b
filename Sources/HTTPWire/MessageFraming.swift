/// Where a request's body ends.
package enum BodyFraming: Hashable, Sendable {
  case none
  /// At least one.
  case length(Int)
  case chunked
}

/// The one place that decides which bytes are a request's body (RFC 9112 section 6).
///
/// A front end and we must agree on it to the byte, or the rest of a body is served as a request of
/// its own. So whatever could be read in two ways is refused, where the RFC leaves a choice too:
///
/// 1. `Transfer-Encoding` under HTTP/1.0: refused (section 6.1: "faulty").
/// 2. `Transfer-Encoding` with `Content-Length`: refused (6.1: "ought to be handled as an error").
/// 3. `Transfer-Encoding` that is not exactly one `chunked`: refused; 501 for a coding before it
///    that we do not know, 400 for one after it, twice, empty, or with parameters.
/// 4. More than one `Content-Length`, equal ones and lists included: refused (6.3, rule 5).
/// 5. `Content-Length` that is not digits only, or too large to count: refused. `Int("+5")` is 5.
/// 6. One `Content-Length`: that many bytes.
/// 7. Neither: no body (6.3, rule 7).
enum MessageFraming {
  static func decide(
    _ bytes: borrowing Span<UInt8>, lengths: [Slice], codings: [Slice], minorVersion: UInt8
  ) throws(WireError) -> BodyFraming {
    if !codings.isEmpty {
      guard minorVersion >= 1 else { throw .transferEncodingUnder10 }
      guard lengths.isEmpty else { throw .lengthAndTransferEncoding }
      try requireChunkedOnly(bytes, codings)
      return .chunked
    }
    guard let length = lengths.first else { return .none }
    guard lengths.count == 1 else { throw .duplicateContentLength }
    let count = try contentLength(bytes, length.range)
    return count == 0 ? .none : .length(count)
  }

  private static func requireChunkedOnly(
    _ bytes: borrowing Span<UInt8>, _ codings: [Slice]
  ) throws(WireError) {
    var chunked = 0
    var unknown = 0
    var chunkedIsLast = false
    for coding in codings {
      var start = coding.range.lowerBound
      let end = coding.range.upperBound
      while start <= end {
        let comma = bytes.firstIndex(of: Byte.comma, in: start..<end) ?? end
        let name = bytes.trimmed(start..<comma)
        chunkedIsLast = bytes.matches("chunked", in: name)
        if chunkedIsLast {
          chunked += 1
        } else {
          guard !name.isEmpty, name.allSatisfy({ bytes[$0].isToken }) else {
            throw .malformedTransferEncoding
          }
          unknown += 1
        }
        start = comma + 1
      }
    }
    guard chunked == 1, chunkedIsLast else { throw .malformedTransferEncoding }
    guard unknown == 0 else { throw .unsupportedTransferCoding }
  }

  /// 1*DIGIT (RFC 9110 section 8.6).
  private static func contentLength(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(WireError) -> Int {
    guard !range.isEmpty else { throw .malformedContentLength }
    if bytes.firstIndex(of: Byte.comma, in: range) != nil { throw .duplicateContentLength }
    var count = 0
    for index in range {
      guard bytes[index].isDigit else { throw .malformedContentLength }
      let (shifted, overflow) = count.multipliedReportingOverflow(by: 10)
      let (sum, carry) = shifted.addingReportingOverflow(Int(bytes[index] - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw .malformedContentLength }
      count = sum
    }
    return count
  }
}

/// A complete head, as stretches of the bytes that it was parsed from.
struct ParsedHead: Sendable {
  var method: Slice
  var target: RequestTarget
  var minorVersion: UInt8
  var fields: [FieldSlice]
  /// With the empty line that ends it, and empty lines before it.
  var count: Int
}

/// Reads request heads (RFC 9112 sections 2 to 5), one line at a time, strictly.
///
/// Each line is judged as soon as its line feed is there, and each byte is looked at once however
/// slowly they come. An error depends on the bytes alone, not on how they were split.
struct HeadParser: Sendable {
  private let limits: WireLimits
  private var position = 0
  private var lineStart = 0
  private var emptyLines = 0
  private var requestLine: RequestLine?
  private var fields: [FieldSlice] = []
  /// Of the request as far as it has come: a refusal of HEAD has no content either (RFC 9110
  /// section 9.3.2).
  private(set) var isHEAD = false

  init(limits: WireLimits) {
    self.limits = limits
  }

  var isHTTP10: Bool { requestLine?.minorVersion == 0 }

  /// Whether anything but empty lines, the last of them perhaps half, has come.
  func hasBegun(_ bytes: borrowing Span<UInt8>) -> Bool {
    let line = bytes.count - lineStart
    return requestLine != nil || line > 1 || line == 1 && bytes[lineStart] != Byte.carriageReturn
  }

  /// `bytes` starts where the head does and holds all of it that has come. Nil: more is needed.
  mutating func parse(_ bytes: borrowing Span<UInt8>) throws(WireError) -> ParsedHead? {
    while true {
      guard let end = try endOfLine(bytes) else { return nil }
      let line = lineStart..<end
      position = end + 2
      lineStart = position
      guard let requestLine else {
        if line.isEmpty {
          emptyLines += 1
          guard emptyLines <= limits.leadingEmptyLines else { throw .malformedRequestLine }
        } else {
          requestLine = try RequestLine(bytes, line, limits: limits)
        }
        continue
      }
      if line.isEmpty {
        return ParsedHead(
          method: requestLine.method, target: requestLine.target,
          minorVersion: requestLine.minorVersion, fields: fields, count: position)
      }
      guard fields.count < limits.fields else { throw .tooManyFields }
      fields.append(try Self.field(bytes, line))
    }
  }

  /// Makes the parser ready for the next head on the connection.
  mutating func reset() {
    position = 0
    lineStart = 0
    emptyLines = 0
    requestLine = nil
    isHEAD = false
    fields.removeAll(keepingCapacity: true)
  }

  /// Where the line's CRLF is. A recipient may take a lone LF for a line end (RFC 9112 section
  /// 2.2); we do not, since two parsers that differ in it are how requests are smuggled.
  private mutating func endOfLine(_ bytes: borrowing Span<UInt8>) throws(WireError) -> Int? {
    if requestLine == nil { isHEAD = bytes.begins(with: "HEAD ", at: lineStart) }
    // The longest line has its carriage return at this distance.
    let lineLimit = requestLine == nil ? lineStart + limits.requestLine + 1 : Int.max
    let stop = min(bytes.count, limits.head, lineLimit)
    var index = position
    while index < stop {
      let byte = bytes[index]
      if byte >= Byte.space && byte != 0x7F {
        index += 1
        continue
      }
      switch byte {
      case Byte.tab: index += 1
      case Byte.lineFeed: throw .bareLineFeed
      case Byte.carriageReturn:
        // Its line feed would be one byte too many.
        guard index + 1 < limits.head else { throw .headTooLarge }
        guard index + 1 < bytes.count else {
          position = index
          return nil
        }
        guard bytes[index + 1] == Byte.lineFeed else { throw .bareCarriageReturn }
        return index
      default: throw .controlByte
      }
    }
    position = index
    if index >= lineLimit { throw tooLong(bytes) }
    if index >= limits.head { throw .headTooLarge }
    return nil
  }

  /// RFC 9112 section 3: 501 where the method is what makes a request line too long, else 414.
  private func tooLong(_ bytes: borrowing Span<UInt8>) -> WireError {
    let method = lineStart..<lineStart + limits.method + 1
    return bytes.firstIndex(of: Byte.space, in: method) == nil ? .unsupportedMethod : .targetTooLong
  }

  /// RFC 9112 section 5.1: no whitespace before the colon; section 5.2: no folding.
  static func field(
    _ bytes: borrowing Span<UInt8>, _ line: Range<Int>
  ) throws(WireError) -> FieldSlice {
    let first = bytes[line.lowerBound]
    if first == Byte.space || first == Byte.tab { throw .obsoleteFold }
    var colon = line.lowerBound
    while colon < line.upperBound, bytes[colon].isToken { colon += 1 }
    guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == Byte.colon else {
      throw .malformedField
    }
    return FieldSlice(
      name: Slice(line.lowerBound..<colon),
      value: Slice(bytes.trimmed(colon + 1..<line.upperBound)))
  }
}

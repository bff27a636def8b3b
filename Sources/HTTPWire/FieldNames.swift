import HTTPTypes

/// Turns name bytes into values. The usual ones are found in a table, which spares two allocations
/// and a validation for each field of each request.
enum FieldNames {
  private struct Known: Sendable {
    var lowercase: [UInt8]
    var name: HTTPField.Name
  }

  private static let table: [[Known]] = {
    var table = [[Known]](repeating: [], count: 64)
    for text in [
      "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cache-Control",
      "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Cookie", "Expect",
      "Forwarded", "Host", "If-Match", "If-Modified-Since", "If-None-Match", "Last-Event-ID",
      "Origin", "Pragma", "Range", "Referer", "Transfer-Encoding", "Upgrade-Insecure-Requests",
      "User-Agent", "X-Forwarded-For", "X-Forwarded-Proto", "X-GitHub-Delivery",
      "X-GitHub-Event", "X-GitHub-Hook-ID", "X-GitHub-Hook-Installation-Target-ID",
      "X-GitHub-Hook-Installation-Target-Type", "X-Hub-Signature", "X-Hub-Signature-256",
      "X-Request-Id",
    ] {
      let lowercase = text.utf8.map(\.lowercased)
      table[bucket(lowercase.count, lowercase.first, lowercase.last)].append(
        Known(lowercase: lowercase, name: known(text)))
    }
    return table
  }()

  private static let methods: [(text: StaticString, method: HTTPRequest.Method)] = [
    ("get", .get), ("post", .post), ("put", .put), ("head", .head), ("delete", .delete),
    ("patch", .patch), ("options", .options),
  ]

  /// A name that stands in this program's text.
  static func known(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
    return name
  }

  static func name(
    _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
  ) throws(WireError) -> HTTPField.Name {
    let first = bytes[range.lowerBound].lowercased
    let last = bytes[range.upperBound - 1].lowercased
    for known in table[bucket(range.count, first, last)] where known.lowercase.count == range.count
    {
      var offset = 0
      while offset < range.count,
        bytes[range.lowerBound + offset].lowercased == known.lowercase[offset]
      {
        offset += 1
      }
      if offset == range.count { return known.name }
    }
    guard let name = HTTPField.Name(bytes.text(range)) else { throw .malformedField }
    return name
  }

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

  private static func bucket(_ count: Int, _ first: UInt8?, _ last: UInt8?) -> Int {
    (count &* 7 &+ Int(first ?? 0) &* 3 &+ Int(last ?? 0)) & 63
  }
}

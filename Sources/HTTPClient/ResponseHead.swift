import HTTPTypes

/// The header lines of a response as libcurl hands them over, one call per line.
struct ResponseHead {
  /// A registry's or an API's headers take a few kilobytes; this is what a hostile one may cost us.
  static let byteLimit = 64 << 10

  private(set) var fields = HTTPFields()
  private var count = 0

  /// False if the head has grown over the limit.
  mutating func append(_ line: UnsafeRawBufferPointer) -> Bool {
    count += line.count
    guard count <= Self.byteLimit else { return false }
    // A second status line: what came before was `100 Continue` or a proxy's.
    if line.starts(with: "HTTP/".utf8) {
      fields = HTTPFields()
      return true
    }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
      let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
    else { return true }
    let value = line[(colon + 1)...].trimmingSpace()
    // The value as it is: the initialiser replaces what no field may hold.
    fields.append(HTTPField(name: name, value: String(decoding: value, as: UTF8.self)))
    return true
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate func trimmingSpace() -> Self {
    var rest = self
    let space: Set<UInt8> = [0x20, 0x09, 0x0D, 0x0A]
    while let first = rest.first, space.contains(first) { rest = rest.dropFirst() }
    while let last = rest.last, space.contains(last) { rest = rest.dropLast() }
    return rest
  }
}

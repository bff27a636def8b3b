/// What Argo CD streams: one JSON object per line. As `text/event-stream` each has `data: ` before it,
/// with comments (`:`) in between that only say that the connection is good; both are read alike.
struct StreamLines {
  /// A line without end.
  struct TooLong: Error {}

  private var rest: [UInt8] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// - Returns: the objects that are complete with these bytes.
  mutating func take(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
    var objects: [[UInt8]] = []
    var begin = bytes.startIndex
    while let end = bytes[begin...].firstIndex(of: UInt8(ascii: "\n")) {
      rest += bytes[begin..<end]
      if let object = Self.object(in: rest) { objects.append(object) }
      rest = []
      begin = end + 1
    }
    rest += bytes[begin...]
    guard rest.count <= limit else { throw TooLong() }
    return objects
  }

  private static func object(in line: [UInt8]) -> [UInt8]? {
    var content = line[...]
    if content.starts(with: "data:".utf8) { content = content.dropFirst(5) }
    let blanks: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: "\r")]
    content = content.drop { blanks.contains($0) }
    while let last = content.last, blanks.contains(last) { content = content.dropLast() }
    return content.isEmpty || content.first == UInt8(ascii: ":") ? nil : Array(content)
  }
}

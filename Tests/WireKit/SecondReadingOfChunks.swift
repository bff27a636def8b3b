package import HTTPWire

extension SecondReading {
  /// RFC 9112 section 7.1: chunks, the last chunk, trailers, an empty line.
  package static func chunks(_ bytes: [UInt8], limits: WireLimits) -> Outcome<[UInt8]> {
    var body: [UInt8] = []
    var extensions = 0
    var start = 0
    while true {
      guard let line = line(bytes, from: &start) else { return .incomplete }
      let digits = line.prefix { hexBytes[Int($0)] }
      let tail = Array(line[digits.count...])
      extensions += tail.count
      guard (1...15).contains(digits.count), areExtensions(tail),
        extensions <= limits.chunkExtensions,
        let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
      else { return .refused }
      if size == 0 { break }
      guard bytes.count - start >= size + 2 else { return .incomplete }
      body += bytes[start..<start + size]
      guard bytes[start + size] == 13, bytes[start + size + 1] == 10 else { return .refused }
      start += size + 2
    }
    var trailers = 0
    var fields = 0
    while true {
      guard let line = line(bytes, from: &start) else { return .incomplete }
      if line.isEmpty { return .complete(body, count: start) }
      trailers += line.count + 2
      fields += 1
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      guard trailers <= limits.trailers, fields <= limits.trailerFields, name.count < line.count,
        isToken(Array(name)), line[name.count...].allSatisfy({ isText($0) })
      else { return .refused }
    }
  }

  /// Up to the next LF, without its CRLF. Without the CR, the LF stays: it is allowed nowhere.
  private static func line(_ bytes: [UInt8], from start: inout Int) -> [UInt8]? {
    guard let end = bytes[start...].firstIndex(of: 10) else { return nil }
    defer { start = end + 1 }
    return end > start && bytes[end - 1] == 13
      ? Array(bytes[start..<end - 1]) : Array(bytes[start...end])
  }

  private static func isText(_ byte: UInt8) -> Bool { byte == 9 || byte >= 32 && byte != 127 }

  /// Section 7.1.1. Quoted strings first: what they hold is no syntax.
  private static func areExtensions(_ bytes: [UInt8]) -> Bool {
    guard let text = withoutQuotes(bytes) else { return false }
    guard let first = trimmed(text).first else { return text.isEmpty }
    guard first == UInt8(ascii: ";"), text.last != 32, text.last != 9 else { return false }
    return text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).dropFirst()
      .allSatisfy { part in
        let sides = part.split(
          separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
        ).map { trimmed(Array($0)) }
        return isToken(sides[0]) && (sides.count == 1 || sides[1] == [0] || isToken(sides[1]))
      }
  }

  /// Each quoted string becomes a NUL, which no line holds otherwise.
  private static func withoutQuotes(_ bytes: [UInt8]) -> [UInt8]? {
    var text: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\"") else {
        guard isText(byte) else { return nil }
        text.append(byte)
        continue
      }
      while true {
        guard let inner = rest.popFirst() else { return nil }
        if inner == UInt8(ascii: "\"") { break }
        guard isText(inner) else { return nil }
        guard inner == UInt8(ascii: "\\") else { continue }
        guard let escaped = rest.popFirst(), isText(escaped) else { return nil }
      }
      text.append(0)
    }
    return text
  }
}

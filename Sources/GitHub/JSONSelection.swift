/// Where a wanted value stands in the text that was scanned.
struct JSONToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable { case absent, null, boolean, number, string, array, object }

  static let absent = JSONToken(kind: .absent, start: 0, end: 0)

  var kind: Kind
  var start: Int
  var end: Int
  var hasEscapes = false
}

/// What a scan found: one token for each path of the shape, and the kind of the whole.
struct JSONSelection: Sendable {
  private var tokens: [JSONToken]
  private let targets: [Int]

  init(_ shape: JSONShape) {
    tokens = Array(repeating: .absent, count: shape.nodes.count)
    targets = shape.targets
  }

  mutating func note(_ token: JSONToken, of node: Int) { tokens[node] = token }

  var root: JSONToken { tokens[0] }
  subscript(path: Int) -> JSONToken { tokens[targets[path]] }

  /// Nil unless it is a string.
  func string(_ path: Int, in text: [UInt8]) -> String? { self[path].string(in: text) }

  func boolean(_ path: Int, in text: [UInt8]) -> Bool? {
    self[path].kind == .boolean ? text[self[path].start] == UInt8(ascii: "t") : nil
  }

  /// Nil unless it is a number written as digits only, and fits.
  func integer(_ path: Int, in text: [UInt8]) -> Int64? {
    let token = self[path]
    guard token.kind == .number else { return nil }
    var value: Int64 = 0
    for byte in text[token.start..<token.end] {
      guard let digit = hexValue(byte), digit < 10 else { return nil }
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = product.addingReportingOverflow(Int64(digit))
      guard !overflows, !overflowsToo else { return nil }
      value = sum
    }
    return value
  }

  /// Nil unless it is an array of nothing but strings.
  func strings(_ path: Int, in text: [UInt8]) -> [String]? {
    let token = self[path]
    guard token.kind == .array else { return nil }
    let raw = text.span.bytes
    var values: [String] = []
    var offset = JSONLexer.skipWhitespace(raw, from: token.start + 1)
    while offset < token.end - 1 {
      guard text[offset] == UInt8(ascii: "\"") else { return nil }
      var element = JSONToken(kind: .string, start: offset, end: 0)
      do throws(JSONError) {
        element.end = try JSONLexer.skipString(raw, from: offset, hasEscapes: &element.hasEscapes)
      } catch {
        return nil
      }
      guard let value = element.string(in: text) else { return nil }
      values.append(value)
      offset = JSONLexer.skipWhitespace(raw, from: element.end)
      if text[offset] == UInt8(ascii: ",") {
        offset = JSONLexer.skipWhitespace(raw, from: offset + 1)
      }
    }
    return values
  }
}

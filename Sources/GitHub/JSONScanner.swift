enum JSONScanner {
  /// Foundation's limit, too. GitHub's payloads are a dozen deep.
  static let maximumDepth = 512

  /// Checks the whole text against RFC 8259 and notes where the wanted values stand. Of equal keys
  /// the last wins, with everything in it. Allocates one small array; recursion it has none.
  ///
  /// 1. A value begins: containers are opened, everything else is complete at once. 2. A complete
  /// value is noted, then followed by a comma (and the next value), or by the end of its container,
  /// which completes that; or it was the text's own value, and nothing may follow.
  static func scan(_ text: [UInt8], _ shape: JSONShape) throws(JSONError) -> JSONSelection {
    try scan(text.span.bytes, shape)
  }

  static func scan(
    _ text: borrowing RawSpan, _ shape: JSONShape
  ) throws(JSONError) -> JSONSelection {
    var scan = Scan(shape)
    try scan.run(text)
    return scan.selection
  }

  private struct Scan {
    /// Which of the open containers are objects, one bit each.
    private var isObject = InlineArray<8, UInt64>(repeating: 0)
    private var depth = 0
    /// For the open containers that are on a wanted path: their node, and where they begin. Beyond
    /// these, nothing is wanted.
    private var wanted: [(node: Int, start: Int)] = []
    private let shape: JSONShape
    fileprivate var selection: JSONSelection

    init(_ shape: JSONShape) {
      self.shape = shape
      selection = JSONSelection(shape)
      wanted.reserveCapacity(shape.depth + 1)
    }

    mutating func run(_ text: borrowing RawSpan) throws(JSONError) {
      var offset = 0
      var node: Int? = 0
      while true {
        offset = JSONLexer.skipWhitespace(text, from: offset)
        guard let first = JSONLexer.optionalByte(text, offset) else {
          throw JSONError(offset: offset, reason: .unexpectedEnd)
        }
        let start = offset
        var token = JSONToken(kind: .null, start: start, end: start)
        if let node { forget(below: node) }
        switch first {
        case UInt8(ascii: "\""):
          token.kind = .string
          offset = try JSONLexer.skipString(text, from: start, hasEscapes: &token.hasEscapes)
        case UInt8(ascii: "{"):
          try open(object: true, at: start, node)
          offset = JSONLexer.skipWhitespace(text, from: start + 1)
          if JSONLexer.optionalByte(text, offset) != UInt8(ascii: "}") {
            node = try key(text, &offset)
            continue
          }
          node = close()
          token.kind = .object
          offset += 1
        case UInt8(ascii: "["):
          try open(object: false, at: start, node)
          offset = JSONLexer.skipWhitespace(text, from: start + 1)
          if JSONLexer.optionalByte(text, offset) != UInt8(ascii: "]") {
            node = nil
            continue
          }
          node = close()
          token.kind = .array
          offset += 1
        case UInt8(ascii: "t"):
          token.kind = .boolean
          offset = try JSONLexer.skipLiteral("true", text, from: start)
        case UInt8(ascii: "f"):
          token.kind = .boolean
          offset = try JSONLexer.skipLiteral("false", text, from: start)
        case UInt8(ascii: "n"):
          offset = try JSONLexer.skipLiteral("null", text, from: start)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
          token.kind = .number
          offset = try JSONLexer.skipNumber(text, from: start)
        default:
          throw JSONError(offset: start, reason: .unexpectedByte)
        }
        if try complete(token, node, text, &offset) { return }
        node = isInObject ? try key(text, &offset) : nil
      }
    }

    /// True at the end of the text; false after a comma.
    private mutating func complete(
      _ token: JSONToken, _ node: Int?, _ text: borrowing RawSpan, _ offset: inout Int
    ) throws(JSONError) -> Bool {
      var token = token
      var node = node
      while true {
        token.end = offset
        if let node { selection.note(token, of: node) }
        offset = JSONLexer.skipWhitespace(text, from: offset)
        let next = JSONLexer.optionalByte(text, offset)
        if depth == 0 {
          guard next == nil else { throw JSONError(offset: offset, reason: .trailingBytes) }
          return true
        }
        guard let next else { throw JSONError(offset: offset, reason: .unexpectedEnd) }
        if next == UInt8(ascii: ",") {
          offset += 1
          return false
        }
        let wasObject = isInObject
        guard next == (wasObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
          throw JSONError(offset: offset, reason: .unexpectedByte)
        }
        offset += 1
        let start = depth <= wanted.count ? wanted[depth - 1].start : 0
        node = close()
        token = JSONToken(kind: wasObject ? .object : .array, start: start, end: offset)
      }
    }

    /// A key and its colon; returns the node of the value that follows, if it is wanted.
    private func key(_ text: borrowing RawSpan, _ offset: inout Int) throws(JSONError) -> Int? {
      offset = JSONLexer.skipWhitespace(text, from: offset)
      guard let quote = JSONLexer.optionalByte(text, offset) else {
        throw JSONError(offset: offset, reason: .unexpectedEnd)
      }
      guard quote == UInt8(ascii: "\"") else {
        throw JSONError(offset: offset, reason: .unexpectedByte)
      }
      let start = offset
      var hasEscapes = false
      offset = try JSONLexer.skipString(text, from: start, hasEscapes: &hasEscapes)
      let node = child(text, from: start + 1, to: offset - 1, hasEscapes)
      offset = JSONLexer.skipWhitespace(text, from: offset)
      guard let colon = JSONLexer.optionalByte(text, offset) else {
        throw JSONError(offset: offset, reason: .unexpectedEnd)
      }
      guard colon == UInt8(ascii: ":") else {
        throw JSONError(offset: offset, reason: .unexpectedByte)
      }
      offset += 1
      return node
    }

    private func child(
      _ text: borrowing RawSpan, from start: Int, to end: Int, _ hasEscapes: Bool
    ) -> Int? {
      guard depth == wanted.count, let parent = wanted.last?.node else { return nil }
      if hasEscapes {
        let key = JSONText.decode(text, from: start, to: end)
        return shape.child(of: parent, count: key.count) { key[$0] }
      }
      return child(text, of: parent, from: start, count: end - start)
    }

    @inline(__always)
    private func child(
      _ text: borrowing RawSpan, of parent: Int, from start: Int, count: Int
    ) -> Int? {
      // A closure could not capture the borrowed text.
      text.withUnsafeBytes { bytes in
        shape.child(of: parent, count: count) { bytes[start + $0] }
      }
    }

    /// What an earlier member of the same name had is void.
    private mutating func forget(below node: Int) {
      selection.note(.absent, of: node)
      var next = shape.nodes[node].child
      while let child = next {
        forget(below: child)
        next = shape.nodes[child].sibling
      }
    }

    private var isInObject: Bool {
      isObject[(depth - 1) >> 6] >> UInt64((depth - 1) & 63) & 1 == 1
    }

    private mutating func open(object: Bool, at start: Int, _ node: Int?) throws(JSONError) {
      guard depth < JSONScanner.maximumDepth else {
        throw JSONError(offset: start, reason: .tooDeep)
      }
      let bit = UInt64(1) << UInt64(depth & 63)
      if object { isObject[depth >> 6] |= bit } else { isObject[depth >> 6] &= ~bit }
      if depth == wanted.count, let node { wanted.append((node, start)) }
      depth += 1
    }

    /// Returns the node of the container that ends, if it was wanted.
    private mutating func close() -> Int? {
      let node = depth == wanted.count ? wanted.popLast()?.node : nil
      depth -= 1
      return node
    }
  }
}

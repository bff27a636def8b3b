/// Where everything in a document stands.
///
/// libyaml, behind Yams, says what a document means but not where its nodes end, and takes an
/// alias for what it stands for. This reader knows positions only: it follows libyaml's scanner
/// (so that both see the same tokens) and leaves every value, and the last word on what is valid,
/// to `YAMLDocument`, which holds the two against each other.
struct YAMLOutline {
  struct Trouble: Error {
    enum Kind {
      case malformed
      /// A quote or bracket: where it opens says more than where the file ends.
      case unclosed
      case tooDeep
    }

    var kind = Kind.malformed
    var position: Int
    var message: String
  }

  /// Keeps recursion far from the end of a thread's stack.
  static let depthLimit = 100

  let text: YAMLText
  var position: Int
  var anchors: [String: Int] = [:]

  static func read(_ text: YAMLText) throws(Trouble) -> YAMLNode {
    var reader = YAMLOutline(text: text, position: text.contentStart)
    reader.skipToToken()
    guard reader.position < text.end else { return reader.absent(at: text.contentStart) }
    let root = try reader.blockNode(indent: -1, depth: 0)
    reader.skipToToken()
    guard reader.position == text.end else {
      throw Trouble(position: reader.position, message: "this does not belong to what precedes it")
    }
    return root
  }

  // MARK: Blocks

  /// The node at the current token. `indent` is the column of the block collection around it.
  ///
  /// 1. A block sequence. 2. Properties with content on a later line: the content's own rules.
  /// 3. A scalar, alias or flow collection: alone, or as the first key of a block mapping.
  mutating func blockNode(indent: Int, depth: Int) throws(Trouble) -> YAMLNode {
    try checkDepth(depth)
    let start = position
    if isIndicator("-") {
      return try blockSequence(column: text.column(of: start), depth: depth)
    }
    let properties = try readProperties(inFlow: false)
    if !properties.isEmpty, atLineEnd {
      let afterProperties = position
      skipToToken()
      var node = absent(at: afterProperties)
      if position < text.end, isDeeper(than: indent) {
        node = try blockNode(indent: indent, depth: depth + 1)
        guard node.anchor == nil, node.tag == nil else { throw trouble("a second anchor or tag") }
      } else {
        position = afterProperties
      }
      node.start = start
      return try adorn(node, properties)
    }
    let atom = try adorn(
      readAtom(indent: indent, depth: depth, inFlow: false), properties, start: start)
    guard isKey(atom) else { return atom }
    return try blockMapping(firstKey: atom, depth: depth)
  }

  private mutating func blockMapping(firstKey: YAMLNode, depth: Int) throws(Trouble) -> YAMLNode {
    let column = text.column(of: firstKey.start)
    var mapping = YAMLNode(.mapping(isFlow: false), firstKey.start..<firstKey.end)
    var key = firstKey
    while true {
      try checkKey(key)
      skipBlanks()
      let colon = position
      position += 1
      let value = try blockValue(after: colon, column: column, depth: depth)
      mapping.pairs.append(YAMLPair(key: key, value: value, colon: colon))
      mapping.end = max(value.end, colon + 1)
      skipToToken()
      guard position < text.end, text.column(of: position) == column,
        text.isFirstOnLine(position), !isIndicator("-")
      else { return mapping }
      let start = position
      let properties = try readProperties(inFlow: false)
      key = try adorn(
        readAtom(indent: column, depth: depth, inFlow: false), properties, start: start)
      guard isKey(key) else {
        throw Trouble(position: start, message: "a key with a colon is expected here")
      }
    }
  }

  /// On the key's line, or below it and further in; a sequence may stand at the key's own column.
  private mutating func blockValue(after colon: Int, column: Int, depth: Int)
    throws(Trouble) -> YAMLNode
  {
    skipBlanks()
    if atLineEnd {
      skipToToken()
      guard position < text.end, isDeeper(than: column) else {
        position = colon + 1
        return absent(at: colon + 1)
      }
    }
    return try blockNode(indent: column, depth: depth + 1)
  }

  private mutating func blockSequence(column: Int, depth: Int) throws(Trouble) -> YAMLNode {
    var sequence = YAMLNode(.sequence(isFlow: false), position..<position)
    while position < text.end, isIndicator("-"), text.column(of: position) == column {
      let dash = position
      sequence.dashes.append(dash)
      position += 1
      skipBlanks()
      var item = absent(at: dash + 1)
      if atLineEnd { skipToToken() }
      if position < text.end, text.column(of: position) > column {
        item = try blockNode(indent: column, depth: depth + 1)
      } else {
        position = dash + 1
      }
      sequence.items.append(item)
      sequence.end = max(item.end, dash + 1)
      skipToToken()
    }
    return sequence
  }

  private func isDeeper(than column: Int) -> Bool {
    let own = text.column(of: position)
    return own > column || own == column && isIndicator("-")
  }

  // MARK: Keys

  /// Whether what was just read is followed by a colon that makes it a key of a block mapping.
  private func isKey(_ node: YAMLNode) -> Bool {
    guard text.onOneLine(node.start, node.end) else { return false }
    var after = position
    while text.isBlank(at: after) { after += 1 }
    return text.byte(after) == UInt8(ascii: ":") && text.isBlankOrEnd(at: after + 1)
  }

  func checkKey(_ key: YAMLNode) throws(Trouble) {
    guard key.isScalar || key.kind == .alias else {
      throw Trouble(position: key.start, message: "a list or mapping as a key is not supported")
    }
  }

  // MARK: Tokens

  mutating func skipBlanks() {
    while text.isBlank(at: position) { position += 1 }
  }

  /// Blanks, comments and line breaks.
  mutating func skipToToken() {
    while position < text.end {
      let lineBreak = text.breakLength(at: position)
      if lineBreak > 0 {
        position += lineBreak
      } else if text.isBlank(at: position) {
        position += 1
      } else if text.byte(position) == UInt8(ascii: "#") {
        position = text.lineEnd(of: position)
      } else {
        return
      }
    }
  }

  /// Nothing but a comment is left on this line.
  var atLineEnd: Bool {
    position >= text.end || text.byte(position) == UInt8(ascii: "#")
      || text.breakLength(at: position) > 0
  }

  func isIndicator(_ character: Unicode.Scalar) -> Bool {
    text.byte(position) == UInt8(ascii: character) && text.isBlankOrEnd(at: position + 1)
  }

  func absent(at position: Int) -> YAMLNode {
    YAMLNode(.scalar(.absent), position..<position)
  }

  func checkDepth(_ depth: Int) throws(Trouble) {
    guard depth <= Self.depthLimit else {
      throw Trouble(
        kind: .tooDeep, position: position,
        message: "nested more than \(Self.depthLimit) levels deep")
    }
  }

  func trouble(_ message: String) -> Trouble { Trouble(position: position, message: message) }
}

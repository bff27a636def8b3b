/// Scalars, aliases, flow collections, and the properties before them.
extension YAMLOutline {
  struct Properties {
    var anchor: String?
    var tag: String?
    var isEmpty: Bool { anchor == nil && tag == nil }
  }

  /// `&anchor` and `!tag`, in any order, and the blanks after them.
  mutating func readProperties(inFlow: Bool) throws(Trouble) -> Properties {
    var properties = Properties()
    while let byte = text.byte(position) {
      if byte == UInt8(ascii: "&"), properties.anchor == nil {
        properties.anchor = try readAnchorName()
      } else if byte == UInt8(ascii: "!"), properties.tag == nil {
        let start = position
        while !text.isBlankOrEnd(at: position), !(inFlow && isFlowIndicator(at: position)) {
          position += 1
        }
        properties.tag = string(start..<position)
      } else {
        break
      }
      skipBlanks()
    }
    return properties
  }

  func adorn(
    _ node: YAMLNode, _ properties: Properties, start: Int? = nil
  ) throws(Trouble) -> YAMLNode {
    guard !properties.isEmpty else { return node }
    guard node.kind != .alias else { throw trouble("an alias cannot have an anchor or a tag") }
    var node = node
    if let start { node.start = start }
    node.anchor = properties.anchor
    node.tag = properties.tag
    return node
  }

  mutating func readAtom(indent: Int, depth: Int, inFlow: Bool) throws(Trouble) -> YAMLNode {
    let start = position
    switch text.byte(position) {
    case UInt8(ascii: "["), UInt8(ascii: "{"): return try flowCollection(depth: depth)
    case UInt8(ascii: "\""): return try doubleQuoted()
    case UInt8(ascii: "'"): return try singleQuoted()
    case UInt8(ascii: "*"):
      var alias = YAMLNode(.alias, start..<start)
      alias.text = try readAnchorName()
      alias.end = position
      return alias
    case UInt8(ascii: "|") where !inFlow, UInt8(ascii: ">") where !inFlow:
      return try blockScalar(indent: indent)
    case UInt8(ascii: "?") where inFlow || text.isBlankOrEnd(at: position + 1):
      throw trouble("an explicit key (`? `) is not supported")
    default: return try plain(indent: indent, inFlow: inFlow)
    }
  }

  private mutating func readAnchorName() throws(Trouble) -> String {
    position += 1
    let start = position
    while let byte = text.byte(position), isAnchorByte(byte) { position += 1 }
    guard position > start else { throw trouble("an anchor or alias without a name") }
    return string(start..<position)
  }

  private mutating func doubleQuoted() throws(Trouble) -> YAMLNode {
    let start = position
    position += 1
    while let byte = text.byte(position) {
      position += byte == UInt8(ascii: "\\") ? 2 : 1
      if byte == UInt8(ascii: "\"") {
        return YAMLNode(.scalar(.doubleQuoted), start..<position)
      }
    }
    throw Trouble(
      kind: .unclosed, position: start, message: "this quote is never closed; close it")
  }

  private mutating func singleQuoted() throws(Trouble) -> YAMLNode {
    let start = position
    position += 1
    while let byte = text.byte(position) {
      position += 1
      guard byte == UInt8(ascii: "'") else { continue }
      guard text.byte(position) == UInt8(ascii: "'") else {
        return YAMLNode(.scalar(.singleQuoted), start..<position)
      }
      position += 1
    }
    throw Trouble(
      kind: .unclosed, position: start, message: "this quote is never closed; close it")
  }

  /// Runs of bytes that are not blank, joined over blanks and line breaks, until: 1. a colon before
  /// a blank; 2. in a flow collection, one of its indicators; 3. a comment; 4. in a block, a line
  /// that is not indented further than the collection around.
  private mutating func plain(indent: Int, inFlow: Bool) throws(Trouble) -> YAMLNode {
    let start = position
    guard canBeginPlain(inFlow: inFlow) else {
      throw trouble("this character cannot begin a value")
    }
    var end = start
    runs: while position < text.end, text.byte(position) != UInt8(ascii: "#") {
      while !text.isBlankOrEnd(at: position) {
        if text.byte(position) == UInt8(ascii: ":"), text.isBlankOrEnd(at: position + 1) {
          break runs
        }
        if inFlow, isFlowIndicator(at: position) { break runs }
        position += 1
        end = position
      }
      var crossedLine = false
      while position < text.end {
        let lineBreak = text.breakLength(at: position)
        if lineBreak > 0 {
          crossedLine = true
          position += lineBreak
        } else if text.isBlank(at: position) {
          position += 1
        } else {
          break
        }
      }
      if crossedLine, !inFlow, text.column(of: position) <= indent { break }
    }
    position = end
    return YAMLNode(.scalar(.plain), start..<end)
  }

  private func canBeginPlain(inFlow: Bool) -> Bool {
    guard let byte = text.byte(position), !text.isBlankOrEnd(at: position) else { return false }
    switch byte {
    case UInt8(ascii: "-"): return !text.isBlank(at: position + 1)
    case UInt8(ascii: "?"), UInt8(ascii: ":"):
      return !inFlow && !text.isBlankOrEnd(at: position + 1)
    default: return !",[]{}#&*!|>'\"%@`".utf8.contains(byte)
    }
  }

  /// `|` or `>`, a chomping and an indentation indicator in any order, and every line that is blank
  /// or indented far enough.
  private mutating func blockScalar(indent: Int) throws(Trouble) -> YAMLNode {
    let isLiteral = text.byte(position) == UInt8(ascii: "|")
    var node = YAMLNode(.scalar(isLiteral ? .literal : .folded), position..<position)
    position += 1
    var keeps = false
    var contentIndent: Int?
    while let byte = text.byte(position), !text.isBlankOrEnd(at: position) {
      switch byte {
      case UInt8(ascii: "+"), UInt8(ascii: "-"): keeps = byte == UInt8(ascii: "+")
      case UInt8(ascii: "1")...UInt8(ascii: "9"):
        contentIndent = max(indent, 0) + Int(byte - UInt8(ascii: "0"))
      default: throw trouble("this does not belong after a block scalar's indicator")
      }
      position += 1
    }
    node.headerEnd = position
    skipBlanks()
    guard atLineEnd else { throw trouble("this does not belong after a block scalar's indicator") }
    node.end = position
    var line = text.nextLine(after: position)
    position = text.lineEnd(of: position)
    while line < text.end {
      var first = line
      while text.byte(first) == UInt8(ascii: " ") { first += 1 }
      let lineEnd = text.lineEnd(of: line)
      if first < lineEnd {
        // Auto-detection takes the first line that is not blank (YAML 1.2.2, 8.1.1.1).
        let needed = contentIndent ?? max(first - line, indent + 1, 1)
        guard first - line >= needed else { break }
        contentIndent = needed
        node.end = lineEnd
      } else if keeps {
        node.end = lineEnd
      }
      position = lineEnd
      line = lineEnd + text.breakLength(at: lineEnd)
      if line == lineEnd { break }
    }
    return node
  }

  func isFlowIndicator(at position: Int) -> Bool {
    text.byte(position).map { ",[]{}".utf8.contains($0) } ?? false
  }

  private func isAnchorByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private func string(_ range: Range<Int>) -> String {
    String(decoding: text.bytes[range], as: UTF8.self)
  }
}

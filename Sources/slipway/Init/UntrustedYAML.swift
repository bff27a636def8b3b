import Yams

/// YAML of strangers: no deeper than a person writes, and a fault says where.
enum UntrustedYAML {
  /// R12: the composer calls itself for each level.
  static let depthLimit = 64

  /// The documents of a file; an empty one has none.
  static func documents(_ text: String) throws(YAMLSource.SyntaxFault) -> [Node] {
    if let position = tooDeep(text) {
      throw YAMLSource.SyntaxFault(
        position: position, sentence: "it is nested too deeply to be read")
    }
    do {
      var documents: [Node] = []
      var composed = try Yams.compose_all(yaml: text)
      while let node = composed.next() { documents.append(node) }
      if let error = composed.error { throw error }
      return documents
    } catch let error as YamlError {
      throw YAMLSource.fault(error)
    } catch {
      throw YAMLSource.SyntaxFault(position: .start, sentence: "this is not YAML")
    }
  }

  /// Where nesting passes the limit: by brackets, by dashes on one line, or by indentation. Counts
  /// brackets in text and comments too, but none in the middle of a word, as scripts have them
  /// (`\033[31m`): the rest only matters to files that nobody writes.
  private static func tooDeep(_ text: String) -> Position? {
    var line = 1
    var column = 0
    var brackets = 0
    var lead = 0
    var isLeading = true
    /// The byte before was a dash or a question mark; with a blank behind it, it opens a level.
    var isIndicator = false
    var previous = UInt8(ascii: "\n")
    var indentations: [Int] = [0]
    for byte in text.utf8 {
      column += 1
      defer { previous = byte }
      switch byte {
      case UInt8(ascii: "\n"):
        line += 1
        column = 0
        lead = 0
        isLeading = true
        isIndicator = false
        continue
      case UInt8(ascii: "["), UInt8(ascii: "{"): if canOpen(after: previous) { brackets += 1 }
      case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
      case UInt8(ascii: " ") where isLeading && isIndicator: lead += 1
      default: break
      }
      isIndicator = byte == UInt8(ascii: "-") || byte == UInt8(ascii: "?")
      if isLeading, byte != UInt8(ascii: " "), byte != UInt8(ascii: "-"), byte != UInt8(ascii: "?")
      {
        isLeading = false
        while let last = indentations.last, last >= column { indentations.removeLast() }
        indentations.append(column)
      }
      if brackets > depthLimit || lead > depthLimit || indentations.count > depthLimit {
        return Position(line: line, column: column)
      }
    }
    return nil
  }

  /// A value begins after a blank, an indicator, or a mark or line break beyond ASCII; after anything
  /// else a bracket is part of a word, or an error.
  private static func canOpen(after byte: UInt8) -> Bool {
    byte <= UInt8(ascii: " ") || byte >= 0x80 || "[{,:?".utf8.contains(byte)
  }
}

extension Node {
  /// The text of a scalar that is there; nil for anything else.
  func text(_ key: String) -> String? {
    guard let node = mapping?[key], let scalar = node.scalar, !node.isNull else { return nil }
    return scalar.string
  }

  /// A list of scalars, or one scalar as a list of one.
  func texts(_ key: String) -> [String]? {
    guard let node = mapping?[key], !node.isNull else { return nil }
    if let scalar = node.scalar { return [scalar.string] }
    return node.sequence?.compactMap { $0.scalar?.string }
  }

  var line: Int { mark.map { max(1, $0.line) } ?? 1 }
}

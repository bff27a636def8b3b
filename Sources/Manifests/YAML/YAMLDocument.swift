import Yams

/// The first document of a file: libyaml's values at our own reader's positions. Where the two
/// readers see different documents, there is no document.
struct YAMLDocument {
  enum Failure: Error {
    /// Not YAML, by libyaml's word, or beyond what is supported.
    case invalid(at: Int, String)
  }

  /// A kustomization is a few kilobytes; a generated one a few hundred.
  static let sizeLimit = 4 << 20

  let text: YAMLText
  let root: YAMLNode
  /// Every anchored node, by where it begins.
  private(set) var anchored: [Int: YAMLNode] = [:]
  /// Where the aliases of an anchored node stand, by where that begins.
  private(set) var uses: [Int: [Int]] = [:]

  init(_ bytes: [UInt8]) throws(Failure) {
    guard bytes.count <= Self.sizeLimit else {
      throw .invalid(at: 0, "the file is larger than \(Self.sizeLimit >> 20) MiB")
    }
    text = YAMLText(bytes)
    let content = try Self.validated(text)
    let outline: Result<YAMLNode, YAMLOutline.Trouble>
    do throws(YAMLOutline.Trouble) {
      outline = .success(try YAMLOutline.read(text))
    } catch {
      outline = .failure(error)
    }
    var root = try Self.settle(outline, content, in: text)
    if let second = Self.duplicateKey(in: root, text) {
      let key = String(decoding: text.bytes[second.start..<second.end], as: UTF8.self)
      throw .invalid(
        at: second.start, "the key \(key) stands here a second time; remove one of the two")
    }
    var confirmation = Confirmation(text: text)
    try confirmation.confirm(&root, try Self.compose(content, in: text))
    self.root = root
    anchored = confirmation.anchored
    uses = confirmation.uses
  }

  /// The node itself, or what it is an alias of.
  func resolved(_ node: YAMLNode) -> YAMLNode {
    node.target.flatMap { anchored[$0] } ?? node
  }

  /// The outline's own trouble gives way to libyaml's, if libyaml has any, except where ours says
  /// more. Depth is ours alone: libyaml is not asked to recurse where we would not.
  private static func settle(
    _ outline: Result<YAMLNode, YAMLOutline.Trouble>, _ content: String, in text: YAMLText
  ) throws(Failure) -> YAMLNode {
    switch outline {
    case .success(let root): return root
    case .failure(let trouble):
      if trouble.kind == .malformed { _ = try compose(content, in: text) }
      throw .invalid(at: trouble.position, trouble.message)
    }
  }

  private static func validated(_ text: YAMLText) throws(Failure) -> String {
    guard let content = String(validating: text.bytes[text.start..<text.end], as: UTF8.self) else {
      let valid = String(decoding: text.bytes[text.start..<text.end], as: UTF8.self).utf8
      let length = zip(valid, text.bytes[text.start..<text.end]).prefix { $0 == $1 }.count
      throw .invalid(at: text.start + length, "this is not UTF-8; save the file as UTF-8")
    }
    if let control = text.bytes[text.start..<text.end].firstIndex(where: isForbiddenControl) {
      throw .invalid(at: control, "a control character, which YAML does not allow")
    }
    return content
  }

  private static func isForbiddenControl(_ byte: UInt8) -> Bool {
    byte < 0x20 && !"\t\n\r".utf8.contains(byte) || byte == 0x7F
  }

  private static func compose(_ content: String, in text: YAMLText) throws(Failure) -> Node {
    do {
      return try Parser(yaml: content, encoding: .utf8).nextRoot() ?? Node("")
    } catch {
      throw failure(error, in: text)
    }
  }

  private static func failure(_ error: any Error, in text: YAMLText) -> Failure {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _),
      YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      .invalid(at: text.position(of: mark), "invalid YAML: \(problem)")
    case YamlError.reader(let problem, _, _, _):
      .invalid(at: text.start, "invalid YAML: \(problem)")
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      .invalid(
        at: text.position(of: context.mark),
        "the key \(keys.first ?? "") stands twice in one mapping; remove one of the two")
    default:
      .invalid(at: text.start, "invalid YAML")
    }
  }

  /// The second of two keys that are written alike, quotes aside.
  private static func duplicateKey(in node: YAMLNode, _ text: YAMLText) -> YAMLNode? {
    var seen: Set<ArraySlice<UInt8>> = []
    for pair in node.pairs {
      var name = text.bytes[pair.key.contentStart..<pair.key.end]
      if pair.key.kind == .scalar(.singleQuoted) || pair.key.kind == .scalar(.doubleQuoted) {
        name = name.dropFirst().dropLast()
      }
      if pair.key.isScalar, !seen.insert(name).inserted { return pair.key }
      if let inner = duplicateKey(in: pair.value, text) { return inner }
    }
    for item in node.items {
      if let inner = duplicateKey(in: item, text) { return inner }
    }
    return nil
  }
}

extension YAMLText {
  fileprivate func position(of mark: Mark) -> Int {
    var position = start
    for _ in 1..<max(mark.line, 1) where position < bytes.count {
      let next = nextLine(after: position)
      if next == position { break }
      position = next
    }
    var rest = mark.column - 1
    while rest > 0, position < end, breakLength(at: position) == 0 {
      position += 1
      while position < end, bytes[position] & 0xC0 == 0x80 { position += 1 }
      rest -= 1
    }
    return position
  }
}

/// Walks both trees at once: same kinds, same counts, same positions; and takes over the values.
private struct Confirmation {
  let text: YAMLText
  var anchored: [Int: YAMLNode] = [:]
  var uses: [Int: [Int]] = [:]
  private var names: [String: Int] = [:]

  init(text: YAMLText) { self.text = text }

  mutating func confirm(_ own: inout YAMLNode, _ other: Node) throws(YAMLDocument.Failure) {
    switch (own.kind, other) {
    case (.alias, _):
      guard let target = names[own.text], isAt(target, other) else { throw disagreement(own) }
      own.target = target
      uses[target, default: []].append(own.start)
      return
    case (.scalar(let style), .scalar(let scalar)):
      guard style == .absent ? scalar.string.isEmpty : isAt(own.start, other),
        style == .absent || isSame(style, scalar.style)
      else { throw disagreement(own) }
      own.text = scalar.string
    case (.sequence, .sequence(let sequence)):
      guard sequence.count == own.items.count, isAt(own.start, other) else {
        throw disagreement(own)
      }
      for (index, item) in sequence.enumerated() { try confirm(&own.items[index], item) }
    case (.mapping, .mapping(let mapping)):
      guard mapping.count == own.pairs.count, isAt(own.start, other) else {
        throw disagreement(own)
      }
      for (index, pair) in mapping.enumerated() {
        try confirm(&own.pairs[index].key, pair.key)
        try confirm(&own.pairs[index].value, pair.value)
      }
    default: throw disagreement(own)
    }
    if let anchor = own.anchor {
      names[anchor] = own.start
      anchored[own.start] = own
    }
  }

  private func isAt(_ position: Int, _ node: Node) -> Bool {
    guard let mark = node.mark else { return false }
    let own = text.mark(of: position)
    return own.line == mark.line && own.column == mark.column
  }

  private func isSame(_ style: YAMLNode.ScalarStyle, _ other: Node.Scalar.Style) -> Bool {
    switch other {
    case .plain, .any: style == .plain
    case .singleQuoted: style == .singleQuoted
    case .doubleQuoted: style == .doubleQuoted
    case .literal: style == .literal
    case .folded: style == .folded
    }
  }

  private func disagreement(_ node: YAMLNode) -> YAMLDocument.Failure {
    .invalid(
      at: node.start,
      "Slipway cannot tell where this begins and ends; write it in a simpler form of YAML")
  }
}

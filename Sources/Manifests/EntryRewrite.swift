import DeployModel

/// Changes an entry that is there: rewrites its own `newTag` and `digest`, adds what it lacks.
struct EntryRewrite {
  let edit: KustomizationEdit
  let images: ImageEntries
  let entry: ImageEntries.Entry

  private var text: YAMLText { images.text }

  func splices() throws(KustomizationError) -> [Splice] {
    guard entry.item.kind != .alias else {
      throw images.error(
        at: entry.item.start,
        "this entry is an alias; write it out, so that one image can change without the other")
    }
    try checkIsUsedOnce(entry.mapping, "this entry")
    if case .filled(let pair) = images.list { try checkIsUsedOnce(pair.value, "`images`") }
    var splices: [Splice] = []
    var missing: [(key: String, value: String)] = []
    if let own = entry.mapping.pair("newTag") {
      splices += try rewrite(own, to: Array("\"\(edit.tag)\"".utf8), quoting: true)
    } else {
      missing.append(("newTag", edit.tag.name))
    }
    // An empty digest is no digest to kustomize, and may stay where none is wanted.
    let digest = try images.value("digest", of: entry)
    if digest != edit.digest.text, digest != nil || edit.pin == .digest {
      if let own = entry.mapping.pair("digest") {
        splices += try rewrite(own, to: Array(edit.digest.text.utf8), quoting: false)
      } else {
        missing.append(("digest", edit.digest.text))
      }
    }
    if !missing.isEmpty { splices += add(missing) }
    return splices
  }

  /// 1. An alias gives way to the literal. 2. Nothing there: after the colon. 3. A block scalar
  /// keeps a comment in its header. 4. Anything else: the scalar's own bytes, with its anchor,
  /// and with `!!str`, which changes nothing.
  private func rewrite(
    _ pair: YAMLPair, to literal: [UInt8], quoting: Bool
  ) throws(KustomizationError) -> [Splice] {
    let value = pair.value
    let name = pair.key.text
    guard value.isScalar || value.kind == .alias else {
      throw images.error(at: value.start, "`\(name)` is a string; this is none")
    }
    if value.kind != .alias { try checkIsUsedOnce(value, "this `\(name)`") }
    let quoted = quoting ? literal : [UInt8(ascii: "\"")] + literal + [UInt8(ascii: "\"")]
    let start = keepsProperties(value) ? value.contentStart : value.start
    switch value.kind {
    case .alias: return [Splice(range: value.start..<value.end, replacement: quoted)]
    case .scalar(.absent):
      guard let colon = pair.colon else {
        return [.insert(Array(": ".utf8) + quoted, at: pair.key.end)]
      }
      return value.start > colon + 1
        ? [Splice(range: start..<value.end, replacement: quoted)]
        : [.insert([UInt8(ascii: " ")] + quoted, at: colon + 1)]
    case .scalar(.literal), .scalar(.folded):
      let headerEnd = value.headerEnd ?? value.contentStart
      let header = text.lineEnd(of: headerEnd)
      return [
        Splice(range: start..<headerEnd, replacement: quoted),
        Splice(range: min(header, value.end)..<value.end, replacement: []),
      ]
    case .scalar(.singleQuoted) where !quoting:
      let quote = [UInt8(ascii: "'")]
      return [Splice(range: start..<value.end, replacement: quote + literal + quote)]
    case .scalar(.plain) where !quoting && text.onOneLine(value.start, value.end):
      return [Splice(range: start..<value.end, replacement: literal)]
    default: return [Splice(range: start..<value.end, replacement: quoted)]
    }
  }

  private func keepsProperties(_ value: YAMLNode) -> Bool {
    value.tag == nil || value.tag == "!!str" || value.tag == "!"
  }

  /// Whatever an alias repeats would change with this entry, silently.
  private func checkIsUsedOnce(_ node: YAMLNode, _ what: String) throws(KustomizationError) {
    guard node.anchor != nil, let use = images.document.uses[node.start]?.first else { return }
    let line = text.mark(of: use).line
    throw images.error(
      at: node.start,
      "\(what) is anchored and used again at line \(line), which would change with it; "
        + "write the value out at one of the two places")
  }

  /// A digest alone stands best after its tag, as people write it.
  private func tagOnOneLine(_ fields: [(key: String, value: String)]) -> YAMLPair? {
    guard fields.map(\.key) == ["digest"], let pair = entry.mapping.pair("newTag"),
      pair.value.kind != .scalar(.literal), pair.value.kind != .scalar(.folded)
    else { return nil }
    return pair
  }

  /// After `newName`, else after `name`, else (all of it merged) at the end.
  private func add(_ fields: [(key: String, value: String)]) -> [Splice] {
    let mapping = entry.mapping
    guard
      let neighbour = tagOnOneLine(fields) ?? mapping.pair("newName") ?? mapping.pair("name")
        ?? mapping.pairs.last
    else { return [] }
    let style = EntryStyle(of: mapping, in: text)
    let lines = fields.map { style.pair($0.key, $0.value, quoted: $0.key == "newTag") }
    let placement = Placement(text: text)
    if mapping.isFlow {
      return placement.insertIntoFlow(
        lines, after: neighbour.key.start..<neighbour.end, comma: style.afterComma)
    }
    let indent = [UInt8](repeating: UInt8(ascii: " "), count: text.column(of: mapping.contentStart))
    return [
      placement.insertLines(lines.map { indent + $0 }, at: text.nextLine(after: neighbour.end))
    ]
  }
}

extension YAMLPair {
  /// After the last byte of key, colon and value.
  var end: Int { max(key.end, colon.map { $0 + 1 } ?? 0, value.end) }
}

import DeployModel

/// Adds an entry that is not there, in the list's own style; and the list, where there is none.
struct EntryAddition {
  let edit: KustomizationEdit
  let images: ImageEntries

  private var text: YAMLText { images.text }
  private var root: YAMLNode { images.document.root }
  private var placement: Placement { Placement(text: text) }

  func splices() -> [Splice] {
    switch images.list {
    case .filled(let pair): append(to: pair.value)
    case .empty(let pair): fill(pair)
    case .missing: root.isFlow ? addToFlowRoot() : addToBlockRoot()
    }
  }

  private func fields(_ style: EntryStyle) -> [[UInt8]] {
    [
      style.pair("name", edit.imageName, quoted: false),
      style.pair("newName", edit.repository.description, quoted: false),
      style.pair("newTag", edit.tag.name, quoted: true),
    ] + (edit.pin == .digest ? [style.pair("digest", edit.digest.text, quoted: false)] : [])
  }

  // MARK: A list with entries

  private func append(to list: YAMLNode) -> [Splice] {
    guard let last = list.items.last else { return [] }
    let style = last.isMapping ? EntryStyle(of: last, in: text) : .plain
    if list.isFlow {
      return placement.insertIntoFlow(
        [flowEntry(like: last, style)], after: last.start..<last.end,
        comma: commaBlanks(in: list) ?? style.afterComma)
    }
    guard let dash = list.dashes.last else { return [] }
    let column = text.column(of: dash)
    let indent = spaces(column)
    var lines = [[UInt8]](
      repeating: [], count: list.items.count > 1 ? placement.blankLines(above: dash) : 0)
    if last.isMapping, last.isFlow {
      lines.append(indent + Array("- ".utf8) + style.flowMapping(fields(style)))
    } else {
      lines += blockEntry(like: last, dash: dash, style)
    }
    return [
      placement.insertLines(lines, at: placement.lineAfter(last.end, deeperThan: column))
    ]
  }

  /// With the gap after the dash that the last entry has, or with the dash on a line of its own.
  private func blockEntry(like last: YAMLNode, dash: Int, _ style: EntryStyle) -> [[UInt8]] {
    let indent = spaces(text.column(of: dash))
    let hyphen = indent + [UInt8(ascii: "-")]
    let fields = fields(style)
    guard last.isMapping, last.anchor == nil, last.tag == nil else {
      return Self.entry(fields, after: hyphen + [UInt8(ascii: " ")])
    }
    if !text.onOneLine(dash, last.start) {
      let inner = spaces(text.column(of: last.start))
      return [hyphen] + fields.map { inner + $0 }
    }
    return Self.entry(fields, after: hyphen + text.bytes[(dash + 1)..<last.start])
  }

  private static func entry(_ fields: [[UInt8]], after lead: [UInt8]) -> [[UInt8]] {
    let inner = [UInt8](repeating: UInt8(ascii: " "), count: lead.count)
    return fields.enumerated().map { ($0.offset == 0 ? lead : inner) + $0.element }
  }

  /// On one line, or spread over lines as the last one is.
  private func flowEntry(like last: YAMLNode, _ style: EntryStyle) -> [UInt8] {
    let fields = fields(style)
    guard last.isMapping, last.isFlow, let first = last.pairs.first, let final = last.pairs.last,
      !text.onOneLine(last.contentStart, first.key.start), text.isFirstOnLine(last.end - 1)
    else { return style.flowMapping(fields) }
    let lineBreak = placement.lineBreak(near: first.key.start)
    let inner = lineBreak + placement.leadingBlanks(of: first.key.start)
    let endsInComma = placement.commaAfter(final.end) != nil
    return [UInt8(ascii: "{")] + inner
      + Array(fields.joined(separator: [UInt8(ascii: ",")] + inner))
      + (endsInComma ? [UInt8(ascii: ",")] : []) + lineBreak
      + placement.leadingBlanks(of: last.end - 1) + [UInt8(ascii: "}")]
  }

  /// Between the list's own items; nil if it has only one.
  private func commaBlanks(in list: YAMLNode) -> [UInt8]? {
    guard list.items.count > 1, let comma = placement.commaAfter(list.items[0].end) else {
      return nil
    }
    return text.isBlankOrEnd(at: comma + 1) ? [UInt8(ascii: " ")] : []
  }

  // MARK: A key without a list

  private func fill(_ pair: YAMLPair) -> [Splice] {
    let value = pair.value
    let start = max(value.start, (pair.colon ?? pair.key.end - 1) + 1)
    if root.isFlow || holdsComment(value) {
      let style = rootStyle
      let entry = style.flowMapping(fields(style))
      if value.isSequence { return [.insert(entry, at: value.contentStart + 1)] }
      let list = [UInt8(ascii: "[")] + entry + [UInt8(ascii: "]")]
      if pair.colon == nil { return [.insert(Array(": ".utf8) + list, at: pair.key.end)] }
      return value.kind == .scalar(.absent)
        ? [.insert([UInt8(ascii: " ")] + list, at: start)]
        : [Splice(range: value.start..<value.end, replacement: list)]
    }
    let column = text.column(of: pair.key.start) + listOffset
    let colonEnd = (pair.colon ?? pair.key.end - 1) + 1
    var splices = [
      placement.insertLines(blockList(column: column), at: text.nextLine(after: value.end))
    ]
    if value.end > colonEnd {
      splices.insert(Splice(range: colonEnd..<value.end, replacement: []), at: 0)
    }
    return splices
  }

  private func holdsComment(_ value: YAMLNode) -> Bool {
    value.isSequence && text.bytes[value.start..<value.end].contains(UInt8(ascii: "#"))
  }

  // MARK: No key

  private func addToBlockRoot() -> [Splice] {
    guard let last = root.pairs.last else { return [] }
    let column = text.column(of: root.contentStart)
    let separated = root.pairs.count > 1 && placement.blankLines(above: last.key.start) > 0
    let key = spaces(column) + Array("images:".utf8)
    let lines = (separated ? [[]] : []) + [key] + blockList(column: column + listOffset)
    return [
      placement.insertLines(lines, at: placement.lineAfter(last.end, deeperThan: column))
    ]
  }

  private func addToFlowRoot() -> [Splice] {
    let style = rootStyle
    let list = [UInt8(ascii: "[")] + style.flowMapping(fields(style)) + [UInt8(ascii: "]")]
    let key = style.keyQuote.map { [$0] } ?? []
    let pair = key + Array("images".utf8) + key + [UInt8(ascii: ":")] + style.afterColon + list
    guard let last = root.pairs.last else {
      return [.insert(pair, at: root.contentStart + 1)]
    }
    return placement.insertIntoFlow(
      [pair], after: last.key.start..<last.end, comma: style.afterComma)
  }

  private func blockList(column: Int) -> [[UInt8]] {
    Self.entry(fields(.plain), after: spaces(column) + Array("- ".utf8))
  }

  /// JSON stays JSON.
  private var rootStyle: EntryStyle {
    guard root.isFlow else { return .plain }
    var style = EntryStyle(of: root, in: text)
    if style.keyQuote == UInt8(ascii: "\"") { style.valueQuote = UInt8(ascii: "\"") }
    style.padding = []
    return style
  }

  /// How far the file's other lists are indented below their keys.
  private var listOffset: Int {
    for pair in root.pairs where pair.value.kind == .sequence(isFlow: false) {
      return text.column(of: pair.value.start) - text.column(of: pair.key.start)
    }
    return 0
  }

  private func spaces(_ count: Int) -> [UInt8] {
    [UInt8](repeating: UInt8(ascii: " "), count: count)
  }
}

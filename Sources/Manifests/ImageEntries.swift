/// The `images` of a kustomization's first document (kustomize does not look at a second).
struct ImageEntries {
  /// What stands under the top-level key `images`.
  enum List {
    case missing
    /// No value, `null` or `[]`.
    case empty(YAMLPair)
    case filled(YAMLPair)
  }

  /// One item of the list, with the mapping that it is or stands for.
  struct Entry {
    var index: Int
    var item: YAMLNode
    var mapping: YAMLNode
  }

  let document: YAMLDocument
  let list: List
  let entries: [Entry]

  var text: YAMLText { document.text }

  init(_ bytes: [UInt8]) throws(KustomizationError) {
    do throws(YAMLDocument.Failure) {
      document = try YAMLDocument(bytes)
    } catch {
      switch error {
      case .invalid(let position, let message):
        throw Self.error(YAMLText(bytes), at: position, message)
      }
    }
    let root = document.root
    guard root.isMapping else {
      throw Self.error(
        document.text, at: root.start,
        "a kustomization is a mapping of keys such as `resources:`; this is none")
    }
    list = try Self.list(in: document)
    var entries: [Entry] = []
    if case .filled(let pair) = list {
      for (index, item) in pair.value.items.enumerated() {
        let mapping = document.resolved(item)
        guard mapping.isMapping else {
          throw Self.error(
            document.text, at: item.start,
            "every item of `images` is a mapping with a `name`; this is none")
        }
        entries.append(Entry(index: index, item: item, mapping: mapping))
      }
    }
    self.entries = entries
  }

  private static func list(in document: YAMLDocument) throws(KustomizationError) -> List {
    guard let pair = document.root.pair("images") else {
      if let merge = document.root.pair("<<") {
        throw error(
          document.text, at: merge.key.start,
          "`images` may hide in this merge key; give the file an `images` of its own")
      }
      return .missing
    }
    if pair.value.isNull { return .empty(pair) }
    guard pair.value.kind != .alias else {
      throw error(
        document.text, at: pair.value.start,
        "`images` is an alias of a list elsewhere; write the list here")
    }
    guard pair.value.isSequence else {
      throw error(document.text, at: pair.value.start, "`images` is a list; this is none")
    }
    return pair.value.items.isEmpty ? .empty(pair) : .filled(pair)
  }

  /// The one entry of exactly this name.
  func entry(named name: String) throws(KustomizationError) -> Entry? {
    var found: Entry?
    for entry in entries {
      guard try value("name", of: entry) == name else { continue }
      guard found == nil else {
        throw error(
          at: entry.item.start,
          "there is a second entry for \(name) here, and which one counts depends on their order; "
            + "keep one")
      }
      found = entry
    }
    return found
  }

  /// A field's text, own or merged; nil if it is absent, null or empty, which are the same to
  /// kustomize.
  func value(_ field: String, of entry: Entry) throws(KustomizationError) -> String? {
    guard let node = try node(field, of: entry.mapping) else { return nil }
    let resolved = document.resolved(node)
    guard resolved.isScalar else {
      throw error(at: node.start, "`\(field)` is a string; this is none")
    }
    return resolved.isNull || resolved.text.isEmpty ? nil : resolved.text
  }

  /// A field's own value as it stands (an alias stays one), or the one that a merge key brings.
  func node(_ field: String, of mapping: YAMLNode) throws(KustomizationError) -> YAMLNode? {
    var budget = 1000
    return try node(field, of: mapping, &budget)
  }

  /// The budget is for merges of merges of merges, whose number can double with every line.
  private func node(_ field: String, of mapping: YAMLNode, _ budget: inout Int)
    throws(KustomizationError) -> YAMLNode?
  {
    if let own = mapping.pair(field) { return own.value }
    guard let merge = mapping.pair("<<") else { return nil }
    let value = document.resolved(merge.value)
    for source in value.isSequence ? value.items : [value] {
      budget -= 1
      guard budget > 0 else {
        throw error(at: merge.key.start, "too many merge keys; write the fields out")
      }
      let mapping = document.resolved(source)
      guard mapping.isMapping else {
        throw error(at: source.start, "a merge key takes mappings; this is none")
      }
      if let found = try node(field, of: mapping, &budget) { return found }
    }
    return nil
  }

  func error(at position: Int, _ message: String) -> KustomizationError {
    Self.error(text, at: position, message)
  }

  private static func error(
    _ text: YAMLText, at position: Int, _ message: String
  ) -> KustomizationError {
    let mark = text.mark(of: min(position, text.bytes.count))
    return KustomizationError(line: mark.line, column: mark.column, message: message)
  }
}

import Yams

/// One mapping of the file. What decoding code asks for is what the section may hold: a key that
/// nobody asked for is reported when the section is closed, so that no list of keys can go stale.
final class Section {
  struct Entry {
    var key: String
    /// The key as the whole file names it: `services.backend.image`.
    var path: String
    var keyPosition: Position
    var node: Node

    /// Where the value stands.
    var position: Position { node.mark.map(Position.init) ?? keyPosition }
  }

  let path: String
  /// Where to report what is missing.
  let position: Position
  let reader: ConfigurationReader
  private let duplicates: [String: String]
  private var entries: [Entry] = []
  private var asked: Set<String> = []
  /// It is no mapping, which has been reported: what it lacks would be noise.
  private var isBroken = false

  init(root: YAMLSource, reader: ConfigurationReader) {
    path = ""
    position = .start
    self.reader = reader
    duplicates = root.duplicates
    read(root.root)
  }

  /// A null value is an empty mapping: what must stand there is then reported as missing.
  private init(_ entry: Entry, of parent: Section) {
    path = entry.path
    position = entry.keyPosition
    reader = parent.reader
    duplicates = parent.duplicates
    read(entry.node)
  }

  private func read(_ node: Node?) {
    guard let node, !node.isNull else { return }
    guard case .mapping(let mapping) = node else {
      isBroken = true
      let place = node.mark.map(Position.init) ?? position
      if path.isEmpty {
        reader.error(at: place, "the configuration must be a mapping of `key: value` lines")
      } else {
        reader.error(at: place, "`\(path)` must be a mapping of `key: value`, not \(node.kind)")
      }
      return
    }
    var repeated: [String: Position] = [:]
    for (key, value) in mapping {
      let place = key.mark.map(Position.init) ?? position
      guard case .scalar(let scalar) = key else {
        reader.error(at: place, "a key must be a word, not \(key.kind)")
        continue
      }
      if let name = duplicates[scalar.string] {
        repeated[name] = repeated[name] ?? place
        continue
      }
      let inner = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
      entries.append(
        Entry(key: scalar.string, path: inner.shown, keyPosition: place, node: value))
    }
    for (name, first) in repeated {
      let last = entries.first { $0.key == name }
      reader.error(
        at: last?.keyPosition ?? first,
        "`\(last?.path ?? name.shown)` stands more than once (first on line \(first.line)): keep one"
      )
    }
  }

  // MARK: Asking

  func has(_ key: String) -> Bool { entry(key) != nil }

  /// Marks `key` as known.
  func entry(_ key: String) -> Entry? {
    asked.insert(key)
    return entries.first { $0.key == key }
  }

  /// Every entry, for a mapping whose keys are names.
  func allEntries() -> [Entry] {
    asked.formUnion(entries.map(\.key))
    return entries
  }

  func missing(_ key: String, _ advice: String) {
    guard !isBroken else { return }
    let name = path.isEmpty ? key : "\(path).\(key)"
    reader.error(at: position, "`\(name)` is missing: \(advice)")
  }

  /// Reports every key that was not asked for.
  func close() {
    for entry in entries where !asked.contains(entry.key) {
      let place = path.isEmpty ? "" : " in `\(path)`"
      let guess =
        nearestName(to: entry.key, among: asked).map { "; did you mean `\($0)`?" }
        ?? (asked.isEmpty || asked.count > 16
          ? "" : "; known are \(asked.sorted().joined(separator: ", "))")
      reader.error(
        at: entry.keyPosition, "`\(entry.key.shown)` is not a key\(place)\(guess)")
    }
  }

  // MARK: Scalars

  /// Nil if the key is absent, or wrong, which is then reported.
  func located<Value>(_ key: String, _ form: Form<Value>) -> Located<Value>? {
    entry(key).flatMap { value(of: $0, form) }
  }

  func value<Value>(_ key: String, _ form: Form<Value>) -> Value? { located(key, form)?.value }

  func value<Value>(_ key: String, _ form: Form<Value>, default fallback: Value) -> Value {
    value(key, form) ?? fallback
  }

  func required<Value>(
    _ key: String, _ form: Form<Value>, _ advice: String
  ) -> Located<Value>? {
    guard has(key) else {
      missing(key, advice)
      return nil
    }
    return located(key, form)
  }

  func value<Value>(of entry: Entry, _ form: Form<Value>) -> Located<Value>? {
    scalar(entry.node, named: entry.path, form, at: entry.position)
  }

  private func scalar<Value>(
    _ node: Node, named name: String, _ form: Form<Value>, at place: Position
  ) -> Located<Value>? {
    guard case .scalar(let scalar) = node else {
      reader.error(at: place, "`\(name)` must be \(form.what), not \(node.kind)")
      return nil
    }
    do throws(FormFault) {
      return Located(value: try form.read(ScalarText(scalar), reader), position: place)
    } catch {
      reader.error(at: place, "`\(name)` \(error.sentence)")
      return nil
    }
  }

  // MARK: Lists and mappings

  /// Nil if the key is absent; what is wrong in a list is reported and left out.
  func list<Value>(_ key: String, _ form: Form<Value>) -> [Located<Value>]? {
    items(key, of: form.what)?.compactMap { item in
      scalar(item.node, named: item.path, form, at: item.position)
    }
  }

  /// The entries of a list, named `key[0]` and so on.
  func items(_ key: String, of what: String) -> [Entry]? {
    guard let entry = entry(key) else { return nil }
    if entry.node.isNull { return [] }
    guard case .sequence(let sequence) = entry.node else {
      reader.error(
        at: entry.position,
        "`\(entry.path)` must be a list, each \(what), not \(entry.node.kind)")
      return nil
    }
    return sequence.enumerated().map { index, node in
      Entry(
        key: "\(index)", path: "\(entry.path)[\(index)]",
        keyPosition: node.mark.map(Position.init) ?? entry.position, node: node)
    }
  }

  /// Reads the mapping under `key`, if there is one, and reports what it should not hold.
  func section<Value>(_ key: String, _ body: (Section) -> Value?) -> Value? {
    entry(key).flatMap { section(of: $0, body) }
  }

  func section<Value>(of entry: Entry, _ body: (Section) -> Value?) -> Value? {
    let inner = Section(entry, of: self)
    let value = body(inner)
    inner.close()
    return value
  }

  func within(_ key: String, _ body: (Section) -> Void) {
    if let entry = entry(key) { within(of: entry, body) }
  }

  func within(of entry: Entry, _ body: (Section) -> Void) {
    let inner = Section(entry, of: self)
    body(inner)
    inner.close()
  }
}

extension Node {
  var isNull: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return ScalarText(scalar).kind == .null
  }

  /// "a list" and the like, for sentences.
  var kind: String {
    switch self {
    case .scalar(let scalar): ScalarText(scalar).kind.words
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    }
  }
}

extension String {
  /// On one line and not too long, for a sentence on a terminal. What may hold a key or, before an
  /// `@`, a password is left out (R13).
  var shown: String {
    if contains("-----BEGIN") || prefix(upTo: lastIndex(of: "@") ?? startIndex).contains(":") {
      return "…"
    }
    let clean = String(
      String.UnicodeScalarView(
        unicodeScalars.prefix(120).map { $0.properties.generalCategory == .control ? "?" : $0 }))
    return unicodeScalars.count > 120 ? "\(clean)…" : clean
  }
}

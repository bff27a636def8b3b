/// A node of a document, with the exact bytes it stands in.
struct YAMLNode {
  enum Kind: Hashable {
    case scalar(ScalarStyle)
    case alias
    case sequence(isFlow: Bool)
    case mapping(isFlow: Bool)
  }

  enum ScalarStyle: Hashable {
    /// A key without a value, an item without content.
    case absent
    case plain, singleQuoted, doubleQuoted
    case literal, folded
  }

  var kind: Kind
  /// Where its anchor or tag begins, or else its content.
  var start: Int
  var contentStart: Int
  /// After its last byte. A block scalar ends before the line break of its last line that is not
  /// blank; one that keeps its trailing line breaks (`|+`) ends before the last of these.
  var end: Int
  var anchor: String?
  var tag: String?
  /// A scalar's value, as libyaml reads it; an alias's name.
  var text = ""
  /// For an alias: where the node it stands for begins.
  var target: Int?
  /// For a block scalar: after its indicators (`|-`), before a comment or line break.
  var headerEnd: Int?
  var items: [YAMLNode] = []
  /// For a block sequence: where each item's dash stands.
  var dashes: [Int] = []
  var pairs: [YAMLPair] = []

  init(_ kind: Kind, _ range: Range<Int>) {
    self.kind = kind
    start = range.lowerBound
    contentStart = range.lowerBound
    end = range.upperBound
  }

  var isScalar: Bool {
    if case .scalar = kind { true } else { false }
  }

  var isMapping: Bool { kind == .mapping(isFlow: true) || kind == .mapping(isFlow: false) }
  var isSequence: Bool { kind == .sequence(isFlow: true) || kind == .sequence(isFlow: false) }
  var isFlow: Bool { kind == .mapping(isFlow: true) || kind == .sequence(isFlow: true) }

  /// Nothing is there, or a plain scalar that YAML reads as null.
  var isNull: Bool {
    switch kind {
    case .scalar(.absent): tag == nil
    case .scalar(.plain): tag == nil && PlainScalar.isNull(text)
    default: false
    }
  }

  func pair(_ key: String) -> YAMLPair? {
    pairs.first { $0.key.isScalar && $0.key.text == key }
  }

  /// The same document, wherever it stands: kinds, styles, values, anchors, tags and order.
  func means(_ other: YAMLNode) -> Bool {
    kind == other.kind && text == other.text && anchor == other.anchor && tag == other.tag
      && items.count == other.items.count && pairs.count == other.pairs.count
      && zip(items, other.items).allSatisfy { $0.means($1) }
      && zip(pairs, other.pairs).allSatisfy { $0.means($1) }
  }
}

struct YAMLPair {
  var key: YAMLNode
  var value: YAMLNode
  /// Nil for `{key}`, which has none.
  var colon: Int?

  func means(_ other: YAMLPair) -> Bool { key.means(other.key) && value.means(other.value) }
}

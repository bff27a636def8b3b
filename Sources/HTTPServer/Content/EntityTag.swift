/// Names one state of one representation (RFC 9110 section 8.8.3).
package struct EntityTag: Hashable, Sendable, CustomStringConvertible {
  package let opaque: String
  package let isWeak: Bool

  /// - Parameter opaque: letters, digits and the like; without quotes.
  package init(_ opaque: String, isWeak: Bool = false) {
    self.opaque = opaque
    self.isWeak = isWeak
  }

  package var description: String { isWeak ? "W/\"\(opaque)\"" : "\"\(opaque)\"" }

  /// For a representation that says the same in other bytes.
  package var weakened: EntityTag { EntityTag(opaque, isWeak: true) }

  /// Nil: not one entity tag.
  package init?(parsing text: String) {
    var scanner = FieldScanner(text)
    guard let tag = Self.next(&scanner), scanner.isAtEnd else { return nil }
    self = tag
  }

  /// Section 8.8.3.2: the bytes are the same.
  package static func strongly(_ left: EntityTag, equals right: EntityTag) -> Bool {
    !left.isWeak && !right.isWeak && left.opaque == right.opaque
  }

  /// Section 8.8.3.2: either may stand for the other.
  package static func weakly(_ left: EntityTag, equals right: EntityTag) -> Bool {
    left.opaque == right.opaque
  }

  static func next(_ scanner: inout FieldScanner) -> EntityTag? {
    var isWeak = false
    if scanner.take(UInt8(ascii: "W")) {
      guard scanner.take(UInt8(ascii: "/")) else { return nil }
      isWeak = true
    }
    guard scanner.take(UInt8(ascii: "\"")) else { return nil }
    let opaque = scanner.take { $0 == 0x21 || (0x23...0x7E).contains($0) || $0 >= 0x80 }
    guard scanner.take(UInt8(ascii: "\"")) else { return nil }
    return EntityTag(String(decoding: opaque, as: UTF8.self), isWeak: isWeak)
  }
}

/// The value of `If-Match` or `If-None-Match`.
enum EntityTagList: Hashable, Sendable {
  case any
  case tags([EntityTag])

  /// Nil: malformed.
  init?(_ value: String) {
    if value == "*" {
      self = .any
      return
    }
    var scanner = FieldScanner(value)
    guard let tags = scanner.list(EntityTag.next), !tags.isEmpty else { return nil }
    self = .tags(tags)
  }

  func contains(where isMatch: (EntityTag) -> Bool) -> Bool {
    switch self {
    case .any: true
    case .tags(let tags): tags.contains(where: isMatch)
    }
  }
}

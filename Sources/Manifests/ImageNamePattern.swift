/// How kustomize matches an entry's `name` against a container's image: as a regular expression
/// that nobody escaped (api/internal/image, `^name(:tag)?(@digest)?$`).
struct ImageNamePattern {
  private let name: String
  /// What a match begins with; nil if the name is no expression, but for its dots.
  private let beginning: [UInt8]?

  init(_ name: String) {
    self.name = name
    let bytes = Array(name.utf8)
    guard let first = bytes.firstIndex(where: Self.special.contains) else {
      beginning = nil
      return
    }
    // The byte before `*`, `?` or `{` need not be there, and either side of a `|` does.
    beginning = bytes.contains(UInt8(ascii: "|")) ? [] : Array(bytes[..<first].dropLast())
  }

  /// Whether this name may also catch an image of another name. An expression is not run: one that
  /// is made for it keeps a backtracking matcher busy for ever (R12). It may catch all that begins
  /// as it does.
  func mayCatch(_ other: String) -> Bool {
    guard other != name else { return false }
    if let beginning {
      return other.utf8.count >= beginning.count && Self.agree(beginning, other.utf8)
    }
    return name.utf8.count == other.utf8.count && Self.agree(name.utf8, other.utf8)
  }

  private static let special = Set("*+?()[]{}|^$\\".utf8)

  private static func agree(
    _ pattern: some Sequence<UInt8>, _ text: some Sequence<UInt8>
  ) -> Bool {
    zip(pattern, text).allSatisfy { $0 == $1 || $0 == UInt8(ascii: ".") }
  }
}

/// How kustomize matches an entry's `name` against a container's image: as a regular expression
/// that nobody escaped (api/internal/image, `^name(:tag)?(@digest)?$`).
struct ImageNamePattern {
  private let name: String
  /// The name without `^` before it and `$` after it.
  private let bytes: [UInt8]
  /// What every match begins and ends with; nil if the name is no expression, but for its dots.
  private let literal: (beginning: [UInt8], end: [UInt8])?

  init(_ name: String) {
    self.name = name
    var bytes = Array(name.utf8)
    if bytes.first == UInt8(ascii: "^") { bytes.removeFirst() }
    if bytes.last == UInt8(ascii: "$") { bytes.removeLast() }
    self.bytes = bytes
    guard let first = bytes.firstIndex(where: Self.special.contains),
      let last = bytes.lastIndex(where: Self.special.contains)
    else {
      literal = nil
      return
    }
    // Either side of a `|` need not be there, and neither the byte before `*`, `?` or `{`.
    guard !bytes.contains(UInt8(ascii: "|")) else {
      literal = ([], [])
      return
    }
    let end = Array(bytes[(last + 1)...])
    literal = (
      Array(bytes[..<first].dropLast()), Self.endsName(end, of: bytes[...last]) ? end : []
    )
  }

  /// Whether `end` is what the image's name ends with in every match, behind `start`: nothing before
  /// it may change what it means, and no part of it may stand in a tag or a digest, which have no `/`.
  private static func endsName(_ end: [UInt8], of start: ArraySlice<UInt8>) -> Bool {
    guard let last = start.last, closing.contains(last),
      start.allSatisfy({ $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "$") }),
      !zip(start, start.dropFirst()).contains(where: {
        $0 == UInt8(ascii: "(") && $1 == UInt8(ascii: "?")
      }),
      let slash = end.lastIndex(of: UInt8(ascii: "/"))
    else { return false }
    return end[slash...].allSatisfy { !".:@".utf8.contains($0) }
  }

  /// Whether this name may also catch an image of another name. An expression is not run: one that
  /// is made for it keeps a backtracking matcher busy for ever (R12). It may catch all that begins
  /// and ends as it does.
  func mayCatch(_ other: String) -> Bool {
    guard other != name else { return false }
    let other = Array(other.utf8)
    if let literal {
      return other.count >= max(literal.beginning.count, literal.end.count)
        && Self.agree(literal.beginning, other)
        && Self.agree(literal.end, other.suffix(literal.end.count))
    }
    return bytes.count == other.count && Self.agree(bytes, other)
  }

  private static let special = Set("*+?()[]{}|^$\\".utf8)
  /// What a part of an expression ends with.
  private static let closing = Set("*+?)]}".utf8)

  private static func agree(
    _ pattern: some Sequence<UInt8>, _ text: some Sequence<UInt8>
  ) -> Bool {
    zip(pattern, text).allSatisfy { $0 == $1 || $0 == UInt8(ascii: ".") }
  }
}

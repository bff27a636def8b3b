/// One pattern of a path filter, compiled.
///
/// `*` is any run of characters without `/`, `**` any run at all, `**/` nothing or any run that
/// ends in `/`; `?` makes the character before it optional, `+` allows it once or more; `[a-z0]` is
/// one letter or digit; `\` takes the meaning from the character after it. A leading `!` negates.
///
/// 1. Literal text at either end is compared as it is: `backend/**` is nothing but a prefix.
/// 2. Three frequent middles have their own test. 3. The rest runs through an automaton whose time
/// grows with the path's length only: no pattern can make it back-track.
///
/// A class, because a thousand filters look at ten thousand files, and to copy a structure of four
/// arrays takes longer than to compare a path.
package final class PathPattern: Sendable {
  /// As configured, with its `!`.
  package let text: String
  package let isNegated: Bool
  /// What every path that matches begins with.
  let prefix: [UInt8]
  private let suffix: [UInt8]
  private let middle: Middle

  private enum Middle: Sendable {
    case nothing
    /// `**`
    case anything
    /// `*`
    case withinComponent
    /// `**/*`
    case anyDirectoryThenName
    case automaton(PatternAutomaton)
  }

  package init(_ text: String) throws(PathPatternError) {
    var syntax = PathPatternSyntax(text)
    let elements = try syntax.parse()
    let literals = elements.map(\.literalBytes)
    let leading = literals.prefix { $0 != nil }.count
    let trailing = literals[leading...].reversed().prefix { $0 != nil }.count
    self.text = text
    isNegated = syntax.isNegated
    prefix = literals.prefix(leading).flatMap { $0 ?? [] }
    suffix = literals.suffix(trailing).flatMap { $0 ?? [] }
    let rest = elements[leading..<(elements.count - trailing)]
    switch rest.map(\.atom) {
    case []: middle = .nothing
    case [.anything]: middle = .anything
    case [.withinComponent]: middle = .withinComponent
    case [.directories, .withinComponent]: middle = .anyDirectoryThenName
    default: middle = .automaton(PatternAutomaton(rest))
    }
  }

  package func matches(_ path: borrowing Span<UInt8>) -> Bool {
    let end = path.count - suffix.count
    guard prefix.count <= end else { return false }
    for index in prefix.indices where path[index] != prefix[index] { return false }
    for index in suffix.indices where path[end + index] != suffix[index] { return false }
    switch middle {
    case .nothing:
      return prefix.count == end
    case .anything:
      return true
    case .withinComponent:
      for index in prefix.count..<end where path[index] == UInt8(ascii: "/") { return false }
      return true
    case .anyDirectoryThenName:
      // `(.+/)?[^/]*`: a directory has a name, so the last slash cannot be the first byte.
      var index = end
      while index > prefix.count {
        index -= 1
        if path[index] == UInt8(ascii: "/") { return index > prefix.count }
      }
      return true
    case .automaton(let automaton):
      return automaton.matches(path.extracting(prefix.count..<end))
    }
  }
}

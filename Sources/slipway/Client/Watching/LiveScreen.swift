import Glibc

/// Lines at the end of a terminal that are drawn again and again, below those that stay.
struct LiveScreen {
  private var drawn: [StyledText] = []

  /// What to write so that `lines` stay above and `block` stands below them, in place of the block
  /// before.
  mutating func text(adding lines: [StyledText], block: [StyledText], inColour: Bool) -> String {
    if lines.isEmpty, block == drawn { return "" }
    // ECMA-48: cursor up, to the first column, erase to the end of the screen.
    let erase = !drawn.isEmpty ? "\u{1B}[\(drawn.count)A\r\u{1B}[J" : ""
    drawn = block
    return erase + (lines + block).map { $0.rendered(inColour: inColour) + "\n" }.joined()
  }
}

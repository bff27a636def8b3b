/// A line for a terminal: pieces of text, each in one style. Whatever it is made of, it holds
/// nothing that a terminal would obey: subjects, names and reasons come from people, and a commit's
/// subject must not move the cursor.
struct StyledText: Hashable, Sendable, ExpressibleByStringInterpolation {
  enum Style: Hashable, Sendable { case plain, bold, dim, green, red, yellow, cyan }

  struct Piece: Hashable, Sendable {
    var text: String
    var style: Style
  }

  private(set) var pieces: [Piece]

  init(_ text: some StringProtocol, _ style: Style = .plain) {
    pieces = text.isEmpty ? [] : [Piece(text: Self.harmless(text), style: style)]
  }

  init(stringLiteral text: String) { self.init(text) }

  private init(pieces: [Piece]) { self.pieces = pieces }

  static func + (left: StyledText, right: StyledText) -> StyledText {
    StyledText(pieces: left.pieces + right.pieces)
  }

  static func += (left: inout StyledText, right: StyledText) { left = left + right }

  var isEmpty: Bool { pieces.isEmpty }
  var width: Int { pieces.reduce(0) { $0 + DisplayWidth.of($1.text) } }
  /// Without styles.
  var text: String { pieces.map(\.text).joined() }

  /// At most so many columns, the last of them `…` where something had to go.
  func truncated(to limit: Int) -> StyledText {
    guard width > limit else { return self }
    guard limit > 0 else { return "" }
    var left = limit - 1
    var kept: [Piece] = []
    for piece in pieces {
      var text = ""
      for character in piece.text {
        let width = DisplayWidth.of(character)
        guard width <= left else {
          kept.append(Piece(text: text + "…", style: piece.style))
          return StyledText(pieces: kept)
        }
        text.append(character)
        left -= width
      }
      kept.append(Piece(text: text, style: piece.style))
    }
    return StyledText(pieces: kept)
  }

  func padded(to width: Int, onTheLeft: Bool = false) -> StyledText {
    let missing = width - self.width
    guard missing > 0 else { return self }
    let space = StyledText(String(repeating: " ", count: missing))
    return onTheLeft ? space + self : self + space
  }

  /// What is written to the terminal; without colour, the text alone.
  func rendered(inColour: Bool) -> String {
    guard inColour else { return text }
    return pieces.map { piece in
      let codes: String? =
        switch piece.style {
        case .plain: nil
        case .bold: "1"
        case .dim: "2"
        case .green: "32"
        case .red: "31"
        case .yellow: "33"
        case .cyan: "36"
        }
      return codes.map { "\u{1B}[\($0)m\(piece.text)\u{1B}[0m" } ?? piece.text
    }.joined()
  }

  /// On one line, with nothing in it that acts: controls, and what reverses the direction of text.
  private static func harmless(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09, 0x0A, 0x0D, 0x2028, 0x2029: result.append(" ")
      case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069:
        result.unicodeScalars.append("\u{FFFD}")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Sequence<StyledText> {
  func joined(by separator: StyledText) -> StyledText {
    var joined: StyledText = ""
    for (index, text) in enumerated() { joined += index == 0 ? text : separator + text }
    return joined
  }
}

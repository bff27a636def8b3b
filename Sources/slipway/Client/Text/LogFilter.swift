/// Makes a build's log fit for a terminal. Whoever may push chooses what a build prints, and a
/// terminal obeys more than colours: titles, the clipboard, the cursor, reports typed back.
///
/// Kept: text in UTF-8, tabs, line ends, carriage returns and backspaces (progress bars), colours (`CSI … m`)
/// and the erasing of a line (`CSI … K`). Everything else of ECMA-48 is dropped. A value: bytes in,
/// bytes out, wherever they are cut.
struct LogFilter {
  private enum State {
    case text
    /// Within a character of several bytes, which is kept when it is whole: what is dropped out of
    /// its middle must not make another of its halves.
    case character([UInt8], missing: Int)
    case escape
    case sequence(parameters: [UInt8], isForeign: Bool)
    /// OSC, DCS and their like, up to ST or BEL; or to the line's end, so that one without an end
    /// does not swallow the log.
    case string
    case stringEscape
  }

  private static let escape: UInt8 = 0x1B
  /// Longer than any colour needs.
  private static let parameterLimit = 64

  private var state = State.text
  private var isColoured = false
  private var lastByte = UInt8(ascii: "\n")

  mutating func pass(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var kept: [UInt8] = []
    for byte in bytes { take(byte, &kept) }
    lastByte = kept.last ?? lastByte
    return kept
  }

  /// What leaves the terminal as it was: its own colour, and a line of its own.
  func end() -> [UInt8] {
    (isColoured ? Array("\u{1B}[0m".utf8) : [])
      + (lastByte == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")])
  }

  private mutating func take(_ byte: UInt8, _ kept: inout [UInt8]) {
    switch state {
    case .text: text(byte, &kept)
    case .character(let bytes, let missing):
      state = .text
      guard (0x80...0xBF).contains(byte) else { return text(byte, &kept) }
      let character = bytes + [byte]
      if missing > 1 {
        state = .character(character, missing: missing - 1)
      } else if Self.isHarmless(character) {
        kept += character
      }
    case .escape: escape(byte, &kept)
    case .sequence(let parameters, let isForeign):
      sequence(byte, parameters, isForeign, &kept)
    case .string:
      switch byte {
      case 0x07: state = .text
      case Self.escape: state = .stringEscape
      case UInt8(ascii: "\n"):
        state = .text
        kept.append(byte)
      default: break
      }
    case .stringEscape:
      state = .text
      if byte != UInt8(ascii: "\\") { escape(byte, &kept) }
    }
  }

  private mutating func text(_ byte: UInt8, _ kept: inout [UInt8]) {
    switch byte {
    case Self.escape: state = .escape
    case 0x08, 0x09, 0x0A, 0x0D, 0x20..<0x7F: kept.append(byte)
    case 0xC2...0xDF: state = .character([byte], missing: 1)
    case 0xE0...0xEF: state = .character([byte], missing: 2)
    case 0xF0...0xF4: state = .character([byte], missing: 3)
    default: break
    }
  }

  /// UTF-8, in no more bytes than it takes (RFC 3629), and none of the C1 controls.
  private static func isHarmless(_ character: [UInt8]) -> Bool {
    String(validating: character, as: UTF8.self)?.unicodeScalars
      .allSatisfy { $0.value > 0x9F } ?? false
  }

  private mutating func escape(_ byte: UInt8, _ kept: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "["): state = .sequence(parameters: [], isForeign: false)
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"),
      UInt8(ascii: "_"):
      state = .string
    case 0x20...0x2F: state = .escape
    case 0x30...0x7E: state = .text
    default:
      state = .text
      text(byte, &kept)
    }
  }

  private mutating func sequence(
    _ byte: UInt8, _ parameters: [UInt8], _ isForeign: Bool, _ kept: inout [UInt8]
  ) {
    switch byte {
    case 0x20...0x3F:
      let isPlain = (UInt8(ascii: "0")...UInt8(ascii: ";")).contains(byte)
      state = .sequence(
        parameters: Array((parameters + [byte]).prefix(Self.parameterLimit)),
        isForeign: isForeign || !isPlain || parameters.count >= Self.parameterLimit)
    case 0x40...0x7E:
      state = .text
      let isColour = byte == UInt8(ascii: "m")
      guard !isForeign, isColour || byte == UInt8(ascii: "K") else { return }
      isColoured = isColoured || isColour
      kept += [Self.escape, UInt8(ascii: "[")] + parameters + [byte]
    default:
      state = .text
      text(byte, &kept)
    }
  }
}

/// Checks chunk extensions (RFC 9112 section 7.1.1), one byte at a time:
/// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`.
///
/// Nobody reads them, but where they end has to be beyond doubt: a front end that looks for the end
/// of a quoted string, or takes a line feed for the end of the line, would find other chunks than
/// we do. A quoted string holds no CR and no LF, so neither is ever passed over.
enum ChunkExtension: Sendable {
  /// Before the semicolon: whitespace after the size, a name or a value.
  case gap
  case beforeName, name, afterName
  case beforeValue, value
  case quoted, escaped, closed

  /// Whether the line may end here.
  var mayEnd: Bool {
    switch self {
    case .name, .value, .closed: true
    case .gap, .beforeName, .afterName, .beforeValue, .quoted, .escaped: false
    }
  }

  /// The state after `byte`; nil: it may not stand here.
  func next(_ byte: UInt8) -> ChunkExtension? {
    switch self {
    case .gap:
      Self.isBlank(byte) ? .gap : byte == Self.semicolon ? .beforeName : nil
    case .beforeName:
      Self.isBlank(byte) ? .beforeName : byte.isToken ? .name : nil
    case .name:
      byte.isToken ? .name : afterName(byte)
    case .afterName:
      afterName(byte)
    case .beforeValue:
      Self.isBlank(byte)
        ? .beforeValue : byte == Self.quote ? .quoted : byte.isToken ? .value : nil
    case .value:
      byte.isToken ? .value : Self.gap.next(byte)
    case .quoted:
      byte == Self.quote
        ? .closed : byte == Self.backslash ? .escaped : byte.isText ? .quoted : nil
    case .escaped:
      byte.isText ? .quoted : nil
    case .closed:
      Self.gap.next(byte)
    }
  }

  private func afterName(_ byte: UInt8) -> ChunkExtension? {
    if Self.isBlank(byte) { return .afterName }
    if byte == UInt8(ascii: "=") { return .beforeValue }
    return byte == Self.semicolon ? .beforeName : nil
  }

  private static let semicolon = UInt8(ascii: ";")
  private static let quote = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")

  private static func isBlank(_ byte: UInt8) -> Bool { byte == Byte.space || byte == Byte.tab }
}

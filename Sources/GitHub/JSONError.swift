/// Why bytes are not a JSON text, and where.
package struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Reason: String, Hashable, Sendable {
    case unexpectedEnd = "the text ends too early"
    case unexpectedByte = "this byte may not stand here"
    case trailingBytes = "something follows the value"
    case tooDeep = "values are nested too deeply"
    case badLiteral = "neither true, false nor null"
    case badNumber = "not a number"
    case badEscape = "not an escape sequence"
    case controlCharacter = "a control character inside a string"
    case badUTF8 = "not UTF-8"
  }

  /// Of the offending byte, from the beginning of the text.
  package var offset: Int
  package var reason: Reason

  package init(offset: Int, reason: Reason) {
    self.offset = offset
    self.reason = reason
  }

  package var description: String { "invalid JSON at byte \(offset): \(reason.rawValue)" }
}

/// Reads a flat JSON object (RFC 8259). What that costs grows with the length of the text, whatever is
/// in it, so strangers may send it (R12).
package struct JSONMembers {
  package enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number
    case string(String)
  }

  package enum Refusal: Error, Hashable, Sendable {
    case invalid(JSONError)
    /// The member is an array or an object. What is in it, and behind it, was not looked at.
    case nested(name: String)
  }

  private let text: [UInt8]
  private var offset = 0

  private init(_ text: [UInt8]) { self.text = text }

  /// Of equal names the last counts, as in `JSONScanner`.
  package static func read(_ text: [UInt8]) throws(Refusal) -> [String: Value] {
    var members: [String: Value] = [:]
    var nested: String?
    do throws(JSONError) {
      nested = try JSONMembers(text).read(into: &members)
    } catch {
      throw .invalid(error)
    }
    if let nested { throw .nested(name: nested) }
    return members
  }

  /// Returns the name of a member that is nested.
  private consuming func read(into members: inout [String: Value]) throws(JSONError) -> String? {
    try pass("{")
    if peek() != UInt8(ascii: "}") {
      while true {
        let name = try string()
        try pass(":")
        guard let value = try value() else { return name }
        members[name] = value
        if peek() != UInt8(ascii: ",") { break }
        try pass(",")
      }
    }
    try pass("}")
    if peek() != nil { throw JSONError(offset: offset, reason: .trailingBytes) }
    return nil
  }

  /// Nil: an array or an object begins.
  private mutating func value() throws(JSONError) -> Value? {
    switch peek() {
    case UInt8(ascii: "["), UInt8(ascii: "{"): return nil
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case nil: throw JSONError(offset: offset, reason: .unexpectedEnd)
    default:
      offset = try JSONLexer.skipNumber(text.span.bytes, from: offset)
      return .number
    }
  }

  private mutating func literal(
    _ text: StaticString, _ value: Value
  ) throws(JSONError) -> Value {
    offset = try JSONLexer.skipLiteral(text, self.text.span.bytes, from: offset)
    return value
  }

  private mutating func string() throws(JSONError) -> String {
    guard let quote = peek(), quote == UInt8(ascii: "\"") else { throw unexpected }
    var token = JSONToken(kind: .string, start: offset, end: offset)
    offset = try JSONLexer.skipString(
      text.span.bytes, from: offset, hasEscapes: &token.hasEscapes)
    token.end = offset
    return token.string(in: text) ?? ""
  }

  private mutating func pass(_ byte: Unicode.Scalar) throws(JSONError) {
    guard let next = peek(), next == UInt8(ascii: byte) else { throw unexpected }
    offset += 1
  }

  /// The next byte that is no white space; nil at the end.
  private mutating func peek() -> UInt8? {
    offset = JSONLexer.skipWhitespace(text.span.bytes, from: offset)
    return JSONLexer.optionalByte(text.span.bytes, offset)
  }

  private var unexpected: JSONError {
    JSONError(
      offset: offset, reason: offset < text.count ? .unexpectedByte : .unexpectedEnd)
  }
}

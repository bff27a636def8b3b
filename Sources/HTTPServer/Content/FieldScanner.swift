import HTTPWire

/// Reads a field's value from left to right (RFC 9110 section 5.6).
struct FieldScanner {
  private var rest: ArraySlice<UInt8>

  init(_ value: String) { rest = Array(value.utf8)[...] }

  var isAtEnd: Bool { rest.isEmpty }

  /// OWS.
  mutating func skipSpace() {
    rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
  }

  /// True if `byte` comes next; it is then behind us.
  mutating func take(_ byte: UInt8) -> Bool {
    guard rest.first == byte else { return false }
    rest = rest.dropFirst()
    return true
  }

  mutating func take(while isWanted: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    let taken = rest.prefix(while: isWanted)
    rest = rest.dropFirst(taken.count)
    return taken
  }

  /// A token in lower case; nil if there is none.
  mutating func token() -> String? {
    let taken = take(while: \.isToken)
    return taken.isEmpty ? nil : String(decoding: taken, as: UTF8.self).lowercased()
  }

  /// Calls `element` for each element of a list (section 5.6.1), with this scanner before it; empty
  /// elements are passed over. Nil as soon as an element is nil, or is followed by neither comma nor
  /// end.
  mutating func list<Element>(
    _ element: (inout FieldScanner) -> Element?
  ) -> [Element]? {
    var elements: [Element] = []
    while true {
      skipSpace()
      if isAtEnd { return elements }
      if take(UInt8(ascii: ",")) { continue }
      guard let next = element(&self) else { return nil }
      elements.append(next)
      skipSpace()
      guard isAtEnd || take(UInt8(ascii: ",")) else { return nil }
    }
  }
}

/// Why a pattern was refused, in words that say what to write instead.
package enum PathPatternError: Error, Hashable, Sendable, CustomStringConvertible {
  case empty
  case tooLong
  case danglingBackslash
  case emptyBrackets
  case openBracket
  case notInBrackets(Character)
  case badRange(String)
  case nothingToRepeat(Character)

  package var description: String {
    switch self {
    case .empty: "is empty"
    case .tooLong: "is longer than \(PathPatternSyntax.maximumLength) bytes"
    case .danglingBackslash: "ends in a backslash: write \\\\ for a backslash"
    case .emptyBrackets: "has empty brackets: write \\[ for a bracket"
    case .openBracket: "has a [ without ]: write \\[ for a bracket"
    case .notInBrackets(let character):
      "has ‘\(character)’ in brackets, which hold letters, digits and _ only"
    case .badRange(let range):
      "has the range [\(range)]: a range goes from a lower to a higher letter or digit, as in "
        + "a-z, A-Z, 0-9"
    case .nothingToRepeat(let character):
      "has a ‘\(character)’ that follows a wildcard or another repetition: it belongs to the one "
        + "character before it; write \\\(character) for the character itself"
    }
  }
}

/// Reads a pattern into its elements.
///
/// The grammar follows nektos/act's `workflowpattern`, which turns GitHub's table into regular
/// expressions; where that leaves a case to the regular expression engine, the case is decided
/// here: 1. a leading `?` or `+` is itself. 2. `?` after something already repeated changes nothing
/// (there: "lazy"). 3. `+` there is an error. 4. `^` in brackets is not a negation but an error.
struct PathPatternSyntax {
  /// Patterns come from a file that people write; automata grow with the square of this.
  static let maximumLength = 1024

  enum Atom: Hashable {
    /// One character, as UTF-8.
    case character([UInt8])
    case oneOf(ByteSet)
    case withinComponent, anything, directories
  }

  enum Repetition: Hashable { case once, optional, oneOrMore }

  struct Element: Hashable {
    var atom: Atom
    var repetition = Repetition.once
    var isLazy = false

    /// Nil for anything but one plain character.
    var literalBytes: [UInt8]? {
      if case .character(let bytes) = atom, repetition == .once { bytes } else { nil }
    }
  }

  private let scalars: [Unicode.Scalar]
  private var position: Int
  let isNegated: Bool

  init(_ text: String) {
    scalars = Array(text.unicodeScalars)
    isNegated = scalars.first == "!"
    position = isNegated ? 1 : 0
  }

  mutating func parse() throws(PathPatternError) -> [Element] {
    guard position < scalars.count else { throw .empty }
    guard scalars.reduce(0, { $0 + UTF8.width($1) }) <= Self.maximumLength else { throw .tooLong }
    var elements: [Element] = []
    while let scalar = next() {
      switch scalar {
      case "*" where !take("*"):
        elements.append(Element(atom: .withinComponent))
      case "*":
        elements.append(Element(atom: take("/") ? .directories : .anything))
      case "?", "+":
        if elements.isEmpty {
          elements.append(Self.literal(scalar))
        } else {
          try repeatLast(of: &elements, by: scalar)
        }
      case "[":
        elements.append(Element(atom: .oneOf(try brackets())))
      case "\\":
        guard let escaped = next() else { throw .danglingBackslash }
        elements.append(Self.literal(escaped))
      default:
        elements.append(Self.literal(scalar))
      }
    }
    return elements
  }

  private func repeatLast(
    of elements: inout [Element], by scalar: Unicode.Scalar
  ) throws(PathPatternError) {
    let last = elements.count - 1
    let isRepeated =
      switch elements[last].atom {
      case .withinComponent, .anything, .directories: true
      case .character, .oneOf: elements[last].repetition != .once
      }
    if !isRepeated {
      elements[last].repetition = scalar == "?" ? .optional : .oneOrMore
    } else if scalar == "?", !elements[last].isLazy {
      elements[last].isLazy = true
    } else {
      throw .nothingToRepeat(Character(scalar))
    }
  }

  /// After `[`.
  private mutating func brackets() throws(PathPatternError) -> ByteSet {
    var set = ByteSet()
    var previous: UInt8?
    guard !take("]") else { throw .emptyBrackets }
    while let scalar = next() {
      if scalar == "]" { return set }
      if scalar == "-" {
        guard let low = previous, let end = next() else { throw .badRange("-") }
        guard let high = UInt8(exactly: end.value), Self.isRange(low, high) else {
          throw .badRange("\(Unicode.Scalar(low))-\(end)")
        }
        for byte in low...high { set.insert(byte) }
        previous = nil
      } else {
        guard let byte = UInt8(exactly: scalar.value),
          isASCIILetterOrDigit(byte) || byte == UInt8(ascii: "_")
        else { throw .notInBrackets(Character(scalar)) }
        set.insert(byte)
        previous = byte
      }
    }
    throw .openBracket
  }

  private static func isRange(_ low: UInt8, _ high: UInt8) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return isASCIILetterOrDigit(low) && isASCIILetterOrDigit(high) && low <= high
      && digits.contains(low) == digits.contains(high)
  }

  private static func literal(_ scalar: Unicode.Scalar) -> Element {
    Element(atom: .character(Array(String(Character(scalar)).utf8)))
  }

  private mutating func next() -> Unicode.Scalar? {
    guard position < scalars.count else { return nil }
    defer { position += 1 }
    return scalars[position]
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard position < scalars.count, scalars[position] == scalar else { return false }
    position += 1
    return true
  }
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
  private var low = UInt128(0)
  private var high = UInt128(0)

  static let all: ByteSet = {
    var set = ByteSet()
    set.low = .max
    set.high = .max
    return set
  }()

  mutating func insert(_ byte: UInt8) {
    if byte < 128 { low |= 1 << UInt128(byte) } else { high |= 1 << UInt128(byte - 128) }
  }

  mutating func remove(_ byte: UInt8) {
    if byte < 128 { low &= ~(1 << UInt128(byte)) } else { high &= ~(1 << UInt128(byte - 128)) }
  }

  func contains(_ byte: UInt8) -> Bool {
    byte < 128 ? low >> UInt128(byte) & 1 == 1 : high >> UInt128(byte - 128) & 1 == 1
  }
}

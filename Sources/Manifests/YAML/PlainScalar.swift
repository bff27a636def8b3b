/// Which unquoted scalars some reader takes for something else than text.
///
/// A tag that is all digits, or digits around an `e`, makes kustomize refuse the whole file
/// (5.6 % of seven-digit commit ids). What counts here is both YAML 1.1 and 1.2, since readers of
/// both look at the same file.
enum PlainScalar {
  static func isNull(_ text: String) -> Bool {
    ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// True if every reader agrees that this is a string.
  static func isText(_ text: String) -> Bool {
    !isNull(text) && !isBoolean(text) && !isNumber(text) && !isDate(text)
  }

  private static func isBoolean(_ text: String) -> Bool {
    ["y", "n", "yes", "no", "true", "false", "on", "off"].contains(text.lowercased())
  }

  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    guard !rest.isEmpty else { return false }
    if [".inf", ".nan"].contains(String(rest)?.lowercased()) { return true }
    if rest.first == UInt8(ascii: "0"), let radix = rest.dropFirst().first {
      let digits = rest.dropFirst(2)
      let allowed: String.UTF8View? =
        switch radix | 0x20 {
        case UInt8(ascii: "x"): "0123456789abcdefABCDEF_".utf8
        case UInt8(ascii: "o"): "01234567_".utf8
        case UInt8(ascii: "b"): "01_".utf8
        default: nil
        }
      if let allowed, digits.allSatisfy({ allowed.contains($0) }) { return true }
    }
    return isDecimal(rest)
  }

  /// `1_000`, `1.10`, `.5`, `12e4567`, and the sexagesimal `1:30` of YAML 1.1.
  private static func isDecimal(_ text: Substring.UTF8View) -> Bool {
    var rest = text
    func isDigit(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    let isMantissaByte: (UInt8) -> Bool = { byte in
      isDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ":")
    }
    let whole = rest.prefix(while: isMantissaByte)
    rest = rest[whole.endIndex...]
    var fraction = rest.prefix(0)
    if rest.first == UInt8(ascii: ".") {
      fraction = rest.dropFirst().prefix(while: isMantissaByte)
      rest = rest[fraction.endIndex...]
    }
    guard whole.contains(where: isDigit) || fraction.contains(where: isDigit) else { return false }
    guard let exponent = rest.first else { return true }
    guard exponent | 0x20 == UInt8(ascii: "e") else { return false }
    rest = rest.dropFirst()
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
      rest = rest.dropFirst()
    }
    return !rest.isEmpty && rest.allSatisfy(isDigit)
  }

  /// `2025-01-31` and everything longer that begins so.
  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].utf8.count == 4, (1...2).contains(parts[1].utf8.count),
      parts[2].utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true
    else { return false }
    return (parts[0] + parts[1]).utf8.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
    }
  }
}

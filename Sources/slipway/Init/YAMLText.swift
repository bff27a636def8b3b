/// Values as YAML, on one line.
enum YAMLText {
  /// Plain where every reader takes it for text and for nothing else, quoted elsewhere.
  static func scalar(_ text: String) -> String {
    let punctuation = Set("-_./@".utf8)
    let isPlain =
      text.utf8.allSatisfy { isLetterOrDigit($0) || punctuation.contains($0) }
      && text.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } == true
      && !reserved.contains(text.lowercased())
    let isAddress =
      text.hasPrefix("https://")
      && text.dropFirst(8).utf8.allSatisfy {
        isLetterOrDigit($0) || punctuation.contains($0) || $0 == UInt8(ascii: ":")
      } && text.utf8.last != UInt8(ascii: ":")
    // `localhost:5000/x`: a colon before a blank alone begins a value, and flow knows no other.
    return isPlain || isAddress || text == "." ? text : quoted(text)
  }

  /// YAML 1.1's words for truth and nothing, which some readers still take for them.
  private static let reserved: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "null", "y", "n",
  ]

  /// In single quotes, which know one escape; what cannot stand there goes into double ones.
  static func quoted(_ text: String) -> String {
    let isPrintable = text.unicodeScalars.allSatisfy { scalar in
      scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) && scalar.value != 0x2028
        && scalar.value != 0x2029 && scalar.value != 0xFEFF
    }
    if isPrintable { return "'\(text.replacing("'", with: "''"))'" }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      default:
        if scalar.value >= 0x20, scalar.value < 0x7F {
          result.unicodeScalars.append(scalar)
        } else {
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.utf8.count) + digits
        }
      }
    }
    return result + "\""
  }

  static func list(_ items: [String]) -> String {
    "[\(items.map(quoted).joined(separator: ", "))]"
  }

  /// The root is `.`.
  static func path(_ path: String) -> String { path.isEmpty ? "." : path }

  /// What may stand behind `#`.
  static func comment(_ text: String) -> String { StyledText(text).text }
}

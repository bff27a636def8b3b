/// What is known of a workflow's expressions before it runs: `env`, the matrix, the repository.
struct WorkflowValues {
  /// Stands in a text for what only a run would know.
  static let unknown: Character = "\u{0}"
  /// R12: variables that name each other.
  private static let depthLimit = 8
  /// R12: of one text after expansion.
  private static let lengthLimit = 64 << 10

  var variables: [String: String] = [:]
  /// By `service`, or `service.name` where the matrix has mappings.
  var matrix: [String: String] = [:]
  /// `owner/name`; nil where the remote is not known.
  var repository: String?

  /// With `${{ … }}` replaced, and in scripts `$NAME` and `${NAME}`.
  func expanded(_ text: String, isScript: Bool = false) -> String {
    expanded(text, isScript: isScript, depth: 0)
  }

  private func expanded(_ text: String, isScript: Bool, depth: Int) -> String {
    guard depth < Self.depthLimit else { return String(Self.unknown) }
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$"), result.utf8.count < Self.lengthLimit {
      result += rest[..<dollar]
      rest = rest[dollar...]
      if rest.hasPrefix("${{"), let end = rest.firstRange(of: "}}") {
        let inside = rest[rest.index(rest.startIndex, offsetBy: 3)..<end.lowerBound]
        result += value(of: String(inside.trimmed), depth: depth)
        rest = rest[end.upperBound...]
      } else if isScript, let (name, after) = Self.variable(rest) {
        result +=
          variables[name].map { expanded($0, isScript: false, depth: depth + 1) }
          ?? String(Self.unknown)
        rest = rest[after...]
      } else {
        result.append("$")
        rest = rest.dropFirst()
      }
    }
    return result + rest
  }

  /// Of `a || b` the first that is something.
  private func value(of expression: String, depth: Int) -> String {
    let alternatives = expression.split(separator: "||").map { String($0.trimmed) }
    guard alternatives.count > 1 else { return single(expression, depth: depth) }
    for alternative in alternatives {
      let value = single(alternative, depth: depth)
      if !value.isEmpty { return value }
    }
    return ""
  }

  private func single(_ expression: String, depth: Int) -> String {
    let unknown = String(Self.unknown)
    switch expression {
    case "github.repository": return repository ?? unknown
    case "github.repository_owner":
      return repository.map { String($0.prefix { $0 != "/" }) } ?? unknown
    case "github.event.repository.name":
      return repository.map { PathText.name(of: $0) } ?? unknown
    case "github.workspace": return "."
    default: break
    }
    if expression.utf8.count >= 2, expression.hasPrefix("'"), expression.hasSuffix("'") {
      return String(expression.dropFirst().dropLast())
    }
    if expression.hasPrefix("env.") {
      return variables[String(expression.dropFirst(4))]
        .map { expanded($0, isScript: false, depth: depth + 1) } ?? unknown
    }
    if expression.hasPrefix("matrix.") {
      // A matrix is known whole: what it lacks is nothing.
      return matrix[String(expression.dropFirst("matrix.".count))] ?? ""
    }
    return unknown
  }

  /// `$NAME` or `${NAME}` at the beginning.
  private static func variable(_ text: Substring) -> (String, Substring.Index)? {
    let rest = text.dropFirst()
    if rest.first == "{" {
      guard let close = rest.firstIndex(of: "}") else { return nil }
      let name = String(rest[rest.index(after: rest.startIndex)..<close])
      return isVariableName(name) ? (name, rest.index(after: close)) : nil
    }
    let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
    return isVariableName(String(name)) ? (String(name), name.endIndex) : nil
  }
}

/// A place in the configuration file, both counted from one, the column in Unicode scalars.
struct Position: Hashable, Comparable, Sendable {
  var line: Int
  var column: Int

  static let start = Position(line: 1, column: 1)

  static func < (left: Self, right: Self) -> Bool {
    (left.line, left.column) < (right.line, right.column)
  }
}

struct Located<Value> {
  var value: Value
  var position: Position
}

extension Located: Equatable where Value: Equatable {}
extension Located: Hashable where Value: Hashable {}
extension Located: Sendable where Value: Sendable {}

/// One thing to say about the configuration file, in a sentence that says what to do. Never holds
/// the value of a secret.
struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
  enum Severity: Hashable, Sendable {
    case error
    /// The configuration holds, but hardly does what its author wants.
    case warning
    /// A key is understood, and what it asks for is not in this version.
    case note
  }

  var severity: Severity
  var file: String
  var position: Position
  var sentence: String

  var description: String {
    let label =
      switch severity {
      case .error: ""
      case .warning: "warning: "
      case .note: "note: "
      }
    return "\(file):\(position.line):\(position.column): \(label)\(sentence)"
  }
}

/// Everything that is wrong with a configuration file, in the file's order; never empty.
struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
  var errors: [ConfigurationProblem]
  /// Warnings and notes found on the way.
  var remarks: [ConfigurationProblem]

  var description: String { errors.map(\.description).joined(separator: "\n") }
}

import DeployModel

/// What one reading of one file shares: where relative paths begin, the environment, and everything
/// found so far. Errors do not stop the reading; the caller asks at the end.
final class ConfigurationReader {
  let file: String
  /// Absolute: the directory of the configuration file.
  let directory: String
  let environment: [String: String]
  /// What certificates are compared with.
  let now: Timestamp
  /// Variables that hold a secret of this configuration: no other program's business.
  var secretVariables: Set<String> = []
  private(set) var problems: [ConfigurationProblem] = []
  private var later: [LaterFeature: [Located<String>]] = [:]

  init(file: String, directory: String, environment: [String: String], now: Timestamp) {
    self.file = file
    self.directory = directory
    self.environment = environment
    self.now = now
  }

  func error(at position: Position, _ sentence: String) {
    add(.error, at: position, sentence)
  }

  func warning(at position: Position, _ sentence: String) {
    add(.warning, at: position, sentence)
  }

  /// A key whose feature this version does not have yet, and can do without.
  func note(_ feature: LaterFeature, at position: Position, _ path: String) {
    later[feature, default: []].append(Located(value: path, position: position))
  }

  var hasErrors: Bool { problems.contains { $0.severity == .error } }

  /// Everything found, in the file's order.
  func finished() -> [ConfigurationProblem] {
    let notes = later.map { feature, places in
      let sorted = places.sorted { $0.position < $1.position }
      let more = sorted.count > 1 ? " (and \(sorted.count - 1) more like it)" : ""
      return ConfigurationProblem(
        severity: .note, file: file, position: sorted.first?.position ?? .start,
        sentence: "`\(sorted.first?.value ?? "")`\(more): \(feature.sentence)")
    }
    return (problems + notes).sorted {
      ($0.position, $0.sentence) < ($1.position, $1.sentence)
    }
  }

  private func add(_ severity: ConfigurationProblem.Severity, at place: Position, _ text: String) {
    problems.append(
      ConfigurationProblem(severity: severity, file: file, position: place, sentence: text))
  }
}

/// Configuration that is understood and checked, and whose feature is not in this version.
enum LaterFeature: Hashable, CaseIterable {
  case buildCache

  var sentence: String {
    switch self {
    case .buildCache:
      "only `kind: buildkit` has its layers in a registry; this builder keeps its own on its disk"
    }
  }
}

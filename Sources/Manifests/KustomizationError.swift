package import DeployModel

/// Why a kustomization was not read or not changed, in a sentence that says what to do about it.
package struct KustomizationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `kustomization_missing` or `kustomization_invalid`.
  package var code: FailureCode
  /// From 1; nil where the trouble is not at one place.
  package var line: Int?
  /// From 1, in characters; nil exactly when `line` is.
  package var column: Int?
  package var message: String

  package init(
    code: FailureCode = .kustomizationInvalid, line: Int? = nil, column: Int? = nil,
    message: String
  ) {
    self.code = code
    self.line = line
    self.column = column
    self.message = message
  }

  /// `k8s/backend/kustomization.yaml:12:3: …`, as compilers write it.
  package func description(at path: String) -> String {
    guard let line, let column else { return "\(path): \(message)" }
    return "\(path):\(line):\(column): \(message)"
  }

  package var description: String {
    guard let line, let column else { return message }
    return "line \(line), column \(column): \(message)"
  }
}

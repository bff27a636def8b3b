import DeployModel
import Posix

/// What a call of buildah that failed means, from its exit and the end of its log.
enum BuildahFailure {
  private static let shownLines = 8
  private static let shownBytes = 2000

  static func build(_ status: ChildResult.Status, lastLines: [String]) -> BuildError {
    let message = message(lastLines, status)
    if let trouble = outsideTrouble(message) { return trouble }
    return BuildError(code: .buildFailed, message: message, disposition: .giveUp)
  }

  static func push(
    _ status: ChildResult.Status, lastLines: [String], to repository: ImageRepository
  ) -> BuildError {
    let message = "pushing to \(repository) failed: \(message(lastLines, status))"
    return outsideTrouble(message)
      ?? BuildError(code: .registryUnavailable, message: message, disposition: .retry(after: nil))
  }

  // MARK: The text

  /// buildah's `Error:` line first, then what the failing step wrote last.
  static func message(_ lines: [String], _ status: ChildResult.Status) -> String {
    let lines = lines.map { $0.split(whereSeparator: \.isNewline).joined() }
      .filter { !$0.isEmpty }
    let start = lines.lastIndex { $0.hasPrefix("Error: ") || $0.hasPrefix("unshare: ") }
    let error = start.map { lines[$0] }.map {
      $0.hasPrefix("Error: ") ? String($0.dropFirst("Error: ".count)) : $0
    }
    let output = lines[..<(start ?? lines.endIndex)]
      .reversed().prefix { !isStep($0) }.filter { !isNoise($0) }.prefix(shownLines).reversed()
    let ended =
      switch status {
      case .exited(let code): "buildah ended with status \(code)"
      case .signalled(let signal): "buildah was ended by signal \(signal)"
      }
    return String(([error ?? ended] + output).joined(separator: "\n").prefix(shownBytes))
  }

  /// `STEP 2/3: …`, with several stages `[1/2] STEP …`, with platforms `[linux/amd64] STEP …`.
  private static func isStep(_ line: String) -> Bool {
    line.hasPrefix("STEP ") || (line.hasPrefix("[") && line.contains("] STEP "))
  }

  private static func isNoise(_ line: String) -> Bool {
    line.hasPrefix("subprocess exited ") || line.hasPrefix("--> ") || line.hasPrefix("Copying ")
      || line.hasPrefix("Getting image source") || line.hasPrefix("time=\"")
  }

  // MARK: The cause

  /// Trouble that is not the Dockerfile's: the machine's, or a registry's that a base image comes
  /// from or the result goes to. Only buildah's own error line counts: a `RUN` step may write
  /// anything, and `npm install` says "connection refused" too.
  private static func outsideTrouble(_ message: String) -> BuildError? {
    let error = message.prefix { !$0.isNewline }.lowercased()
    let isRegistrys = error.contains("docker://") || error.contains("container registry")
    guard
      let sign = FailureSign.machine(in: error)
        ?? (isRegistrys ? FailureSign.registry(in: error) : nil)
    else { return nil }
    return BuildError(code: sign.code, message: message, disposition: sign.disposition)
  }
}

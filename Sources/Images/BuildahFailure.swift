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

  /// The build did not end by itself.
  static func child(_ error: ChildError, code: FailureCode) -> BuildError {
    switch error {
    case .deadlineExceeded(_, let limit):
      BuildError(
        code: code, message: "not done within \(limit.components.seconds) s and ended",
        disposition: code == .buildTimeout ? .giveUp : .retry(after: nil))
    case .cancelled:
      BuildError(
        code: .builderUnavailable, message: "cancelled", disposition: .retry(after: nil))
    case .notFound, .couldNotStart, .outputTooLarge, .ended:
      BuildError(
        code: .builderUnavailable, message: "\(error)", disposition: .retry(after: nil))
    }
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

  private struct Sign {
    var text: String
    var code: FailureCode
    var disposition: Disposition
  }

  /// buildah has one exit code for everything, so its text decides; in this order, case ignored.
  private static let machine = [
    Sign(
      text: "no space left on device", code: .builderUnavailable, disposition: .retry(after: nil)),
    Sign(text: "disk quota exceeded", code: .builderUnavailable, disposition: .retry(after: nil)),
    Sign(text: "unshare failed", code: .builderUnavailable, disposition: .giveUp),
    Sign(text: "failed to execute buildah", code: .builderUnavailable, disposition: .giveUp),
    Sign(text: "overlay' is not supported", code: .builderUnavailable, disposition: .giveUp),
    Sign(text: "/etc/containers/policy.json", code: .builderUnavailable, disposition: .giveUp),
  ]

  private static let registry = [
    Sign(text: "toomanyrequests", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "too many requests", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "unauthorized", code: .registryRefused, disposition: .giveUp),
    Sign(text: "authentication required", code: .registryRefused, disposition: .giveUp),
    Sign(text: "invalid username/password", code: .registryRefused, disposition: .giveUp),
    Sign(text: "access to the resource is denied", code: .registryRefused, disposition: .giveUp),
    Sign(text: "403 (forbidden)", code: .registryRefused, disposition: .giveUp),
    Sign(text: "connection refused", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "connection reset", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "no such host", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "i/o timeout", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(
      text: "tls handshake timeout", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "temporary failure", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "unexpected eof", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(
      text: "internal server error", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "bad gateway", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "service unavailable", code: .registryUnavailable, disposition: .retry(after: nil)),
    Sign(text: "gateway timeout", code: .registryUnavailable, disposition: .retry(after: nil)),
  ]

  /// Trouble that is not the Dockerfile's: the machine's, or a registry's that a base image comes
  /// from or the result goes to. Only buildah's own error line counts: a `RUN` step may write
  /// anything, and `npm install` says "connection refused" too.
  private static func outsideTrouble(_ message: String) -> BuildError? {
    let error = message.prefix { !$0.isNewline }.lowercased()
    var signs = machine
    if error.contains("docker://") || error.contains("container registry") { signs += registry }
    guard let sign = signs.first(where: { error.contains($0.text) }) else { return nil }
    return BuildError(code: sign.code, message: message, disposition: sign.disposition)
  }
}

import DeployModel
import Posix

/// What a build that BuildKit gave up means.
enum BuildKitFailure {
  private static let shownBytes = 2000

  /// 1. A step failed: it is named, with its error and what it wrote last. 2. No step did (a target
  /// that does not exist, a Dockerfile that is none): buildctl's own last word.
  ///
  /// Neither blanked nor cut yet: for `shown`.
  static func of(_ progress: BuildKitProgress, _ status: ChildResult.Status) -> BuildError {
    guard let failure = progress.failure else {
      let error =
        progress.error.map(plain) ?? progress.otherLines.last { !$0.isEmpty } ?? ended(status)
      return classified(error, message: error)
    }
    let message = (["building at \(failure.step): \(failure.error)"] + failure.lastLines)
      .joined(separator: "\n")
    guard !isRun(failure.step) else { return final(message) }
    return classified(failure.error, message: message)
  }

  private static func classified(_ error: String, message: String) -> BuildError {
    guard let sign = FailureSign.machine(in: error) ?? FailureSign.registry(in: error) else {
      return final(message)
    }
    return BuildError(code: sign.code, message: message, disposition: sign.disposition)
  }

  private static func final(_ message: String) -> BuildError {
    BuildError(code: .buildFailed, message: message, disposition: .giveUp)
  }

  /// `[stage-1 2/3] RUN npm ci`, `[2/3] RUN …`, with platforms `[linux/arm64 2/3] RUN …`.
  private static func isRun(_ step: String) -> Bool {
    step.hasPrefix("[") && step.contains("] RUN ")
  }

  private static func plain(_ error: String) -> String {
    let prefix = "failed to solve: "
    return error.hasPrefix(prefix) ? String(error.dropFirst(prefix.count)) : error
  }

  /// R13: blanked first. What is left of a secret that was cut through would be no secret to look for.
  static func shown(_ failure: BuildError, by filter: BuildLogFilter) async -> BuildError {
    var failure = failure
    failure.message = String(await filter.redacted(failure.message).prefix(shownBytes))
    return failure
  }

  private static func ended(_ status: ChildResult.Status) -> String {
    switch status {
    case .exited(let code): "buildctl ended with status \(code)"
    case .signalled(let signal): "buildctl was ended by signal \(signal)"
    }
  }
}

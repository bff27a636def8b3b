import DeployModel
import Posix

/// What a call of docker that failed means, from the end of its log (`--progress plain`):
///
///     #5 0.377 npm ERR! missing
///     #5 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 7
///     ------
///      > [stage-1 2/3] RUN npm ci:
///     0.377 npm ERR! missing
///     ------
///     ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 7
enum DockerFailure {
  private static let shownLines = 8
  private static let shownBytes = 2000

  static func build(_ status: ChildResult.Status, lastLines: [String]) -> BuildError {
    let lines = plain(lastLines)
    let error = lines.last.map(words) ?? ended(status)
    if storeRefusals.contains(where: error.lowercased().contains) { return severalPlatforms(error) }
    guard let step = failedStep(in: lines) else {
      return classified(error, message: error) ?? final(error)
    }
    let message = (["building at \(step.name): \(error)"] + step.output).joined(separator: "\n")
    if isRun(step.name) { return final(message) }
    return classified(error, message: message) ?? final(message)
  }

  /// An engine's classic image store holds no index.
  private static let storeRefusals = [
    "does not currently support exporting manifest lists",
    "multi-platform build is not supported for the docker driver",
    "multiple platforms feature is currently not supported for docker driver",
  ]

  static func severalPlatforms(_ why: String) -> BuildError {
    final(
      "\(why): for several, turn on the engine's containerd image store and install the client's "
        + "plugin buildx, or build with `builder.kind: buildkit`")
  }

  static func push(
    _ status: ChildResult.Status, lastLines: [String], to repository: ImageRepository
  ) -> BuildError {
    let error = plain(lastLines).last.map(words) ?? ended(status)
    let message = "pushing to \(repository) failed: \(error)"
    return classified(error, message: message)
      ?? BuildError(code: .registryUnavailable, message: message, disposition: .retry(after: nil))
  }

  private static func plain(_ lines: [String]) -> [String] {
    lines.map { $0.split(whereSeparator: \.isNewline).joined() }
      .filter { $0.contains { !$0.isWhitespace } }
  }

  /// The name between ` > ` and the colon, and what the step with the error's number wrote.
  private static func failedStep(in lines: [String]) -> (name: String, output: [String])? {
    guard let start = lines.lastIndex(where: { $0.hasPrefix(" > ") && $0.hasSuffix(":") }) else {
      return nil
    }
    let name = String(lines[start].dropFirst(3).dropLast())
    let error = lines.last { $0.hasPrefix("#") && $0.contains(" ERROR: ") }
    guard let number = error?.prefix(while: { $0 != " " }) else { return (name, []) }
    return (name, lines.compactMap { output($0, of: number) }.suffix(shownLines))
  }

  /// `#5 0.377 words` to `words`; nil for every other line.
  private static func output(_ line: String, of number: Substring) -> String? {
    guard line.hasPrefix("\(number) ") else { return nil }
    let rest = line.dropFirst(number.count + 1)
    let time = rest.prefix { $0.isNumber || $0 == "." }
    guard time.contains("."), rest.dropFirst(time.count).first == " " else { return nil }
    return String(rest.dropFirst(time.count + 1))
  }

  private static func words(_ line: String) -> String {
    ["ERROR: ", "error: ", "failed to solve: "].reduce(line) {
      $0.hasPrefix($1) ? String($0.dropFirst($1.count)) : $0
    }
  }

  private static func isRun(_ step: String) -> Bool {
    step.hasPrefix("[") && step.contains("] RUN ")
  }

  private static func classified(_ error: String, message: String) -> BuildError? {
    guard let sign = FailureSign.machine(in: error) ?? FailureSign.registry(in: error) else {
      return nil
    }
    return BuildError(code: sign.code, message: cut(message), disposition: sign.disposition)
  }

  private static func final(_ message: String) -> BuildError {
    BuildError(code: .buildFailed, message: cut(message), disposition: .giveUp)
  }

  private static func cut(_ message: String) -> String { String(message.prefix(shownBytes)) }

  private static func ended(_ status: ChildResult.Status) -> String {
    switch status {
    case .exited(let code): "docker ended with status \(code)"
    case .signalled(let signal): "docker was ended by signal \(signal)"
    }
  }
}

import Glibc
import Subprocess
import SystemPackage

/// Writing to a child that has gone must be an error, not our death. Children start with the
/// default again.
private let brokenPipesAreErrors: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

/// A program to run: an argument array, never a shell (R13), in a session and process group of its
/// own, so that ending it ends everything it started.
package struct ChildProcess: Sendable {
  /// An absolute path, or a name that is looked up in `environment["PATH"]`.
  package var executable: String
  package var arguments: [String]
  /// The whole environment; nothing is inherited.
  package var environment: [String: String]
  package var workingDirectory: String?
  package var input: [UInt8]
  /// From start to exit; then the group gets SIGTERM, and SIGKILL after `grace`.
  package var deadline: Duration
  package var grace: Duration
  /// Bytes kept of standard output, and of standard error. More of the first is an error; of the
  /// second only the end is kept.
  package var outputLimit: Int

  package init(
    _ executable: String, _ arguments: [String], environment: [String: String],
    workingDirectory: String? = nil, input: [UInt8] = [], deadline: Duration,
    grace: Duration = .seconds(5), outputLimit: Int = 16 << 20
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
    self.deadline = deadline
    self.grace = grace
    self.outputLimit = outputLimit
  }

  /// The few variables a program needs to find its parts, and one locale for its messages.
  package static func minimalEnvironment(
    path: String, home: String, adding extra: [String: String] = [:]
  ) -> [String: String] {
    ["PATH": path, "HOME": home, "LC_ALL": "C.UTF-8", "TZ": "UTC"]
      .merging(extra) { _, new in new }
  }
}

package struct ChildResult: Sendable {
  package enum Status: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  package var status: Status
  package var output: [UInt8]
  package var errorOutput: [UInt8]

  package var succeeded: Bool { status == .exited(0) }
  package var outputText: String { String(decoding: output, as: UTF8.self) }
  package var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

package enum ChildError: Error, Hashable, Sendable, CustomStringConvertible {
  case notFound(String)
  case couldNotStart(String, String)
  case deadlineExceeded(String, Duration)
  case outputTooLarge(String, Int)
  case cancelled(String)
  /// It closed its streams, or went away, in the middle of a conversation.
  case ended(String)

  package var description: String {
    switch self {
    case .notFound(let program): "\(program) is not installed or not on the PATH"
    case .couldNotStart(let program, let why): "\(program) could not be started: \(why)"
    case .deadlineExceeded(let program, let limit):
      "\(program) did not finish within \(limit.wholeSeconds) s and was ended"
    case .outputTooLarge(let program, let limit): "\(program) wrote more than \(limit) bytes"
    case .cancelled(let program): "\(program) was cancelled"
    case .ended(let program): "\(program) ended before it had answered"
    }
  }
}

extension Duration {
  fileprivate var wholeSeconds: Int64 { components.seconds }
}

extension ChildProcess {
  /// Runs to the end and collects both outputs. Cancelling the task ends the whole group first.
  package func run() async throws(ChildError) -> ChildResult {
    try await guarded { configuration, processGroup in
      guard self.input.isEmpty else {
        let result = try await Subprocess.run(
          configuration, input: .inputWriter, output: .bytes(limit: self.outputLimit),
          error: .bytes(limit: self.outputLimit)
        ) { execution in
          processGroup.isLed(by: execution.processIdentifier.value)
          await self.feed(execution.standardInputWriter)
        }
        return ChildResult(
          status: ChildResult.Status(result.terminationStatus), output: result.standardOutput,
          errorOutput: result.standardError)
      }
      let result = try await Subprocess.run(
        configuration, input: .none, output: .bytes(limit: self.outputLimit),
        error: .bytes(limit: self.outputLimit)
      ) { execution in
        processGroup.isLed(by: execution.processIdentifier.value)
      }
      return ChildResult(
        status: ChildResult.Status(result.terminationStatus), output: result.standardOutput,
        errorOutput: result.standardError)
    }
  }

  /// Runs to the end and hands over standard output and standard error, interleaved as written.
  package func run(
    streaming receive: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(ChildError) -> ChildResult.Status {
    try await guarded { configuration, processGroup in
      guard self.input.isEmpty else {
        let result = try await Subprocess.run(
          configuration, input: .inputWriter, output: .sequence, error: .combinedWithOutput
        ) { execution in
          processGroup.isLed(by: execution.processIdentifier.value)
          let writer = execution.standardInputWriter
          async let fed: Void = self.feed(writer)
          for try await buffer in execution.standardOutput {
            await receive(buffer.withUnsafeBytes { Array($0) })
          }
          await fed
        }
        return ChildResult.Status(result.terminationStatus)
      }
      let result = try await Subprocess.run(
        configuration, input: .none, output: .sequence, error: .combinedWithOutput
      ) { execution in
        processGroup.isLed(by: execution.processIdentifier.value)
        for try await buffer in execution.standardOutput {
          await receive(buffer.withUnsafeBytes { Array($0) })
        }
      }
      return ChildResult.Status(result.terminationStatus)
    }
  }

  /// Not `.array`: swift-subprocess leaves its end of the pipe open when a program ends before it
  /// has read all its input, or before any of it was written, and an end that nobody closed ends
  /// this process (seen in 1.0.2). A program that does not want its input says so by its status.
  private func feed(_ writer: StandardInputWriter) async {
    do {
      _ = try await writer.write(input)
    } catch {
      // It is gone, or closed its input.
    }
    do {
      try await writer.finish()
    } catch {
      // Finished all the same.
    }
  }

  private func guarded<Outcome: Sendable>(
    _ body: @escaping @Sendable (Subprocess.Configuration, ProcessGroup) async throws -> Outcome
  ) async throws(ChildError) -> Outcome {
    let configuration = makeConfiguration()
    let deadline = deadline
    let grace = grace
    let processGroup = ProcessGroup()
    do {
      let outcome: Outcome? = try await withThrowingTaskGroup(of: Outcome?.self) { group in
        group.addTask {
          do {
            return try await withTaskCancellationHandler {
              try await body(configuration, processGroup)
            } onCancel: {
              processGroup.kill(after: grace)
            }
          } catch {
            processGroup.kill()
            throw error
          }
        }
        group.addTask {
          try await Pause.sleep(for: deadline)
          return nil
        }
        defer { group.cancelAll() }
        // The group waits for the cancelled child, whose teardown ends the process group.
        return try await group.next() ?? nil
      }
      if outcome == nil || Task.isCancelled { processGroup.kill() }
      if Task.isCancelled { throw ChildError.cancelled(executable) }
      guard let outcome else { throw ChildError.deadlineExceeded(executable, deadline) }
      return outcome
    } catch {
      throw translate(error)
    }
  }

  func makeConfiguration() -> Subprocess.Configuration {
    _ = brokenPipesAreErrors
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: grace)
    ]
    let variables = Dictionary(
      environment.map { (Subprocess.Environment.Key(stringLiteral: $0.key), $0.value) },
      uniquingKeysWith: { first, _ in first })
    return Subprocess.Configuration(
      executable: executable.utf8.first == UInt8(ascii: "/")
        ? .path(.init(executable)) : .name(executable),
      arguments: Subprocess.Arguments(arguments), environment: .custom(variables),
      workingDirectory: workingDirectory.map { .init($0) }, platformOptions: options)
  }

  func translate(_ error: any Error) -> ChildError {
    if let error = error as? ChildError { return error }
    if error is CancellationError || Task.isCancelled { return .cancelled(executable) }
    guard let error = error as? SubprocessError else {
      return .couldNotStart(executable, "\(error)")
    }
    switch error.code {
    case .executableNotFound: return .notFound(executable)
    case .outputLimitExceeded: return .outputTooLarge(executable, outputLimit)
    default: return .couldNotStart(executable, "\(error)")
    }
  }
}

extension ChildResult.Status {
  init(_ status: TerminationStatus) {
    switch status {
    case .exited(let code): self = .exited(Int32(code))
    case .signaled(let signal): self = .signalled(Int32(signal))
    }
  }
}

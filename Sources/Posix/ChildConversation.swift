import Subprocess
import Synchronization

/// Both ends of a running program that answers on standard output what it is asked on standard
/// input. Valid only inside the body that received it.
package struct ChildConversation {
  private let writer: StandardInputWriter
  private var output: SubprocessOutputSequence.Iterator
  private let silence: Silence
  private let program: String

  fileprivate init(
    writer: StandardInputWriter, output: SubprocessOutputSequence.Iterator, silence: Silence,
    program: String
  ) {
    self.writer = writer
    self.output = output
    self.silence = silence
    self.program = program
  }

  /// Writes all of `bytes`. The program must be reading: a question longer than a pipe holds
  /// (64 KiB), sent while its earlier answers wait unread, would block both sides.
  package func send(_ bytes: [UInt8]) async throws(ChildError) {
    silence.begin()
    defer { silence.end() }
    do {
      let written = try await writer.write(bytes)
      if written < bytes.count { throw ChildError.ended(program) }
    } catch {
      throw Task.isCancelled ? .cancelled(program) : .ended(program)
    }
  }

  /// The next bytes, as many as there are; nil when the program has closed its output.
  package mutating func receive() async throws(ChildError) -> [UInt8]? {
    silence.begin()
    defer { silence.end() }
    do {
      let buffer = try await output.next()
      // A cancelled read looks like the end of the output.
      if Task.isCancelled { throw ChildError.cancelled(program) }
      return buffer?.withUnsafeBytes { Array($0) }
    } catch {
      throw Task.isCancelled ? .cancelled(program) : .ended(program)
    }
  }
}

extension ChildProcess {
  /// Starts the program, lets `body` talk with it, then closes its input and waits for its end.
  /// `input` is not sent. `deadline` bounds every single wait for the program, not its life, and
  /// is noticed at most as late again. Cancelling the task ends the whole group first.
  ///
  /// - Returns: the status and standard error; standard output went to `body`.
  package func converse(
    _ body: @escaping @Sendable (inout ChildConversation) async throws(ChildError) -> Void
  ) async throws(ChildError) -> ChildResult {
    let configuration = makeConfiguration()
    let silence = Silence(limit: deadline)
    do {
      let result: ChildResult? = try await withThrowingTaskGroup(of: ChildResult?.self) { group in
        group.addTask {
          let outcome = try await Subprocess.run(
            configuration, input: .inputWriter, output: .sequence,
            error: .bytes(limit: self.outputLimit)
          ) { execution in
            var conversation = ChildConversation(
              writer: execution.standardInputWriter,
              output: execution.standardOutput.makeAsyncIterator(), silence: silence,
              program: self.executable)
            try await body(&conversation)
          }
          return ChildResult(
            status: ChildResult.Status(outcome.terminationStatus), output: [],
            errorOutput: outcome.standardError)
        }
        group.addTask {
          try await silence.untilBroken()
          return nil
        }
        defer { group.cancelAll() }
        return try await group.next() ?? nil
      }
      if Task.isCancelled { throw ChildError.cancelled(executable) }
      guard let result else { throw ChildError.deadlineExceeded(executable, deadline) }
      return result
    } catch {
      throw translate(error)
    }
  }
}

/// Watches for a wait that lasts longer than `limit`, at the cost of a lock per wait.
private final class Silence: Sendable {
  private let limit: Duration
  private let since = Mutex<ContinuousClock.Instant?>(nil)

  init(limit: Duration) { self.limit = limit }

  func begin() { since.withLock { $0 = .now } }
  func end() { since.withLock { $0 = nil } }

  func untilBroken() async throws {
    while true {
      let waited = since.withLock { $0.map { ContinuousClock.now - $0 } } ?? .zero
      if waited >= limit { return }
      try await Pause.sleep(for: limit - waited)
    }
  }
}

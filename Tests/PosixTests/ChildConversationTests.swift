import Posix
import Synchronization
import TestKit
import Testing

@Suite struct ChildConversationTests {
  private func child(_ script: String, deadline: Duration = .seconds(30)) -> ChildProcess {
    ChildProcess(
      "sh", ["-c", script], environment: ["PATH": "/usr/bin:/bin"], deadline: deadline,
      grace: .milliseconds(200))
  }

  @Test func questionsAreAnsweredInTurnAndTheEndIsTold() async throws {
    let answers = Mutex<[String]>([])
    let result = try await child("while read x; do echo got $x; done; echo bye >&2; exit 3")
      .converse { (conversation) throws(ChildError) in
        for word in ["one", "two"] {
          try await conversation.send(Array("\(word)\n".utf8))
          let bytes = try await conversation.receive()
          answers.withLock { $0.append(String(decoding: bytes ?? [], as: UTF8.self)) }
        }
      }
    #expect(answers.withLock { $0 } == ["got one\n", "got two\n"])
    #expect(result.status == .exited(3))
    #expect(result.errorText == "bye\n")
  }

  @Test("output that outgrows a pipe arrives whole from a program that has already ended")
  func longOutput() async throws {
    let count = Mutex(0)
    _ = try await child("head -c 300000 /dev/zero").converse { (conversation) throws(ChildError) in
      while let bytes = try await conversation.receive() { count.withLock { $0 += bytes.count } }
    }
    #expect(count.withLock { $0 } == 300_000)
  }

  @Test func aProgramThatEndsMidwayHasEnded() async throws {
    await #expect(throws: ChildError.ended("sh")) {
      _ = try await child("exit 0").converse { (conversation) throws(ChildError) in
        while try await conversation.receive() != nil {}
        try await conversation.send([1])
        try await conversation.send([1])
      }
    }
  }

  @Test("R12: a silence beyond the deadline ends the program")
  func silence() async throws {
    await #expect(throws: ChildError.deadlineExceeded("sh", .milliseconds(200))) {
      _ = try await child("exec sleep 1000", deadline: .milliseconds(200))
        .converse { (conversation) throws(ChildError) in _ = try await conversation.receive() }
    }
  }

  @Test("R12: time between questions is not silence")
  func pausesAreAllowed() async throws {
    let (gate, open) = AsyncStream<Void>.makeStream()
    let timer = Task {
      try await Task.sleep(for: .milliseconds(500))
      open.finish()
    }
    let answer = Mutex<[UInt8]?>(nil)
    _ = try await child("cat", deadline: .milliseconds(100))
      .converse { (conversation) throws(ChildError) in
        for await _ in gate {}
        try await conversation.send([7])
        let bytes = try await conversation.receive()
        answer.withLock { $0 = bytes }
      }
    try await timer.value
    #expect(answer.withLock { $0 } == [7])
  }

  @Test func cancellingEndsTheProgram() async throws {
    let task = Task {
      try await child("exec sleep 1000").converse { (conversation) throws(ChildError) in
        _ = try await conversation.receive()
      }
    }
    task.cancel()
    await #expect(throws: ChildError.cancelled("sh")) { _ = try await task.value }
  }
}

import Foundation
import Glibc
import Posix
import TestKit
import Testing

@Suite struct ChildProcessTests {
  let environment = ["PATH": "/usr/bin:/bin"]

  @Test func collectsBothOutputsAndTheStatus() async throws {
    let child = ChildProcess(
      "sh", ["-c", "cat; echo out; echo err >&2; exit 3"], environment: environment,
      input: Array("in\n".utf8), deadline: .seconds(30))
    let result = try await child.run()
    #expect(result.status == .exited(3))
    #expect(result.outputText == "in\nout\n")
    #expect(result.errorText == "err\n")
  }

  @Test func nothingIsInheritedFromTheEnvironment() async throws {
    let result = try await ChildProcess(
      "env", [], environment: ["PATH": "/usr/bin:/bin", "ONLY": "this"], deadline: .seconds(30)
    ).run()
    #expect(Set(result.outputText.split(separator: "\n")) == ["PATH=/usr/bin:/bin", "ONLY=this"])
  }

  @Test func aMissingProgramIsNamed() async {
    await #expect(throws: ChildError.notFound("no-such-program")) {
      try await ChildProcess(
        "no-such-program", [], environment: environment, deadline: .seconds(5)
      ).run()
    }
  }

  @Test("R1: a program that ends without reading its input does not take this process along")
  func unreadInput() async throws {
    let megabyte = [UInt8](repeating: 0x20, count: 1 << 20)
    for input in [[], [0x20], megabyte] {
      let child = ChildProcess(
        "true", [], environment: environment, input: input, deadline: .seconds(30))
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            let collected = try await child.run()
            #expect(collected.succeeded)
            let streamed = try await child.run { _ in }
            #expect(streamed == .exited(0))
          }
        }
        try await group.waitForAll()
      }
    }
  }

  @Test("R12: a program that prints more than is kept is ended, and named")
  func outputLimit() async {
    await #expect(throws: ChildError.outputTooLarge("sh", 1000)) {
      try await ChildProcess(
        "sh", ["-c", "printf %01001d 0"], environment: environment, deadline: .seconds(30),
        outputLimit: 1000
      ).run()
    }
  }

  @Test("R12: a deadline ends the program and what it started")
  func deadlineEndsTheGroup() async throws {
    let child = ChildProcess(
      "sh", ["-c", "sleep 1000 & echo $! ; wait"], environment: environment,
      deadline: .milliseconds(300), grace: .milliseconds(200))
    let lines = Lines()
    await #expect(throws: ChildError.self) {
      _ = try await child.run { await lines.append($0) }
    }
    let pid = try #require(Int32(await lines.text.split(separator: "\n")[0]))
    try await eventually("the grandchild's end") { !isRunning(pid) }
  }

  /// The leader obeys SIGTERM; the grandchild does not, and holds the output open.
  private static let stubborn =
    "sh -c \"trap '' TERM; echo \\$\\$; while :; do sleep 0.1; done\" & wait"

  @Test("R12: a deadline ends what ignores SIGTERM after its leader's exit")
  func deadlineEndsTheStubborn() async throws {
    let lines = Lines()
    await #expect(throws: ChildError.self) {
      _ = try await ChildProcess(
        "sh", ["-c", Self.stubborn], environment: environment, deadline: .milliseconds(500),
        grace: .milliseconds(200)
      ).run { await lines.append($0) }
    }
    let pid = try #require(Int32(await lines.text.split(separator: "\n")[0]))
    try await eventually("the grandchild's end") { !isRunning(pid) }
  }

  @Test("R12: so does a cancellation, for either way to run")
  func cancellationEndsTheStubborn() async throws {
    let directory = try TemporaryDirectory()
    let script = Self.stubborn.replacing(
      "echo \\$\\$", with: "echo \\$\\$ >pid.new; mv pid.new pid")
    let child = ChildProcess(
      "sh", ["-c", script], environment: environment, workingDirectory: directory.path,
      deadline: .seconds(100), grace: .milliseconds(200))
    let run = Task { try await child.run() }
    try await eventually("the grandchild's start") { access(directory.appending("pid"), F_OK) == 0 }
    run.cancel()
    await #expect(throws: ChildError.cancelled("sh")) { try await run.value }
    let text = try String(contentsOfFile: directory.appending("pid"), encoding: .utf8)
    let pid = try #require(Int32(text.split(separator: "\n")[0]))
    try await eventually("the grandchild's end") { !isRunning(pid) }
  }

  @Test("R12: too much output ends the group as well")
  func excessEndsTheGroup() async {
    await #expect(throws: ChildError.outputTooLarge("sh", 1000)) {
      try await ChildProcess(
        "sh", ["-c", "yes & wait"], environment: environment, deadline: .seconds(100),
        grace: .milliseconds(200), outputLimit: 1000
      ).run()
    }
  }
}

actor Lines {
  var text = ""
  func append(_ bytes: [UInt8]) { text += String(decoding: bytes, as: UTF8.self) }
}

/// A zombie that nobody has reaped yet does not run.
func isRunning(_ pid: Int32) -> Bool {
  guard let file = fopen("/proc/\(pid)/stat", "r") else { return false }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 512)
  guard fgets(&line, 512, file) != nil else { return false }
  return !String(decoding: line.map { UInt8(bitPattern: $0) }, as: UTF8.self).contains(") Z ")
}

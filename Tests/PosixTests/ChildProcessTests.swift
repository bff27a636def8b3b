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

import Glibc
import Posix
import TestKit
import Testing

@Suite struct ProcessSweepTests {
  @Test("R1: builders of a killed predecessor are ended, others and we ourselves are not")
  func endsTheMarkedOnes() async throws {
    let mark = "sweep-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let lines = Lines()
    let child = ChildProcess(
      "sh", ["-c", "trap '' TERM; setsid sleep 1000 & echo $!; wait; wait"],
      environment: ["PATH": "/usr/bin:/bin", "SLIPWAY_INSTANCE": mark], deadline: .seconds(100))
    let other = ChildProcess(
      "sleep", ["1000"],
      environment: ["PATH": "/usr/bin:/bin", "SLIPWAY_INSTANCE": mark + "0"],
      deadline: .seconds(100))
    let bystander = Task { try await other.run() }
    async let status = child.run { await lines.append($0) }
    try await eventually("the grandchild's start") { await lines.text.contains("\n") }

    // `sh` and the session that it started for `sleep`.
    #expect(try ProcessSweep.endGroups(markedBy: "SLIPWAY_INSTANCE", value: mark) == 2)
    #expect(try await status == .signalled(SIGKILL))
    let pid = try #require(Int32(await lines.text.split(separator: "\n")[0]))
    try await eventually("the grandchild's end") { !isRunning(pid) }
    #expect(try ProcessSweep.endGroups(markedBy: "SLIPWAY_INSTANCE", value: mark) == 0)
    bystander.cancel()
    await #expect(throws: ChildError.cancelled("sleep")) { try await bystander.value }
  }
}

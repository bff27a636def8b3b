import DeployModel
import Foundation
import Images
import Posix
import TestKit
import Testing

/// Builds beside each other, and what is left of those that are ended: nothing.
@Suite(.serialized, .enabled(if: Workbench.hasBuildah, "needs buildah and root"))
struct BuildahProcessTests {
  @Test("R1, R12: a cancelled build leaves no process, container or file; another goes on")
  func cancel() async throws {
    let bench = try Workbench()
    let endless = try bench.request(bench.source(["Dockerfile": Dockerfiles.sleeping(1002)]))
    let other = try bench.request(
      bench.source([
        "Dockerfile": """
        FROM scratch
        COPY busybox /bin/busybox
        RUN ["/bin/busybox", "sh", "-c", "while ! /bin/busybox test -e /bin/sleeping; do \
        /bin/busybox usleep 1000; /bin/busybox touch /bin/sleeping; done; \
        /bin/busybox sleep 3"]
        """
      ]))
    let cancelled = Task { try await bench.build(endless) }
    let finished = Task { try await bench.build(other) }
    // The step and what left its session; and the other build is at work.
    try await eventually("both builds' work") {
      Processes.count("sleep 1002") == 2 && Processes.exist("sleep 3")
    }
    cancelled.cancel()
    await #expect(throws: BuildError.self) { try await cancelled.value }
    #expect(!Processes.exist("sleep 1002"))
    _ = try await finished.value
    #expect(try await bench.containers() == [])
    #expect(try bench.privateFiles() == [])
  }

  @Test("R1: after other credentials came, the end of one build leaves an earlier one alone")
  func exchange() async throws {
    let bench = try Workbench()
    let early = try bench.request(
      bench.source([
        "Dockerfile": """
        FROM scratch
        COPY busybox /bin/busybox
        RUN ["/bin/busybox", "sleep", "6"]
        """
      ]))
    let endless = try bench.request(bench.source(["Dockerfile": Dockerfiles.sleeping(1005)]))
    let finished = Task { try await bench.build(early) }
    try await eventually("the early build's work") { Processes.exist("sleep 6") }
    let exchanged = bench.builder.exchanging(accounts: RegistryAccounts()) { _, _ in [] }
    let cancelled = Task { try await exchanged.build(endless) { _ in } }
    try await eventually("the later build's work") { Processes.count("sleep 1005") == 2 }
    cancelled.cancel()
    await #expect(throws: BuildError.self) { try await cancelled.value }
    _ = try await finished.value
    #expect(try await bench.containers() == [])
  }

  @Test("builds of one storage run beside each other and do not mix")
  func parallel() async throws {
    let bench = try Workbench()
    let results = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for number in 1...4 {
        let request = try bench.request(
          bench.source([
            "Dockerfile": """
            FROM scratch
            COPY busybox /bin/busybox
            ARG NUMBER
            RUN ["/bin/busybox", "sh", "-c", "echo $NUMBER > /number"]
            LABEL number=$NUMBER
            """
          ]), arguments: ["NUMBER": "\(number)"])
        group.addTask {
          let image = try await bench.build(request)
          let label = try await bench.buildah([
            "inspect", "--type", "image", "--format",
            "{{index .OCIv1.Config.Labels \"number\"}}", image.reference,
          ])
          return (number, label.trimmingCharacters(in: .whitespacesAndNewlines))
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(results == [1: "1", 2: "2", 3: "3", 4: "4"])
    #expect(try await bench.containers() == [])
  }

  @Test("R1: a restart ends the processes of the one before and removes what they used")
  func recovery() async throws {
    let bench = try Workbench()
    try await bench.builder.recover()
    try await bench.buildah(["from", "scratch"])
    #expect(try await bench.containers().count == 1)
    try bench.directory.write("secret", to: "state/tmp/call-abc/auth.json")
    // As after `kill -9`: a build of an earlier process, and one of another installation.
    let mine = Self.sleeper("1003", instance: bench.settings.instance)
    let other = Self.sleeper("1004", instance: bench.settings.instance + "-other")
    defer { other.cancel() }
    try await eventually("both processes") {
      Processes.exist("sleep 1003") && Processes.exist("sleep 1004")
    }

    try await bench.builder.recover()

    #expect(!Processes.exist("sleep 1003"))
    #expect(Processes.exist("sleep 1004"))
    #expect(try await bench.containers() == [])
    #expect(try bench.privateFiles() == [])
    _ = await mine.value
  }

  private static func sleeper(_ seconds: String, instance: String) -> Task<Void, Never> {
    Task {
      _ = try? await ChildProcess(
        "/bin/busybox", ["sleep", seconds], environment: ["SLIPWAY_INSTANCE": instance],
        deadline: .seconds(600), grace: .milliseconds(100)
      ).run()
    }
  }
}

enum Files {
  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}

import Dispatch
import Foundation
import TestKit
import Testing

/// What stays open while the server works: followed logs, watching, waiting.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct WatchingTests {
  /// A build that says that it has begun, and goes on when it is let.
  private final class SlowBuild: Sendable {
    private let mayGoOn = DispatchSemaphore(value: 0)
    private let server: ScriptedServer

    init(_ installation: Installation, ending status: Int) async throws {
      server = try ScriptedServer { [mayGoOn] _ in
        .live { send in
          mayGoOn.wait()
          _ = send(Array("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n".utf8))
        }
      }
      let monorepo = installation.monorepo
      for name in ["sh", "wget"] {
        try await shell("cp", "/bin/busybox", "\(monorepo.work)/backend/\(name)")
      }
      try monorepo.write(
        """
        FROM scratch
        COPY sh wget /bin/
        COPY VERSION /VERSION
        RUN echo it has begun; /bin/wget -q -O /dev/null \(server.url)/; echo it has ended; exit \(status)

        """, to: "backend/Dockerfile")
    }

    deinit {
      letGoOn()
      server.stop()
    }

    func letGoOn() { mayGoOn.signal() }
  }

  @Test("A followed log comes while the build runs; a failed build ends watching with 1")
  func followed() async throws {
    try await withInstallation(["backend"]) { installation in
      let build = try await SlowBuild(installation, ending: 3)
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "building")
      let log = try installation.start(typing: "logs -f backend-1")
      let watching = try installation.start(typing: "watch backend-1")
      try await eventually("the build's first words") { log.output.contains("\nit has begun") }
      #expect(!log.output.contains("\nit has ended"))
      build.letGoOn()
      let whole = await log.end()
      #expect(whole.status == 0)
      #expect(whole.output.contains("\nit has ended"))
      #expect(whole.output == (try await installation.type("logs backend-1")).output)
      let end = await watching.end()
      #expect(end.status == 1)
      #expect(end.lines.last?.contains("backend-1  ✗ failed") == true)
      #expect(end.error.contains("slipway logs backend-1"))
    }
  }

  @Test("Waiting has an end where --timeout says so; the deployment goes on")
  func timeout() async throws {
    try await withInstallation(["backend"]) { installation in
      let build = try await SlowBuild(installation, ending: 0)
      try await installation.start()
      _ = try await installation.monorepo.change(["backend"], to: "1")
      let typed = try await installation.type("deploy backend -m x --timeout 1s")
      #expect(typed.status == 1)
      #expect(typed.error.contains("backend-1 is still"))
      build.letGoOn()
      try await installation.reach("backend-1", "committed")
    }
  }

  @Test("Watching outlives the server: it says so, comes back, and has missed nothing")
  func restart() async throws {
    try await withInstallation(["backend", "frontend"]) { installation in
      try await installation.start()
      let lines = try installation.start(typing: "watch")
      let json = try installation.start(typing: "watch frontend --json")
      let window = try installation.start(
        typing: "watch", window: TypedCommand.Window(columns: 80))
      try await eventually("the block") { window.output.contains("Ctrl-C ends this") }
      let (start, first) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(start, first).status == 202)
      try await eventually("the first end") { lines.output.contains("backend-1  ✓ committed") }
      installation.kill()
      try await eventually("the loss") { lines.errorOutput.contains("not connected") }
      try await installation.start()
      let (_, second) = try await installation.monorepo.change(["backend", "frontend"], to: "2")
      #expect(try await installation.deliver(first, second).status == 202)
      try await installation.reach("frontend-1", "committed")
      for watching in [lines, window] {
        try await eventually("both ends") {
          watching.output.contains("backend-2") && watching.output.contains("frontend-1")
            && watching.output.components(separatedBy: "✓ committed").count > 3
        }
      }
      // A program hears that it missed something, and then what comes.
      try await eventually("the reset") { json.output.contains(#""event":"reset""#) }
      let (_, third) = try await installation.monorepo.change(["frontend"], to: "3")
      #expect(try await installation.deliver(second, third).status == 202)
      try await eventually("the event") { json.output.contains(#""state":"committed""#) }
      // The last block has nothing in flight any more.
      try await eventually("the last block") {
        let blocks = window.output.components(separatedBy: "\u{1B}[J")
        return window.output.contains("frontend-2") && blocks.last?.contains("IN FLIGHT") == false
      }
      for watching in [lines, json, window] { watching.interrupt() }
      for line in (await json.end()).lines {
        let event = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        let data = try #require(event["data"] as? [String: Any])
        switch try #require(event["event"] as? String) {
        case "deployment": #expect(data["service"] as? String == "frontend")
        case "service": #expect(data["name"] as? String == "frontend")
        default: break
        }
      }
      #expect((await lines.end()).lines.count { $0.contains("backend-1  ✓") } == 1)
      _ = await window.end()
    }
  }
}

import Foundation
import HTTPTypes
import TestKit
import Testing

@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct MainJobTests {
  @Test("A signed push becomes a real image, a manifest commit, a history entry and a rollback")
  func mainJob() async throws {
    try await withInstallation(["backend", "frontend"]) { installation in
      try await installation.start()
      let (start, first) = try await installation.monorepo.change(["backend"], to: "1")
      let accepted = try await installation.deliver(start, first)
      #expect(accepted.status == 202)
      #expect(accepted.string("status") == "accepted")
      let one = try await installation.reach("backend-1", "committed")
      let image = try #require(one["image"] as? [String: Any])
      #expect(image["tag"] as? String == String(first.prefix(7)))
      let log = try await installation.call(.get, "/api/v1/deployments/backend-1/log")
      #expect(log.text.contains("COPY VERSION"))

      let (before, second) = try await installation.monorepo.change(["backend"], to: "2")
      #expect(try await installation.deliver(before, second).status == 202)
      try await installation.reach("backend-2", "committed")
      let rollback = try await installation.call(
        .post, "/api/v1/services/backend/rollback", body: #"{"reason":"broken"}"#)
      #expect(rollback.status == 202)
      #expect(rollback.headers[.location] == "/api/v1/deployments/backend-3")
      try await installation.reach("backend-3", "committed")
      let file = try await installation.monorepo.file("k8s/backend/kustomization.yaml")
      #expect(file.contains("newTag: \"\(first.prefix(7))\""))
      let rendered = try await kustomize(installation)
      #expect(rendered.contains("/backend:\(first.prefix(7))"))

      let history = try await installation.call(.get, "/api/v1/services/backend/deployments")
      #expect(
        history.items.compactMap { $0["id"] as? String } == ["backend-3", "backend-2", "backend-1"])
      let audit = try await installation.call(.get, "/api/v1/audit")
      #expect(audit.items.first?["action"] as? String == "rollback")
      #expect(try await installation.stop() == 0)
    }
  }

  @Test("Cancel ends a running build and leaves no process behind")
  func cancel() async throws {
    try await withInstallation(["backend"]) { installation in
      try installation.monorepo.write(
        "FROM scratch\nCOPY busybox /busybox\nRUN [\"/busybox\", \"sleep\", \"600\"]\n",
        to: "backend/Dockerfile")
      try await shell("cp", "/bin/busybox", "\(installation.monorepo.work)/backend/busybox")
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "building")
      try await eventually("the build's own process") { try await sleepers() > 0 }
      let cancelled = try await installation.call(.post, "/api/v1/deployments/backend-1/cancel")
      #expect(cancelled.status == 202)
      #expect(cancelled.string("state") == "cancelled")
      #expect(try await sleepers() == 0)
      let again = try await installation.call(.post, "/api/v1/deployments/backend-1/cancel")
      #expect(again.status == 200)
    }
  }

  @Test("SIGHUP takes a new configuration; a wrong one keeps the old")
  func reload() async throws {
    try await withInstallation(["backend"]) { installation in
      try await installation.start()
      let good = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
      try installation.directory.write(
        good.replacingOccurrences(of: "backend:", with: "renamed:")
          .replacingOccurrences(of: "services: [backend]", with: "services: [renamed]"),
        to: "slipway.yaml")
      installation.signal(SIGHUP)
      try await eventually("the new service") {
        try await installation.call(.get, "/api/v1/services/renamed").status == 200
      }
      try installation.directory.write("services: 7\n", to: "slipway.yaml")
      installation.signal(SIGHUP)
      try await eventually("the refusal") {
        try String(contentsOfFile: installation.logFile, encoding: .utf8)
          .contains("the old one stays in force")
      }
      #expect(try await installation.call(.get, "/api/v1/services/renamed").status == 200)
    }
  }

  @Test("SIGHUP while it starts takes the configuration that is there then")
  func reloadDuringStart() async throws {
    try await withInstallation(["backend"]) { installation in
      let pipe = installation.directory.appending("pipe.yaml")
      #expect(mkfifo(pipe, 0o600) == 0)
      let server = try installation.launch(pipe)
      // The pipe can be opened when the other side reads: it has not even begun to listen.
      try await shell(
        "timeout", "30", "sh", "-c", #"exec 3>"$0" && kill -HUP "$1" && cat "$2" >&3"#, pipe,
        "\(server)", installation.configurationFile)
      try await installation.reachReadiness()
      let good = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
      let other = try installation.directory.write(
        good.replacing("backend:", with: "renamed:")
          .replacing("services: [backend]", with: "services: [renamed]"), to: "other.yaml")
      try await shell("timeout", "30", "cp", other, pipe)
      try await eventually("the new service") {
        try await installation.call(.get, "/api/v1/services/renamed").status == 200
      }
    }
  }

  private func kustomize(_ installation: Installation) async throws -> String {
    try await installation.monorepo.pull()
    return try await shell(
      "kubectl", "kustomize", "\(installation.monorepo.work)/k8s/backend")
  }

  private func sleepers() async throws -> Int {
    let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
      .filter { $0.allSatisfy(\.isNumber) }
    return processes.filter { pid in
      guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else {
        return false
      }
      return line.elementsEqual("/busybox\0sleep\0600\0".utf8)
    }.count
  }
}

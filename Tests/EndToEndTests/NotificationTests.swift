import Foundation
import Glibc
import HTTPTypes
import TestKit
import Testing

/// The real server and a real receiver.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct NotificationTests {
  private static let key = "end-to-end-notification-key-0123456789"

  private func name(_ receiver: HookReceiver, in installation: Installation) throws {
    try installation.directory.write(Self.key, to: "notifications.key")
    try installation.directory.write(receiver.url, to: "hook.url")
    let plain = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
      .components(separatedBy: "notifications:")[0]
    try installation.directory.write(
      plain + """
        notifications:
          - name: ops
            url: { file: hook.url }
            secret: { file: notifications.key }
            states: [queued, building, publishing, committing, committed, failed]

        """, to: "slipway.yaml")
  }

  private func deploy(
    _ version: String, to end: String, in installation: Installation
  ) async throws {
    let (before, after) = try await installation.monorepo.change(["backend"], to: version)
    #expect(try await installation.deliver(before, after).status == 202)
    try await installation.reach("backend-\(version)", end)
  }

  private static func steps(of id: String) -> [String] {
    ["queued", "building", "publishing", "committing", "committed"].map { "\(id) \($0)" }
  }

  @Test("R1: killed while a receiver is gone, and while it is told: nothing is lost, all in order")
  func killed() async throws {
    try await withInstallation(["backend"]) { installation in
      let ops = try HookReceiver()
      try name(ops, in: installation)
      ops.answerAll(with: .response(503))
      try await installation.start()
      try await deploy("1", to: "committed", in: installation)
      try await eventually("an attempt") { !ops.attempts.isEmpty }
      installation.kill()
      ops.answerAll(with: .silence)
      try await installation.start()
      let before = ops.attempts.count
      try await eventually("an attempt of the next process") { ops.attempts.count > before }
      installation.kill()
      #expect(ops.taken == [])
      ops.answerAll(with: nil)
      try await installation.start()
      try await eventually("what was owed; there is \(ops.lines)") { ops.taken.count == 5 }
      #expect(ops.lines == Self.steps(of: "backend-1"))
      try await eventually("that it is remembered") {
        try await installation.call(.get, "/api/v1/notifications?state=delivered").items.count == 5
      }
      installation.kill()
      try await installation.start()
      try await deploy("2", to: "committed", in: installation)
      try await eventually("the next; there is \(ops.lines)") { ops.taken.count == 10 }
      #expect(ops.lines == Self.steps(of: "backend-1") + Self.steps(of: "backend-2"))
      #expect(Set(ops.taken.map(\.id)).count == 10)
      try await provesSigned(ops.taken)
      for secret in ["s3cret-key-of-the-address", Self.key] {
        let files = try await shell(
          "sh", "-c", "grep -rlaF -e \"$1\" \"$2\" || true", "sh", secret,
          installation.directory.path)
        #expect(files.split(separator: "\n").count == 1, "\(files)")
      }
    }
  }

  /// By a program that is not ours.
  private func provesSigned(_ taken: [HookReceiver.Taken]) async throws {
    for one in taken {
      let output = try await shell(
        "openssl", "dgst", "-sha256", "-hmac", Self.key,
        input: String(decoding: one.body, as: UTF8.self))
      #expect(one.signature == "sha256=\(output.split(separator: " ").last ?? "")")
    }
  }

  @Test(
    "What was given up is listed, and sent again from the command line; a reload moves a target")
  func redelivered() async throws {
    try await withInstallation(["backend"]) { installation in
      let (old, new) = (try HookReceiver(), try HookReceiver())
      try name(old, in: installation)
      old.answerAll(with: .response(410))
      try await installation.start()
      try await deploy("1", to: "committed", in: installation)
      try await eventually("that all are given up") {
        try await installation.call(.get, "/api/v1/notifications?state=dead").items.count == 5
      }
      let listed = try await installation.type("notifications --state dead -n 1")
      #expect(listed.status == 0)
      let row = try #require(listed.lines.last)
      for word in ["ops", "backend-1", "committed", "✗ dead", "the receiver answered 410"] {
        #expect(row.contains(word), "\(row)")
      }
      let id = String(row.prefix { $0 != " " })
      try name(new, in: installation)
      installation.signal(SIGHUP)
      try await eventually("the reload") {
        try String(contentsOfFile: installation.logFile, encoding: .utf8)
          .contains("configuration reloaded")
      }
      let again = try await installation.type("redeliver \(id) -m it_moved")
      #expect(again.status == 0)
      #expect(again.output.contains("\(id)  ○ pending"))
      try await eventually("it at the new address") { new.lines == ["backend-1 committed"] }
      let refused = try await installation.type("redeliver n999999")
      #expect(refused.status == 1)
      #expect(refused.error.contains("there is no notification n999999"))
      let metrics = try await installation.call(.get, "/metrics").text
      #expect(metrics.contains(#"slipway_notifications_total{target="ops",result="dead"} 5"#))
      #expect(metrics.contains(#"slipway_notifications_total{target="ops",result="delivered"} 1"#))
      #expect(metrics.contains(#"slipway_notifications_pending{target="ops"} 0"#))
    }
  }
}

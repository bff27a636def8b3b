import Foundation
import Synchronization
import TestKit
import Testing

/// The command line against servers, and readers, that a real installation does not have on demand.
@Suite struct StrangeServerTests {
  @Test("Watching ends when nobody reads what it prints")
  func nobodyReads() async throws {
    let server = try ScriptedServer { request in
      guard request.target.hasPrefix("/api/v1/events") else {
        return .response(200, text: #"{"items":[],"nextCursor":null}"#)
      }
      return .live { send in
        _ = send(Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".utf8))
        while send(Array("event: ping\ndata: {}\n\n".utf8)) {}
      }
    }
    defer { server.stop() }
    let said = try await shell(
      "bash", "-c", #"timeout 20 "$0" watch --json | head -n 1; echo "${PIPESTATUS[0]}""#,
      try binary().path, environment: ["SLIPWAY_URL": server.url])
    #expect(said == "{\"event\":\"ping\",\"data\":{}}\n0")
  }

  /// Another directory in the place of the system's authorities, for one process and its children.
  private static let beforeAnotherSystem = #"""
    set -eu
    mount --bind "$1/system" /etc/ssl/certs
    openssl s_server -accept "127.0.0.1:$2" -cert "$1/localhost.crt" -key "$1/localhost.key" \
      -www > "$1/out" 2>&1 &
    trap "kill $!" EXIT
    until grep -q ACCEPT "$1/out"; do sleep 0.05; done
    SLIPWAY_URL="https://localhost:$2" SLIPWAY_CA="$3" "$0" status 2>&1 || true
    """#

  private static func mayMount() async -> Bool {
    do {
      try await shell("unshare", "--mount", "true")
      return true
    } catch {
      return false
    }
  }

  @Test(
    "An authority that is named is trusted instead of the system's, not besides",
    .enabled("needs a mount namespace") { await mayMount() })
  func authorities() async throws {
    let certificates = try Certificates()
    try await certificates.make("localhost", names: ["localhost"])
    try await certificates.make("other", names: ["other"])
    // As Debian's: single files by their hash, and one file with all.
    let system = certificates.directory.appending("system")
    try await shell(
      "sh", "-c",
      #"mkdir "$1" && cp "$2" "$1/localhost.pem" && openssl rehash "$1" && cp "$3" "$1/$4""#, "sh",
      system, certificates.certificate("localhost"), certificates.certificate("other"),
      "ca-certificates.crt")
    for (named, isTrusted) in [
      ("", true), (certificates.certificate("localhost"), true),
      (certificates.certificate("other"), false),
    ] {
      let said = try await shell(
        "unshare", "--mount", "sh", "-c", Self.beforeAnotherSystem, try binary().path,
        certificates.directory.path, "\(try freePort())", named)
      #expect(said.contains("cannot be trusted") == !isTrusted, "\(named): \(said)")
    }
  }

  private static func step(_ place: String, _ from: Int, _ to: Int) -> String {
    #"{"place":"\#(place)","from":\#(from),"to":\#(to),"brings":["r.io/api:1"],"message":null}"#
  }

  /// What a server says before the question, and what has come of it after the answer.
  struct Moved: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var before: [String]
    var after: [String]
    var status: Int32
    /// `to` of every rollback that was not just looked at.
    var asked: [String?]
  }

  static let moved = [
    Moved(
      testDescription: "one place: to what was shown", before: [step("api", 12, 11)],
      after: [step("api", 13, 12)], status: 0, asked: ["11"]),
    Moved(
      testDescription: "two places, one of which has moved: nothing is done",
      before: [step("eu", 5, 4), step("us", 7, 6)], after: [step("eu", 6, 5), step("us", 7, 6)],
      status: 1, asked: []),
    Moved(
      testDescription: "two places as they were: both",
      before: [step("eu", 5, 4), step("us", 7, 6)], after: [step("eu", 5, 4), step("us", 7, 6)],
      status: 0, asked: [nil]),
  ]

  private static func order(_ request: ScriptedServer.Request) -> [String: Any] {
    (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [String: Any] ?? [:]
  }

  @Test("Past git, too, what was agreed to is what is done", arguments: moved)
  func rollback(_ moved: Moved) async throws {
    let looks = Mutex(0)
    let server = try ScriptedServer { request in
      let isLook = Self.order(request)["dryRun"] as? Bool == true
      let isFirst = looks.withLock { count in
        defer { count += 1 }
        return count == 0
      }
      let steps = (isFirst ? moved.before : moved.after).joined(separator: ",")
      return .response(
        isLook ? 200 : 202, [("Content-Type", "application/json")],
        text: #"{"dryRun":\#(isLook),"service":"api","strategy":"argocd","steps":[\#(steps)],"#
          + #""hold":"until-released","follow":null,"migrations":[],"warnings":[]}"#)
    }
    defer { server.stop() }
    let typed = try await TypedCommand(
      ["rollback", "api", "--strategy", "argocd", "-m", "broken"],
      environment: ["SLIPWAY_URL": server.url], window: TypedCommand.Window(columns: 100),
      input: "y\n"
    ).end()
    #expect(typed.status == moved.status, "\(typed)")
    #expect(typed.output.contains("Nothing was changed.") == (moved.status == 1))
    let done = server.requests.map(Self.order).filter { $0["dryRun"] == nil }
    #expect(done.map { $0["to"] as? String } == moved.asked)
  }
}

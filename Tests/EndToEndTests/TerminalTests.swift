import Foundation
import HTTPTypes
import TestKit
import Testing

/// The command line against a real server, which has done real work.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct TerminalTests {
  @Test("A day at the terminal: look, watch, roll back, hold, release, ask why")
  func day() async throws {
    try await withInstallation(["backend", "frontend"]) { installation in
      try await installation.start()
      let empty = try await installation.type("status")
      #expect(empty.status == 0)
      #expect(empty.output.contains("backend"))
      let (start, first) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(start, first).status == 202)
      try await eventually("backend-1") {
        try await installation.deployment("backend-1").status == 200
      }

      // Watching one deployment ends with it.
      let watched = try await installation.type("watch backend-1")
      #expect(watched.status == 0, "\(watched.error)")
      #expect(watched.lines.last?.contains("backend-1  ✓ committed after") == true)

      // What is over already is told at once, to programs too.
      let over = try await installation.type("watch backend-1 --json")
      #expect(over.status == 0)
      #expect((over.json as? [String: Any])?["event"] as? String == "deployment")

      let (_, second) = try await installation.monorepo.change(["backend"], to: "2")
      let deployed = try await installation.type("deploy backend -m by_hand --wait")
      #expect(deployed.status == 0, "\(deployed.error)")
      #expect(deployed.lines.last?.contains("backend-2  ✓ committed") == true)

      let history = try await installation.type("history backend")
      #expect(history.lines.count == 3)
      #expect(history.lines[1].hasPrefix("backend-2  ✓ committed  \(second.prefix(7))  manual"))
      let shown = try await installation.type("show backend-2")
      #expect(shown.lines[0] == "backend-2  ✓ committed")
      #expect(shown.output.contains("manual by admin: by hand"))
      #expect(shown.output.contains(second))
      #expect(shown.output.contains("◔ building"))
      let log = try await installation.type("logs backend-2")
      #expect(log.output.contains("COPY VERSION"))
      let compared = try await installation.type("compare backend-1 backend-2")
      #expect(compared.lines[0] == "backend-2 is ahead of backend-1 by 1 commit:")

      // Rolling back: first what would happen, then it.
      let preview = try await installation.type("rollback backend --dry-run")
      #expect(preview.output.contains("chore: rollback backend to \(first.prefix(7))"))
      #expect(try await installation.allDeployments().count == 2)
      let back = try await installation.type("rollback backend -m broken --wait")
      #expect(back.status == 0, "\(back.error)")
      let file = try await installation.monorepo.file("k8s/backend/kustomization.yaml")
      #expect(file.contains("newTag: \"\(first.prefix(7))\""))
      let status = try await installation.type("status")
      #expect(status.output.contains("■ on hold: rolled back: broken (admin)"))
      let one = try await installation.type("status backend")
      #expect(one.output.contains("slipway release backend"))

      let refused = try await installation.type("deploy backend -m again")
      #expect(refused.status == 1)
      #expect(refused.error.contains("--override-hold"))
      #expect(try await installation.type("release backend").status == 0)
      let hold = try await installation.type("hold frontend -m load_test --until 2h")
      #expect(hold.output.hasPrefix("frontend is on hold for"))
      #expect(try await installation.type("retry backend-2").status == 1)
      #expect(try await installation.type("cancel backend-2").status == 1)

      // Why was mine, or was it not, built?
      let deliveries = try await installation.type("deliveries")
      #expect(deliveries.lines.count == 2)
      #expect(deliveries.lines[1].contains("✓ deployed"))
      let why = try await installation.type("deliveries --commit \(first.prefix(9))")
      #expect(why.output.contains("backend/VERSION is matched by backend/**"))
      #expect(why.output.contains("frontend  – no"))
      #expect(try await installation.type("deliveries --commit dead").status == 1)
      let plan = try await installation.type("plan shop \(start) \(first)")
      #expect(plan.lines[0].hasPrefix("1 file changed between"))
      #expect(plan.output.contains("backend   ✓ yes"))
      let stats = try await installation.type("stats backend")
      #expect(stats.output.contains("2 live, 0 failed, 1 rolled back"))
      let rollout = try await installation.type("rollout backend")
      #expect(rollout.status == 1)
      #expect(rollout.error.contains("neither an application"))
    }
  }

  @Test("--json prints what the API answers, one document, refusals included")
  func json() async throws {
    try await withInstallation(["backend"]) { installation in
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "committed")
      for (line, path) in [
        ("status", "/api/v1/services?limit=200"), ("status backend", "/api/v1/services/backend"),
        ("history backend", "/api/v1/services/backend/deployments"),
        ("history", "/api/v1/deployments"), ("show backend-1", "/api/v1/deployments/backend-1"),
        ("deliveries", "/api/v1/deliveries"),
      ] {
        let typed = try await installation.type("\(line) --json")
        #expect(typed.status == 0)
        let asked = try await installation.call(.get, path)
        let (one, other) = (typed.json as? NSDictionary, asked.json as? NSDictionary)
        #expect(one != nil && one == other, "\(line)")
      }
      let made = try await installation.type("deploy backend --rebuild -m x --wait --json")
      #expect(made.status == 0, "\(made.error)")
      #expect((made.json as? [String: Any])?["state"] as? String == "committed")
      let refused = try await installation.type("show backend-99 --json")
      #expect(refused.status == 1)
      #expect((refused.json as? [String: Any])?["status"] as? Int == 404)
      #expect(refused.error.hasPrefix("Error: "))
      #expect(!refused.output.contains("\u{1B}"))
    }
  }

  @Test("A name, a token, a server that will not do: exit codes, and what to do about it")
  func badInput() async throws {
    try await withInstallation(["backend"]) { installation in
      try await installation.start()
      struct Case {
        var line: String
        var status: Int32
        var words: [String]
        var token: String? = Installation.token
        var environment: [String: String] = [:]
      }
      let cases = [
        Case(line: "status bakend", status: 1, words: ["Did you mean backend?"]),
        Case(line: "history nothing", status: 1, words: ["There are backend."]),
        Case(line: "show backend-7", status: 1, words: ["backend-7", "404"]),
        Case(line: "logs backend", status: 1, words: ["ids look like backend-42"]),
        Case(line: "watch nothing", status: 1, words: ["no service nothing"]),
        Case(line: "rollback backend -m x", status: 1, words: ["nothing to go back to"]),
        Case(line: "rollback backend --to ../etc -m x", status: 1, words: ["history"]),
        Case(line: "deploy backend --ref no-such -m x", status: 1, words: ["no-such"]),
        Case(line: "hold backend -m x --until soon", status: 1, words: ["next-push"]),
        Case(line: "history backend --state bogus", status: 1, words: ["bogus"]),
        Case(line: "plan shop x y", status: 2, words: ["'x' is neither"]),
        Case(line: "redeliver nope", status: 1, words: ["no delivery nope"]),
        Case(line: "status", status: 1, words: ["SLIPWAY_TOKEN"], token: nil),
        Case(line: "status", status: 1, words: ["does not know this token"], token: "wrong"),
        Case(
          line: "deploy backend -m x", status: 1, words: ["reader", "role deploy"],
          token: "end-to-end-read-token-0123456789"),
        Case(
          line: "status", status: 1, words: ["http://127.0.0.1:1", "cannot be reached"],
          environment: ["SLIPWAY_URL": "http://127.0.0.1:1"]),
        Case(
          line: "status", status: 1, words: ["not as Slipway", "SLIPWAY_URL"],
          environment: ["SLIPWAY_URL": "http://\(installation.monorepo.registry)"]),
        Case(line: "status", status: 2, words: ["SLIPWAY_URL"], environment: ["SLIPWAY_URL": ""]),
        Case(
          line: "status", status: 2, words: ["https://"], environment: ["SLIPWAY_URL": "slipway"]),
        Case(line: "status --token-file /no/such", status: 2, words: ["/no/such"]),
        Case(line: "deploy backend", status: 2, words: ["--reason", "--dry-run"]),
        Case(line: "status --token x", status: 2, words: ["--token"]),
        Case(line: "nonsense", status: 2, words: ["nonsense"]),
      ]
      for one in cases {
        let typed = try await installation.type(
          one.line, token: one.token, environment: one.environment)
        #expect(typed.status == one.status, "\(one.line): \(typed)")
        for word in one.words { #expect(typed.error.contains(word), "\(one.line): \(typed)") }
        #expect(!typed.error.contains(Installation.token))
        #expect(typed.output.isEmpty, "\(one.line)")
      }
    }
  }

  @Test("On a terminal it is coloured and fits; elsewhere, and with NO_COLOR, it is plain")
  func terminal() async throws {
    try await withInstallation(["backend"]) { installation in
      try await installation.start()
      let subject = "feat: \(String(repeating: "長い件名 ", count: 30))🚀"
      let (before, after) = try await installation.monorepo.change(
        ["backend"], to: "1", message: subject)
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "committed")
      let escape = "\u{1B}["
      for columns in [40, 72, 100] {
        let typed = try await installation.type(
          "history backend", window: TypedCommand.Window(columns: columns))
        #expect(typed.status == 0)
        #expect(typed.output.contains(escape))
        let plain = try await installation.type(
          "history backend", environment: ["NO_COLOR": "1"],
          window: TypedCommand.Window(columns: columns))
        #expect(!plain.output.contains(escape))
        #expect(plain.output.contains("…"))
        let lines = plain.output.components(separatedBy: "\r\n").filter { !$0.isEmpty }
        #expect(lines.count == 2)
        for line in lines { #expect(columnsTaken(by: line) <= columns, "\(line)") }
      }
      let piped = try await installation.type("history backend")
      #expect(!piped.output.contains(escape))
      #expect(piped.output.contains(subject))
      let narrow = try await installation.type(
        "history backend", environment: ["COLUMNS": "60"])
      #expect(narrow.lines.allSatisfy { columnsTaken(by: $0) <= 60 })
      let help = try await installation.type("rollback --help")
      #expect(help.status == 0)
      #expect(help.output.contains("--accept-migrations"))
    }
  }

  @Test("On a terminal a rollback says what it will commit, and asks; no is no")
  func question() async throws {
    try await withInstallation(["backend"]) { installation in
      try await installation.start()
      for version in ["1", "2"] {
        let (before, after) = try await installation.monorepo.change(["backend"], to: version)
        #expect(try await installation.deliver(before, after).status == 202)
        try await installation.reach("backend-\(version)", "committed")
      }
      let window = TypedCommand.Window(columns: 100)
      let no = try await installation.type(
        "rollback backend -m broken", window: window, input: "n\n")
      #expect(no.status == 1)
      #expect(no.output.contains("chore: rollback backend to"))
      #expect(no.output.contains("[y/N]"))
      #expect(no.output.contains("Nothing was changed."))
      #expect(try await installation.allDeployments().count == 2)
      let yes = try await installation.type(
        "rollback backend -m broken --wait", window: window, input: "y\n")
      #expect(yes.status == 0, "\(yes)")
      #expect(yes.output.contains("✓ committed"))
      #expect(try await installation.deployment("backend-3").string("rollbackOf") == "backend-1")
    }
  }

  @Test("A shell completes services and deployments from the server, and nothing without one")
  func completion() async throws {
    try await withInstallation(["backend", "frontend"]) { installation in
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "committed")
      let script = try installation.directory.write(
        try await installation.type("--generate-completion-script bash").output, to: "complete")
      func completed(_ words: String, at url: String) async throws -> String {
        try await shell(
          "bash", "-c",
          """
          source "$1"; shift
          COMP_WORDS=("$@"); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_CWORD=$(($# - 1))
          _slipway slipway "${@: -1}" "${@: -2:1}"; echo "${COMPREPLY[*]}"
          """, "bash", script, "slipway", words, "",
          environment: [
            "SLIPWAY_URL": url, "SLIPWAY_TOKEN": Installation.token,
            "PATH": "\(try binary().deletingLastPathComponent().path):/usr/bin:/bin",
          ])
      }
      #expect(try await completed("rollback", at: installation.url) == "backend frontend")
      #expect(try await completed("show", at: installation.url) == "backend-1")
      #expect(try await completed("rollback", at: "http://127.0.0.1:1") == "")
    }
  }

  /// By the width of East Asian characters as Unicode has it, written down apart from the code.
  private func columnsTaken(by text: some StringProtocol) -> Int {
    text.unicodeScalars.reduce(0) { sum, scalar in
      let isWide =
        (0x2E80...0x9FFF).contains(scalar.value) || (0x1F300...0x1FAFF).contains(scalar.value)
      return sum + (isWide ? 2 : 1)
    }
  }
}

import APIClient
import ArgumentParser
import TestKit
import Testing

@testable import slipway

/// What can be typed, and what is refused before any server is asked.
@Suite struct CommandLineTests {
  @Test(
    "Every command of the contract is there",
    arguments: [
      "serve", "check", "status", "history backend", "show backend-1", "logs -f backend-1",
      "logs --follow backend-1", "deploy backend --ref main --rebuild --override-hold --reason x",
      "deploy backend --dry-run", "deploy backend -m x --wait --timeout 10m",
      "rollback backend --to backend-1 --hold none --accept-migrations -m x --yes",
      "rollback backend --dry-run",
      "rollback backend --strategy kubernetes --to 14 -m x --follow",
      "rollback backend --strategy argocd --follow -m x --timeout 10m",
      "rollback backend --strategy argocd --dry-run", "hold backend -m x --until 2h",
      "release backend",
      "retry backend-1 --wait", "cancel backend-1 -m x", "sync backend", "rollout backend",
      "plan shop a b", "deliveries", "deliveries --commit e5c2216", "redeliver abc",
      "redeliver n42", "notifications", "notifications --state dead --state pending -n 5", "stats",
      "stats backend frontend --window 7d", "watch", "watch backend-1 --json",
      "compare backend-1 backend-2", "status --url https://x --token-file f --ca c --json",
    ])
  func taken(_ line: String) throws {
    _ = try Slipway.parseAsRoot(line.split(separator: " ").map(String.init))
  }

  @Test(
    "What is missing or wrong is a usage error",
    arguments: [
      "deploy", "deploy backend", "rollback backend", "hold backend", "show", "logs",
      "history backend --limit 0", "history backend --limit x", "rollback backend -m x --hold ever",
      "rollback backend -m x --follow", "rollback backend -m x --strategy argocd --to backend-1",
      "rollback backend -m x --strategy argocd --wait",
      "rollback backend -m x --strategy kubernetes --timeout 10m",
      "deploy backend -m x --timeout soon", "deploy backend -m x --timeout 0s",
      "deliveries --commit xyz", "deliveries --commit abc", "deliveries abc --limit 3",
      "deliveries --commit e5c2216 --json", "notifications --state lost", "notifications -n 0",
      "status --token secret", "bogus",
    ])
  func refused(_ line: String) {
    do {
      _ = try Slipway.parseAsRoot(line.split(separator: " ").map(String.init))
      Issue.record("taken: \(line)")
    } catch {
      #expect(Slipway.exitCode(for: error) == .validationFailure)
    }
  }

  private func options(_ arguments: String...) throws -> ServerOptions {
    try ServerOptions.parse(arguments)
  }

  @Test("The server and the token come from the environment, and options go before it")
  func session() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("the-token-of-the-file\n", to: "token")
    let environment = ["SLIPWAY_URL": "https://one.example.com", "SLIPWAY_TOKEN": "from-env"]
    let first = try options().session(environment: environment)
    #expect(first.api.address.url == "https://one.example.com")
    #expect(first.hasToken)
    let second = try options("--url", "https://two.example.com", "--token-file", file)
      .session(environment: environment)
    #expect(second.api.address.url == "https://two.example.com")
    #expect(
      try !options().session(environment: ["SLIPWAY_URL": "http://localhost", "SLIPWAY_TOKEN": ""])
        .hasToken)
  }

  @Test(
    "A server, token or authority that will not do is named, and no secret with it",
    arguments: [
      ([:], [], "SLIPWAY_URL"), (["SLIPWAY_URL": ""], [], "SLIPWAY_URL"),
      (["SLIPWAY_URL": "x"], [], "https://"),
      (["SLIPWAY_URL": "https://u:hunter2@x"], [], "must hold no user"),
      (["SLIPWAY_URL": "https://x", "SLIPWAY_TOKEN": "hunter2 x"], [], "SLIPWAY_TOKEN"),
      (["SLIPWAY_URL": "https://x", "SLIPWAY_CA": "/no/such"], [], "/no/such"),
      (["SLIPWAY_URL": "https://x"], ["--token-file", "/no/such"], "/no/such"),
      (["SLIPWAY_URL": "https://x"], ["--token-file", "/etc"], "/etc"),
    ] as [([String: String], [String], String)])
  func unusable(_ environment: [String: String], _ arguments: [String], _ words: String) throws {
    let options = try ServerOptions.parse(arguments)
    do {
      _ = try options.session(environment: environment)
      Issue.record("taken")
    } catch let fault as UsageFault {
      #expect(fault.sentence.contains(words), "\(fault.sentence)")
      #expect(!fault.sentence.contains("hunter2"))
    }
  }

  @Test("Colour only on a terminal: what a test writes to is none")
  func colour() {
    let screen = Screen.standardOutput(environment: ["COLUMNS": "72"])
    #expect(screen.width == 72)
    #expect(
      Screen.standardOutput(environment: ["COLUMNS": "x", "NO_COLOR": "1"]).inColour == false)
  }
}

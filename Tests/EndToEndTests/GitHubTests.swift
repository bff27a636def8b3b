import Foundation
import HTTPTypes
import TestKit
import Testing

/// The real server, signed in as an App: a private repository over smart HTTP, and GitHub's REST API
/// with its published shapes.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct GitHubTests {
  private let github: FakeGitHub
  private let served: TemporaryDirectory

  init() throws {
    github = try FakeGitHub()
    served = try TemporaryDirectory("served")
  }

  private func with(
    _ body: (Installation, GitHTTPServer) async throws -> Void
  ) async throws {
    try await RegistryFixture.with { registry in
      let monorepo = try await Monorepo.make(
        services: ["backend", "frontend"], registry: registry.host)
      try await shell("mkdir", served.appending("acme"))
      try await shell("ln", "-s", monorepo.origin, served.appending("acme/shop.git"))
      let git = try await GitHTTPServer(serving: served, token: "ghs_token1")
      try await shell("openssl", "genrsa", "-out", served.appending("app.pem"), "2048")
      let installation = try Installation(
        monorepo,
        remote: Installation.Remote(
          url: "http://127.0.0.1:\(git.port)/acme/shop.git",
          settings: """
                credentials: { githubApp: { appID: 12, installationID: 34, privateKey: app.pem } }
                github:
                  apiURL: \(github.url)
                  statuses: true
                  deployments: true
                  requiredContexts: [slipway/backend, slipway/frontend]
            """,
          files: [
            "app.pem": String(contentsOfFile: served.appending("app.pem"), encoding: .utf8)
          ]))
      try await shell("chmod", "600", installation.directory.appending("app.pem"))
      do {
        try await body(installation, git)
      } catch {
        installation.kill()
        throw error
      }
      _ = try await installation.stop()
    }
  }

  /// What was said of a service on a commit.
  private func said(of service: String, on commit: String) -> [String] {
    let head = "\(commit.prefix(7)) slipway/\(service) "
    return github.record.filter { $0.hasPrefix(head) }.map { String($0.dropFirst(head.count)) }
  }

  @Test("an App's installation clones, pushes and reports; killed meanwhile, nothing stays unsaid")
  func app() async throws {
    try await with { installation, git in
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "committed")
      try await eventually("the end on GitHub; there is \(github.record)") {
        github.record.last?.hasPrefix("#1 success: committed as \(after.prefix(7)) in ") == true
      }
      #expect(
        said(of: "backend", on: after).last?.hasPrefix(
          "success: committed as \(after.prefix(7)) in ") == true)
      #expect(said(of: "frontend", on: after) == ["success: not affected"])
      #expect(github.record.contains("#1 opened: \(after.prefix(7)) in production/backend"))

      github.fail(with: .answer(503, [], "Service Unavailable"))
      let (next, last) = try await installation.monorepo.change(["backend"], to: "2")
      #expect(try await installation.deliver(next, last).status == 202)
      try await installation.reach("backend-2", "committed")
      let calls = github.calls.count
      try await eventually("a call that fails") { github.calls.count > calls }
      installation.kill()
      #expect(said(of: "backend", on: last) == [])

      github.fail(with: nil)
      try git.accept("ghs_token2")
      try await installation.start()
      try await eventually("what was owed; there is \(github.record)") {
        github.record.last?.hasPrefix("#2 success: committed as \(last.prefix(7)) in ") == true
      }
      #expect(said(of: "backend", on: last).count == 1)
      #expect(said(of: "frontend", on: last) == ["success: not affected"])
      #expect(said(of: "backend", on: after).count { $0.hasPrefix("success") } == 1)
      #expect(github.tokens == ["ghs_token1", "ghs_token2"])
      let pages = github.calls.filter { $0.answer == 201 }.map(\.body)
      #expect(
        pages.contains {
          $0.contains(#""target_url":"\#(installation.url)/deployments/backend-2""#)
        })

      #expect(try git.leaks() == [])
      for secret in github.tokens + ["BEGIN PRIVATE KEY"] {
        let files = try await shell(
          "sh", "-c", "grep -rlaF -e \"$1\" \"$2\" || true", "sh", secret,
          installation.directory.path)
        #expect(
          files == (secret.hasPrefix("ghs") ? "" : installation.directory.appending("app.pem")))
      }
    }
  }

  /// The last of what was said, whatever stages were seen on the way.
  private func waitForEnd(of service: String, on commit: String, _ end: String) async throws {
    try await eventually("\(end) on \(commit); there is \(github.record)") {
      said(of: service, on: commit).last?.hasPrefix(end) == true
    }
  }

  @Test("a failure and a rollback, from push and call to the commit")
  func failureAndRollback() async throws {
    try await with { installation, _ in
      try await installation.start()
      let (start, first) = try await installation.monorepo.change(["backend"], to: "1")
      _ = try await installation.deliver(start, first)
      try await installation.reach("backend-1", "committed")
      let (before, second) = try await installation.monorepo.change(["backend"], to: "2")
      _ = try await installation.deliver(before, second)
      try await installation.reach("backend-2", "committed")
      try await eventually("the end on GitHub; there is \(github.record)") {
        github.record.last?.hasPrefix("#2 success: committed as \(second.prefix(7)) in ") == true
      }
      #expect(
        said(of: "backend", on: second).last?.hasPrefix(
          "success: committed as \(second.prefix(7)) in ") == true)

      let rollback = try await installation.call(
        .post, "/api/v1/services/backend/rollback", body: #"{"reason":"broken login"}"#)
      #expect(rollback.status == 202)
      try await installation.reach("backend-3", "committed")
      try await waitForEnd(
        of: "backend", on: first, "success: committed again as \(first.prefix(7)) in ")
      try await eventually("the deployments; there is \(github.record)") {
        github.record.contains { $0.hasPrefix("#3 success: committed again") }
      }
      let taken = "rolled back to \(first.prefix(7)) by admin: broken login"
      #expect(said(of: "backend", on: second).last == "failure: \(taken)")
      #expect(github.record.contains("#2 inactive: \(taken)"))

      try installation.monorepo.write("FROM scratch\nCOPY absent /\n", to: "frontend/Dockerfile")
      let (last, broken) = try await installation.monorepo.change(["frontend"], to: "1")
      _ = try await installation.deliver(last, broken)
      try await installation.reach("frontend-1", "failed")
      try await waitForEnd(of: "frontend", on: broken, "failure: ")
      #expect(said(of: "frontend", on: broken).last?.contains("absent") == true)
      #expect(said(of: "frontend", on: broken).allSatisfy { $0.count <= 140 + "failure: ".count })
    }
  }
}

import DeployModel
import Foundation
import Git
import GitHubREST
import Logging
import TestKit
import Testing

@testable import slipway

@Suite("GitHub Apps: a private repository over smart HTTP")
struct AppRemoteTests {
  @Test("R13: clone, push, and clone again after the token was renewed; nobody sees it")
  func renewal() async throws {
    let app = try await AppFixture()
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: "ghs_token1")
    let directory = try TemporaryDirectory("mirror")
    let mirror = mirror(of: server.url(), openedBy: app, in: directory)
    let tip = try #require(try await mirror.fetch(origin.branch))
    let commit = try await mirror.put("one", onto: tip)
    #expect(try await mirror.push(commit, to: origin.branch, expecting: tip) == .landed)
    #expect(app.github.tokens == ["ghs_token1"])

    // Revoked before its time, as by a change of the App's key.
    try server.accept("ghs_token2")
    app.clock.advance(by: .seconds(60))
    let next = try await mirror.put("two", onto: commit)
    #expect(try await mirror.push(next, to: origin.branch, expecting: commit) == .landed)
    #expect(try await origin.tip() == next)
    #expect(app.github.tokens == ["ghs_token1", "ghs_token2"])

    // Ended in its time: nothing is refused.
    try server.accept("ghs_token3")
    app.clock.advance(by: .seconds(3600))
    let refusals = try server.requests().count
    #expect(try await mirror.fetch(origin.branch) == next)
    #expect(try server.requests().count > refusals)
    #expect(try server.leaks() == [])
    for token in app.github.tokens { #expect(try await found(token, in: directory.path) == "") }
  }

  @Test("an App that is not let in is git's authentication error, and says why")
  func notLetIn() async throws {
    let app = try await AppFixture()
    app.github.fail(with: .answer(404, [], "Not Found"))
    let directory = try TemporaryDirectory("mirror")
    let mirror = mirror(of: "http://127.0.0.1:1/a/b.git", openedBy: app, in: directory)
    let branch = try #require(BranchName("main"))
    let error = await #expect(throws: GitError.self) { try await mirror.fetch(branch) }
    #expect(error?.disposition == .credentials)
    #expect(error?.description.contains("check githubApp.installationID") == true)
  }

  static let outages: [FakeGitHub.Trouble] = [
    .answer(503, [], "unicorn"), .answer(429, [("Retry-After", "60")], "slow down"), .hangUp,
  ]

  @Test(
    "a GitHub that is away, or asks for a pause, is tried again: no credentials were refused",
    arguments: outages)
  func away(_ trouble: FakeGitHub.Trouble) async throws {
    let app = try await AppFixture()
    app.github.fail(with: trouble)
    let directory = try TemporaryDirectory("mirror")
    let mirror = mirror(of: "http://127.0.0.1:1/a/b.git", openedBy: app, in: directory)
    let branch = try #require(BranchName("main"))
    let error = await #expect(throws: GitError.self) { try await mirror.fetch(branch) }
    #expect(error?.disposition == .retry)
    #expect(error?.description.contains("no token could be had") == true)
  }

  private func mirror(
    of url: String, openedBy app: AppFixture, in directory: TemporaryDirectory
  ) -> Mirror {
    Mirror(
      directory: directory.appending("mirror.git"),
      remote: GitRemote(
        url: url, credentials: .app(app.tokens)), git: GitProgram(),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
  }

  /// The names of files that hold the text.
  private func found(_ text: String, in directory: String) async throws -> String {
    try await shell("sh", "-c", "grep -rlaF -e \"$1\" \"$2\" || true", "sh", text, directory)
  }
}

extension Mirror {
  /// A commit that adds a file, on this machine.
  fileprivate func put(_ name: String, onto tip: CommitSHA) async throws -> CommitSHA {
    let plan = PlannedCommit(
      message: "add \(name)\n",
      author: try #require(GitIdentity(name: "Ada", email: "ada@example.com")),
      time: Timestamp(milliseconds: 1_764_753_577_000),
      files: [PlannedCommit.File(path: name, bytes: Array("\(name)\n".utf8))])
    return try #require(try await write([plan], onto: tip).first).commit
  }
}

import DeployModel
import Foundation
import TestKit
import Testing

@testable import Git

@Suite(.enabled(if: GitSSHServer.isInstalled, "there is no sshd: scripts/setup installs it"))
struct RealSSHTests {
  private func mirror(
    of server: GitSSHServer, key: String, knownHosts: String, git: GitProgram = GitProgram()
  ) throws -> MirrorFixture {
    try MirrorFixture(
      of: GitRemote(
        url: server.url, credentials: .ssh(privateKeyFile: key, knownHostsFile: knownHosts)),
      git: git)
  }

  struct Setup: Sendable, CustomTestStringConvertible {
    /// Whether sshd lets git speak version 2 of its protocol.
    var newestProtocol: Bool
    /// `uploadpack.allowFilter`
    var allowsFilter: Bool

    var testDescription: String {
      "version \(newestProtocol ? 2 : 0), \(allowsFilter ? "with" : "without") a filter"
    }
  }

  /// The second is what an sshd and git are without a line of configuration.
  static let setups = [
    Setup(newestProtocol: true, allowsFilter: true),
    Setup(newestProtocol: false, allowsFilter: false),
    Setup(newestProtocol: true, allowsFilter: false),
    Setup(newestProtocol: false, allowsFilter: true),
  ]

  @Test(
    "a deploy key fetches, checks out and pushes through any sshd, to a host that is known",
    arguments: setups)
  func fetchesAndPushes(_ setup: Setup) async throws {
    let origin = try await GitOrigin(
      files: ["README.md": "hello\n", "api/main": "1\n"], allowsFilter: setup.allowsFilter)
    let server = try await GitSSHServer(
      origin, newestProtocol: setup.newestProtocol, isGitShell: true)
    let fixture = try mirror(
      of: server, key: server.deployKey, knownHosts: server.knownHosts())
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    #expect(tip == origin.root)
    #expect(try await fixture.mirror.file("README.md", at: tip)?.bytes == Array("hello\n".utf8))
    let written = try await fixture.mirror.write([.make(["README.md": "bye\n"])], onto: tip)
    let pushed = try #require(written.first).commit
    #expect(
      try await fixture.mirror.push(pushed, to: origin.branch, expecting: tip) == .landed)
    #expect(try await origin.tip() == pushed)

    // What comes later, in this process and in the next.
    let next = try await origin.commit(["api/main": "2\n"])
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
    let place = fixture.directory.appending("out")
    try await fixture.mirror.checkOut(next, paths: [.at("api")], into: place)
    #expect(try String(contentsOfFile: "\(place)/api/main", encoding: .utf8) == "2\n")
    let last = try await origin.commit(["api/main": "3\n"])
    let heir = fixture.another(
      remote: GitRemote(
        url: server.url,
        credentials: .ssh(
          privateKeyFile: server.deployKey, knownHostsFile: try server.knownHosts())))
    #expect(try await heir.fetch(origin.branch) == last)
    #expect(try await heir.file("api/main", at: last)?.bytes == Array("3\n".utf8))

    // A force push leaves a commit behind that no ref leads to; it is here, or it is not given.
    try await origin.set(origin.branch, to: origin.root)
    #expect(try await heir.fetch(origin.branch) == origin.root)
    #expect(try await heir.obtain(last, from: origin.branch))
    let other = try await origin.commit(["api/main": "4\n"], onto: origin.root)
    try await origin.set(origin.branch, to: origin.root)
    #expect(
      try await heir.obtain(other, from: origin.branch) == setup.newestProtocol)
  }

  @Test("where files are left out and not given, everything is fetched, once")
  func becomesWhole() async throws {
    let files = Dictionary(
      uniqueKeysWithValues: (1...20).map { ("f\($0)", FixtureFile.text("text \($0)\n")) })
    let origin = try await GitOrigin(files: files, allowsFilter: true)
    let server = try await GitSSHServer(origin, newestProtocol: false)
    let counter = try CountingGit()
    let fixture = try mirror(
      of: server, key: server.deployKey, knownHosts: server.knownHosts(), git: counter.program)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let blobs = try await origin.git(["ls-tree", "-r", "--format=%(objectname)", tip.hex])
      .split(separator: "\n").map(String.init)
    #expect(try await hasObject(blobs[0], in: fixture.path) == false)
    await withTaskGroup(of: Void.self) { group in
      for number in 1...5 {
        group.addTask {
          await #expect(throws: Never.self) {
            _ = try await fixture.mirror.file("f\(number)", at: tip)
          }
        }
      }
    }
    for blob in blobs { #expect(try await hasObject(blob, in: fixture.path)) }
    #expect(try counter.count(of: "--refetch") == 1)
    // Nothing is left out any more.
    let next = try await origin.commit(["f1": "new\n"])
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
    let blob = try await origin.git(["rev-parse", "\(next):f1"])
    #expect(try await hasObject(blob, in: fixture.path))
  }

  @Test("R13: a host that is not the known one gets nothing")
  func otherHost() async throws {
    let origin = try await GitOrigin()
    let server = try await GitSSHServer(origin)
    let fixture = try mirror(
      of: server, key: server.deployKey, knownHosts: server.knownHosts("other"))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(origin.branch)
    }
    guard case .authentication(let why) = error else {
      Issue.record("not an authentication error: \(String(describing: error))")
      return
    }
    #expect(why.contains("Host key verification failed"))
  }

  @Test("a key that the remote does not know is an authentication error")
  func otherKey() async throws {
    let origin = try await GitOrigin()
    let server = try await GitSSHServer(origin)
    let fixture = try mirror(of: server, key: server.otherKey, knownHosts: server.knownHosts())
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(origin.branch)
    }
    guard case .authentication(let why) = error else {
      Issue.record("not an authentication error: \(String(describing: error))")
      return
    }
    #expect(why.contains("Permission denied (publickey)"))
  }
}

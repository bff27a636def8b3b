import DeployModel
import TestKit
import Testing

@testable import Git

@Suite(.enabled(if: GitSSHServer.isInstalled, "there is no sshd: scripts/setup installs it"))
struct RealSSHTests {
  private func mirror(
    of server: GitSSHServer, key: String, knownHosts: String
  ) throws -> MirrorFixture {
    try MirrorFixture(
      of: GitRemote(
        url: server.url, credentials: .ssh(privateKeyFile: key, knownHostsFile: knownHosts)))
  }

  @Test(
    "a deploy key fetches and pushes through sshd, to a host that is known",
    arguments: [true, false])
  func fetchesAndPushes(newestProtocol: Bool) async throws {
    // Files on demand are an offer of version 2.
    let origin = try await GitOrigin(allowsFilter: newestProtocol)
    let server = try await GitSSHServer(origin, newestProtocol: newestProtocol)
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

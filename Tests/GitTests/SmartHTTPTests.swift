import DeployModel
import Synchronization
import TestKit
import Testing

@testable import Git

@Suite struct SmartHTTPTests {
  static let secret = "s3cr3t-t0ken/with+odd=characters"

  @Test("R13: fetch, read and push with a token that no command line, URL or file shows")
  func worksWithATokenThatIsNeverSeen() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: Self.secret)
    let fixture = try MirrorFixture(
      of: GitRemote(url: server.url(), credentials: .token(Self.secret)))
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    #expect(try await fixture.mirror.file("README.md", at: tip)?.bytes == Array("hello\n".utf8))
    let written = try await fixture.mirror.write([.make(["README.md": "bye\n"])], onto: tip)
    let pushed = try #require(written.first).commit
    #expect(
      try await fixture.mirror.push(pushed, to: origin.branch, expecting: tip) == .landed)
    #expect(try await origin.tip() == pushed)
    #expect(try server.leaks() == [])
    #expect(try server.requests().allSatisfy { $0.hasSuffix(" with") })
    #expect(try await grep(Self.secret, in: fixture.directory.path) == [])
  }

  @Test("R13: the token is sent to the remote's own host and port alone")
  func theTokenIsBoundToItsHost() async throws {
    let remote = GitRemote(
      url: "https://git.example.com:8443/a/b.git", credentials: .token(Self.secret))
    let settings = try await remote.access(afterRefusal: false).settings
    #expect(settings.map(\.key) == ["http.https://git.example.com:8443/.extraHeader"])
  }

  @Test("a refused token is asked for anew, once")
  func anExpiredTokenIsRenewed() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: "new")
    let asked = Mutex<[Bool]>([])
    let credentials = GitCredentials.token(username: "x-access-token") { afterRefusal in
      asked.withLock { $0.append(afterRefusal) }
      return afterRefusal ? "new" : "old"
    }
    let fixture = try MirrorFixture(of: GitRemote(url: server.url(), credentials: credentials))
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
    #expect(asked.withLock { $0 } == [false, true])
  }

  @Test("R13: an error names no secret")
  func aWrongTokenIsAnAuthenticationError() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: "right")
    let fixture = try MirrorFixture(
      of: GitRemote(url: server.url(), credentials: .token(Self.secret)))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(origin.branch)
    }
    guard case .authentication = error else {
      Issue.record("not an authentication error: \(String(describing: error))")
      return
    }
    #expect(error?.disposition == .credentials)
    #expect(!"\(String(describing: error))".contains(Self.secret))
  }

  @Test("R13: a password in the url never reaches git's command line")
  func aURLWithAPasswordIsTakenApart() async throws {
    let remote = GitRemote(url: "https://user:p%40ss@example.com/a/b.git")
    #expect(remote.url == "https://example.com/a/b.git")
    guard case .token("user", let token) = remote.credentials else {
      Issue.record("the user part is lost")
      return
    }
    #expect(try await token(false) == "p@ss")
  }

  @Test func aRedirectIsNotFollowedWithOurCredentials() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: Self.secret)
    let fixture = try MirrorFixture(
      of: GitRemote(url: server.url("moved/"), credentials: .token(Self.secret)))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(origin.branch)
    }
    #expect(error?.disposition == .notFound)
    #expect(try server.requests().count == 1)
  }

  @Test("R6: 403 on a push is policy")
  func aReadOnlyTokenIsPolicy() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: Self.secret)
    let fixture = try MirrorFixture(
      of: GitRemote(url: server.url("read-only/"), credentials: .token(Self.secret)))
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let written = try await fixture.mirror.write([.make(["a": "1"])], onto: tip)
    let outcome = try await fixture.mirror.push(
      try #require(written.first).commit, to: origin.branch, expecting: tip)
    guard case .rejected(.policy(let words)) = outcome else {
      Issue.record("not policy: \(outcome)")
      return
    }
    #expect(words.contains("403"))
    #expect(!words.contains(Self.secret))
  }

  @Test func aServerThatIsNotThereIsUnreachable() async throws {
    let fixture = try MirrorFixture(of: GitRemote(url: "http://127.0.0.1:1/x.git"))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(.named("main"))
    }
    #expect(error?.disposition == .retry)
  }

  @Test func anUnreachableBeforeComesOverHTTPToo() async throws {
    let origin = try await GitOrigin()
    let before = try await origin.commit(["a.txt": "1\n"])
    try await origin.commit(["a.txt": "2\n"], onto: origin.root)
    let server = try await GitHTTPServer(origin)
    let fixture = try MirrorFixture(of: GitRemote(url: server.url()))
    _ = try await fixture.mirror.fetch(origin.branch)
    #expect(try await fixture.mirror.fetchCommit(before))
  }
}

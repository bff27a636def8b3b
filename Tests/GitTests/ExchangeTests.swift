import DeployModel
import Git
import TestKit
import Testing

@Suite("A mirror whose remote is exchanged")
struct ExchangeTests {
  @Test("other credentials hold from the next operation on")
  func credentials() async throws {
    let origin = try await GitOrigin()
    let server = try await GitHTTPServer(origin, token: "new")
    let fixture = try MirrorFixture(
      of: GitRemote(url: server.url(), credentials: .token("old")))
    await #expect(throws: GitError.self) { try await fixture.mirror.fetch(origin.branch) }
    fixture.mirror.exchange(remote: GitRemote(url: server.url(), credentials: .token("new")))
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
  }

  @Test("another url holds for fetches and pushes, and for a mirror that is made anew")
  func url() async throws {
    let old = try await GitOrigin()
    let new = try await GitOrigin(files: ["README.md": "moved\n"])
    let fixture = try MirrorFixture(of: old)
    let mirror = fixture.mirror
    #expect(try await mirror.fetch(old.branch) == old.root)
    mirror.exchange(remote: new.remote)
    #expect(try await mirror.fetch(old.branch) == new.root)
    #expect(try await mirror.file("README.md", at: new.root)?.bytes == Array("moved\n".utf8))
    let written = try await mirror.write([.make(["a.txt": "1\n"])], onto: new.root)
    let head = try #require(written.last?.commit)
    #expect(try await mirror.push(head, to: new.branch, expecting: new.root) == .landed)
    #expect(try await new.tip() == head)
    #expect(try await old.tip() == old.root)
    try TextFile.move(fixture.path, to: "\(fixture.path)-gone")
    #expect(try await mirror.fetch(new.branch) == head)
  }
}

import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite struct FetchTests {
  @Test func theFirstFetchMakesTheMirrorAndTheNextBringsItUpToDate() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
    let next = try await origin.commit(["a.txt": "1\n"])
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
    #expect(try await fixture.mirror.contains(origin.root))
  }

  @Test func aMirrorOutlivesItsProcess() async throws {
    let origin = try await GitOrigin()
    let first = try MirrorFixture(of: origin)
    _ = try await first.mirror.fetch(origin.branch)
    let again = Mirror(
      directory: first.path, remote: origin.remote, git: GitProgram(),
      logger: first.mirror.testLogger)
    #expect(try await again.tip(of: origin.branch) == origin.root)
    #expect(try await again.fetch(origin.branch) == origin.root)
  }

  @Test("files stay at the remote until they are asked for, history does not")
  func isBlobless() async throws {
    let origin = try await GitOrigin(files: ["big.txt": .text(String(repeating: "x", count: 9999))])
    let next = try await origin.commit(["other.txt": "1\n"])
    let blob = try await origin.git(["rev-parse", "\(next):big.txt"])
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    #expect(try await !hasObject(blob, in: fixture.path))
    #expect(try await fixture.mirror.contains(origin.root))
    #expect(try await fixture.mirror.file("big.txt", at: next)?.bytes.count == 9999)
    #expect(try await hasObject(blob, in: fixture.path))
  }

  @Test func aRemoteThatKnowsNoFilterIsMirroredWhole() async throws {
    let origin = try await GitOrigin(allowsFilter: false)
    let blob = try await origin.git(["rev-parse", "\(origin.root):README.md"])
    let fixture = try MirrorFixture(of: origin)
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
    #expect(try await hasObject(blob, in: fixture.path))
    let next = try await origin.commit(["a.txt": "1\n"])
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
  }

  @Test func aBranchThatIsGoneIsNilAndComesBack() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    try await origin.delete(origin.branch)
    #expect(try await fixture.mirror.fetch(origin.branch) == nil)
    #expect(try await fixture.mirror.tip(of: origin.branch) == nil)
    try await origin.set(origin.branch, to: origin.root)
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
  }

  @Test func aBranchMayTakeThePlaceOfAnotherThatWasItsDirectory() async throws {
    let origin = try await GitOrigin(branch: "release")
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    try await origin.delete(origin.branch)
    let below = BranchName.named("release/1")
    try await origin.set(below, to: origin.root)
    #expect(try await fixture.mirror.fetch(below) == origin.root)
  }

  @Test("R3: what a force push left behind is still to be had, and pinned it stays")
  func forcePushLeavesAnUnreachableBefore() async throws {
    let origin = try await GitOrigin()
    let before = try await origin.commit(["a.txt": "1\n"])
    let after = try await origin.commit(["a.txt": "2\n"], onto: origin.root)
    let fixture = try MirrorFixture(of: origin)
    #expect(try await fixture.mirror.fetch(origin.branch) == after)
    #expect(try await !fixture.mirror.contains(before))
    #expect(try await fixture.mirror.fetchCommit(before))
    try await fixture.mirror.pin("cursor/main", to: before)
    #expect(try await fixture.mirror.pinned("cursor/main") == before)
    let changes = try await fixture.mirror.changedFiles(from: before, to: after)
    #expect(changes.map(\.path) == ["a.txt"])
    #expect(try await !fixture.mirror.isAncestor(before, of: after))
  }

  @Test func aCommitThatTheRemoteDoesNotHaveIsRefused() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    let unknown = try #require(CommitSHA(String(repeating: "ab", count: 20)))
    #expect(try await !fixture.mirror.fetchCommit(unknown))
    #expect(try await !fixture.mirror.contains(unknown))
    await #expect(throws: GitError.noSuchCommit(unknown)) {
      try await fixture.mirror.commit(unknown)
    }
  }

  @Test("a commit that another process fetched is had by one that fetched nothing, or lost it")
  func obtained() async throws {
    let origin = try await GitOrigin()
    let next = try await origin.commit(["a.txt": "1\n"])
    let fixture = try MirrorFixture(of: origin)
    #expect(try await fixture.mirror.tip(of: origin.branch) == nil)
    #expect(try await fixture.mirror.obtain(next, from: origin.branch))
    let later = try await origin.commit(["a.txt": "2\n"])
    #expect(try await fixture.mirror.obtain(later, from: origin.branch))
    try FileManager.default.removeItem(atPath: fixture.path)
    #expect(try await fixture.mirror.obtain(later, from: origin.branch))
    // Behind a force push, and of a branch that is gone.
    let forced = try await origin.commit(["a.txt": "3\n"], onto: origin.root)
    let fresh = try MirrorFixture(of: origin)
    #expect(try await fresh.mirror.obtain(later, from: origin.branch))
    #expect(try await fresh.mirror.obtain(forced, from: BranchName.named("gone")))
    let unknown = try #require(CommitSHA(String(repeating: "ab", count: 20)))
    #expect(try await !fresh.mirror.obtain(unknown, from: origin.branch))
  }

  @Test("twenty callers at once cost two fetches at most")
  func callersShareFetches() async throws {
    let origin = try await GitOrigin()
    let counter = try CountingGit()
    let fixture = try MirrorFixture(of: origin.remote, git: counter.program)
    _ = try await fixture.mirror.fetch(origin.branch)
    let before = try counter.count(of: "fetch")
    let tip = try await origin.commit(["a.txt": "1\n"])
    let tips = try await withThrowingTaskGroup(of: CommitSHA?.self) { group in
      for _ in 0..<20 { group.addTask { try await fixture.mirror.fetch(origin.branch) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(tips == Array(repeating: tip, count: 20))
    #expect(try (1...2).contains(counter.count(of: "fetch") - before))
  }

  @Test func aCancelledCallerLeavesTheOthersTheirFetch() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let impatient = Task { try await fixture.mirror.fetch(origin.branch) }
    let patient = Task { try await fixture.mirror.fetch(origin.branch) }
    impatient.cancel()
    #expect(try await patient.value == origin.root)
    _ = await impatient.result
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
  }

  @Test func anAbsentRemoteIsNamedAsSuch() async throws {
    let directory = try TemporaryDirectory()
    let fixture = try MirrorFixture(of: GitRemote(url: "file://\(directory.path)/none.git"))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(.named("main"))
    }
    #expect(error?.disposition == .notFound)
  }

  @Test("R13: a remote helper that would run a program is not reached")
  func otherProtocolsAreRefused() async throws {
    let directory = try TemporaryDirectory()
    let proof = directory.appending("ran")
    for url in ["ext::touch% \(proof)", "git://127.0.0.1:1/x", "--upload-pack=touch \(proof)"] {
      let fixture = try MirrorFixture(of: GitRemote(url: url))
      await #expect(throws: GitError.self) { try await fixture.mirror.fetch(.named("main")) }
    }
    #expect(!FileManager.default.fileExists(atPath: proof))
  }

  @Test func aRepositoryOfSHA256Works() async throws {
    let origin = try await GitOrigin(objectFormat: "sha256")
    let fixture = try MirrorFixture(of: origin)
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
    #expect(
      try await fixture.mirror.file("README.md", at: origin.root)?.bytes == Array("hello\n".utf8))
    let next = try await origin.commit(["a.txt": "1\n"], onto: origin.root)
    #expect(try await fixture.mirror.fetch(origin.branch) == next)
    #expect(try await fixture.mirror.changedFiles(from: nil, to: next).count == 2)
  }
}

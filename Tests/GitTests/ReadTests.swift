import DeployModel
import Git
import Glibc
import TestKit
import Testing

@Suite struct ReadTests {
  let origin: GitOrigin
  let fixture: MirrorFixture
  var mirror: Mirror { fixture.mirror }
  let tip: CommitSHA

  init() async throws {
    origin = try await GitOrigin(files: [
      "README.md": "hello\n", "backend/Dockerfile": "FROM scratch\n",
      "backend/run.sh": .executable("#!/bin/sh\n"), "backend/link": .symlink("../README.md"),
      "empty": "", "odd\nname/-x": "odd\n",
    ])
    fixture = try MirrorFixture(of: origin)
    tip = try #require(try await fixture.mirror.fetch(origin.branch))
  }

  @Test func aFileHasItsBytesModeAndId() async throws {
    let file = try #require(try await mirror.file("backend/run.sh", at: tip))
    #expect(file.bytes == Array("#!/bin/sh\n".utf8))
    #expect(file.mode == .executable)
    #expect(file.id.hex == (try await origin.git(["rev-parse", "main:backend/run.sh"])))
    #expect(try await mirror.file("empty", at: tip)?.bytes == [])
    #expect(try await mirror.file("odd\nname/-x", at: tip)?.bytes == Array("odd\n".utf8))
  }

  @Test("R13: a link is handed over as a link and never followed")
  func aLink() async throws {
    let link = try #require(try await mirror.file("backend/link", at: tip))
    #expect(link.mode == .symlink)
    #expect(link.bytes == Array("../README.md".utf8))
  }

  @Test func whatIsNoFileIsNil() async throws {
    for path in ["none", "backend", "backend/none", "README.md/x", "odd\nname/y", "no\nne/x"] {
      #expect(try await mirror.file(path, at: tip) == nil)
    }
  }

  @Test(
    "R13: a path cannot climb", arguments: ["../x", "a/../../x", "./README.md", "/etc/passwd", ""])
  func climbing(_ path: String) async throws {
    if path.isEmpty {
      #expect(try await mirror.file(path, at: tip) == nil)
    } else {
      await #expect(throws: GitError.self) { try await mirror.file(path, at: tip) }
    }
  }

  @Test func manyFilesAreOneDownload() async throws {
    let counter = try CountingGit()
    let fixture = try MirrorFixture(of: origin.remote, git: counter.program)
    _ = try await fixture.mirror.fetch(origin.branch)
    let before = try counter.count(of: "fetch")
    let files = try await fixture.mirror.files(
      ["README.md", "none", "backend/Dockerfile", "backend/run.sh"], at: tip)
    #expect(
      files.map { $0.map { String(decoding: $0.bytes, as: UTF8.self) } } == [
        "hello\n", nil, "FROM scratch\n", "#!/bin/sh\n",
      ])
    #expect(try counter.count(of: "fetch") == before + 1)
    _ = try await fixture.mirror.files(["README.md", "backend/run.sh"], at: tip)
    #expect(try counter.count(of: "fetch") == before + 1)
  }

  @Test func aDirectoryIsListedInGitsOrder() async throws {
    let entries = try await mirror.list(.at("backend"), at: tip)
    #expect(entries.map(\.name) == ["Dockerfile", "link", "run.sh"])
    #expect(entries.map(\.mode) == [.regular, .symlink, .executable])
    #expect(
      try await mirror.list(.root, at: tip).map(\.name) == [
        "README.md", "backend", "empty", "odd\nname",
      ])
    await #expect(throws: GitError.noSuchPath("none", tip)) {
      try await mirror.list(.at("none"), at: tip)
    }
    await #expect(throws: GitError.noSuchPath("README.md", tip)) {
      try await mirror.list(.at("README.md"), at: tip)
    }
  }

  @Test("the ids of trees and blobs are git's, without a download")
  func ids() async throws {
    for path in ["backend", "backend/run.sh", "README.md"] {
      let id = try await origin.git(["rev-parse", "main:\(path)"])
      #expect(try await mirror.objectID(of: .at(path), at: tip)?.hex == id)
    }
    let root = try await origin.git(["rev-parse", "main^{tree}"])
    #expect(try await mirror.objectID(of: .root, at: tip)?.hex == root)
    #expect(try await mirror.objectID(of: .at("none/none"), at: tip) == nil)
  }

  @Test func aCommitHasItsPeopleTimesAndMessage() async throws {
    let author = GitIdentity.make("Ada Ünlü", "ada@example.com")
    let message = "feat: a thing\n\nWith a body.\n\nReviewed-by: Bob\n"
    let sha = try await origin.commit(
      ["a": "1"], message: message, author: author, at: Timestamp(milliseconds: 1_700_000_000_999))
    _ = try await mirror.fetch(origin.branch)
    let commit = try await mirror.commit(sha)
    #expect(commit.sha == sha)
    #expect(commit.parents == [tip])
    #expect(commit.author == author)
    #expect(commit.committer == author)
    #expect(commit.committedAt == Timestamp(milliseconds: 1_700_000_000_000))
    #expect(commit.message == message)
    #expect(commit.subject == "feat: a thing")
    #expect(commit.tree.hex == (try await origin.git(["rev-parse", "\(sha)^{tree}"])))
  }

  @Test func historyIsNewestFirstWithoutItsBase() async throws {
    var all = [tip]
    for number in 1...5 {
      // Times that run backwards must not change the order.
      let time = Timestamp(milliseconds: 1_700_000_000_000 - Int64(number) * 1000)
      all.append(try await origin.commit(["n": .text("\(number)")], at: time))
    }
    let newest = try #require(try await mirror.fetch(origin.branch))
    #expect(
      try await mirror.commits(from: all[1], to: newest, limit: 100).map(\.sha)
        == [all[5], all[4], all[3], all[2]])
    #expect(
      try await mirror.commits(from: all[0], to: newest, limit: 2).map(\.sha) == [all[5], all[4]])
    #expect(try await mirror.commits(from: nil, to: newest, limit: 100).count == 6)
    #expect(try await mirror.commits(from: newest, to: newest, limit: 100).isEmpty)
  }

  @Test func ancestryIncludesTheCommitItself() async throws {
    let next = try await origin.commit(["a": "1"])
    _ = try await mirror.fetch(origin.branch)
    #expect(try await mirror.isAncestor(tip, of: tip))
    #expect(try await mirror.isAncestor(tip, of: next))
    #expect(try await !mirror.isAncestor(next, of: tip))
    let unknown = try #require(CommitSHA(String(repeating: "ab", count: 20)))
    await #expect(throws: GitError.noSuchCommit(unknown)) {
      try await mirror.isAncestor(unknown, of: tip)
    }
  }

  @Test func theLastCommitThatTouchedAPath() async throws {
    let touching = try await origin.commit(["backend/run.sh": "2\n", "[a]*.txt": "1\n"])
    _ = try await origin.commit(["README.md": "2\n"])
    let newest = try #require(try await mirror.fetch(origin.branch))
    #expect(try await mirror.lastCommit(touching: "backend", at: newest) == touching)
    #expect(try await mirror.lastCommit(touching: "[a]*.txt", at: newest) == touching)
    #expect(try await mirror.lastCommit(touching: "*.txt", at: newest) == nil)
    #expect(try await mirror.lastCommit(touching: "backend/run.sh", at: tip) == tip)
  }

  @Test("a reader that dies is replaced, and answers asked together stay in order")
  func theReaderIsReplaced() async throws {
    for _ in 0..<3 {
      for pid in try processes(naming: fixture.path) { kill(pid, SIGKILL) }
      let answers = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
        for number in 0..<40 {
          let path = number.isMultiple(of: 2) ? "README.md" : "none"
          group.addTask { (number, try await mirror.file(path, at: tip) != nil) }
        }
        return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
      }
      #expect(answers.count == 40)
      #expect(answers.allSatisfy { $0.value == $0.key.isMultiple(of: 2) })
    }
  }

  @Test("R12: a file beyond the limit is refused, and the reader goes on")
  func aHugeFile() async throws {
    let size = Mirror.fileLimit + 1
    let huge = try await origin.commit(["huge": .bytes([UInt8](repeating: 7, count: size))])
    _ = try await mirror.fetch(origin.branch)
    await #expect(throws: GitError.self) { try await mirror.file("huge", at: huge) }
    #expect(try await mirror.file("README.md", at: huge)?.bytes == Array("hello\n".utf8))
  }
}

@Suite struct ResolveTests {
  @Test("R13: a commit, branch or tag by its plain name, on the branch")
  func resolves() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let mirror = fixture.mirror
    let next = try await origin.commit(["a": "1"])
    let aside = try await origin.commit(["b": "1"], on: .named("feature/x"))
    try await origin.git(["tag", "v1", origin.root.hex])
    try await origin.git([
      "-c", "user.name=t", "-c", "user.email=t@t", "tag", "-a", "-m", "m", "v2", next.hex,
    ])
    _ = try await mirror.fetch(origin.branch)
    let main = origin.branch
    #expect(try await mirror.resolve(next.hex, on: main) == next)
    #expect(try await mirror.resolve(next.hex.uppercased(), on: main) == next)
    #expect(try await mirror.resolve(next.short(), on: main) == next)
    #expect(try await mirror.resolve("main", on: main) == next)
    #expect(try await mirror.resolve("refs/heads/main", on: main) == next)
    #expect(try await mirror.resolve("v1", on: main) == origin.root)
    #expect(try await mirror.resolve("v2", on: main) == next)
    #expect(try await mirror.resolve("feature/x", on: main) == nil)
    #expect(try await mirror.resolve(aside.hex, on: main) == nil)
    #expect(try await mirror.resolve("feature/x", on: nil) == aside)
    #expect(try await mirror.resolve("nothing", on: nil) == nil)
    #expect(try await mirror.resolve("0123456", on: nil) == nil)
  }

  @Test(
    "R13: revision syntax and options are refused",
    arguments: [
      "main~1", "main^", "HEAD@{1}", "main:README.md", "a..b", "-x", "--upload-pack=x", "", "@",
      ":/fix", "main^{/x}", "a b", "x\n", "*",
    ])
  func refuses(_ reference: String) async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    await #expect(throws: GitError.self) { try await fixture.mirror.resolve(reference, on: nil) }
  }
}

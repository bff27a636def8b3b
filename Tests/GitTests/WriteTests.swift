import DeployModel
import Git
import TestKit
import Testing

@Suite struct WriteTests {
  @Test("R6: a batch is one process and a line of commits; all else keeps its bytes and modes")
  func aBatch() async throws {
    let origin = try await GitOrigin(files: [
      "run.sh": .executable("#!/bin/sh\n"), "link": .symlink("run.sh"),
      "k8s/a/kustomization.yaml": "a: 1\n", "k8s/b/kustomization.yaml": "b: 1\n",
    ])
    let counter = try CountingGit()
    let fixture = try MirrorFixture(of: origin.remote, git: counter.program)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let author = GitIdentity.make("slipway", "slipway@example.com")
    let written = try await fixture.mirror.write(
      [
        .make(
          ["k8s/a/kustomization.yaml": "a: 2\n"], message: "chore: a\n\n[skip ci]\n", author: author
        ),
        .make(["k8s/b/kustomization.yaml": "b: 2\n"], message: "chore: b\n", author: author),
      ], onto: tip)
    #expect(try counter.count(of: "fast-import") == 1)
    #expect(written.count == 2)
    #expect(try await fixture.mirror.tip(of: origin.branch) == tip)
    #expect(
      try await fixture.mirror.push(written[1].commit, to: origin.branch, expecting: tip)
        == .landed)

    #expect(try await origin.subjects() == ["chore: b", "chore: a", "first"])
    #expect(try await origin.text(of: "k8s/a/kustomization.yaml") == "a: 2\n")
    let changed = try await origin.git(["diff", "--raw", "--no-abbrev", tip.hex, "main"])
    #expect(changed.split(separator: "\n").count == 2)
    #expect(
      try await origin.git(["ls-tree", "-r", "--format=%(objectmode) %(path)", "main"])
        == """
        100644 k8s/a/kustomization.yaml
        100644 k8s/b/kustomization.yaml
        120000 link
        100755 run.sh
        """)
    #expect(
      try await origin.git(["log", "-1", "--format=%an|%ae|%cn|%ce|%ct|%B", written[0].commit.hex])
        == """
        slipway|slipway@example.com|slipway|slipway@example.com|1764753577|chore: a

        [skip ci]
        """)
    #expect(
      try await origin.git(["rev-parse", "main:k8s/b/kustomization.yaml"])
        == written[1].blobs["k8s/b/kustomization.yaml"]?.hex)
    #expect(try await origin.git(["fsck", "--strict"]) == "")
  }

  @Test func whatWasWrittenCanBeReadAtOnce() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    _ = try await fixture.mirror.file("README.md", at: tip)
    let written = try await fixture.mirror.write([.make(["README.md": "new\n"])], onto: tip)
    let file = try await fixture.mirror.file("README.md", at: written[0].commit)
    #expect(file?.bytes == Array("new\n".utf8))
    #expect(file?.id == written[0].blobs["README.md"])
  }

  @Test func modesAreAsPlanned() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let plan = PlannedCommit(
      message: "modes\n", author: .fixture, time: .fixture,
      files: [
        .init(path: "tool", bytes: Array("x".utf8), mode: .executable),
        .init(path: "link", bytes: Array("tool".utf8), mode: .symlink),
      ])
    let written = try await fixture.mirror.write([plan], onto: tip)
    let entries = try await fixture.mirror.list(.root, at: written[0].commit)
    #expect(entries.map(\.name) == ["README.md", "link", "tool"])
    #expect(entries.map(\.mode) == [.regular, .symlink, .executable])
  }

  @Test(
    "odd names keep their bytes",
    arguments: ["with \"quotes\".txt", "line\nend.txt", "back\\slash", "ümlaut/名前.txt", "a b"])
  func oddNames(_ name: String) async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let written = try await fixture.mirror.write([.make([name: "1\n"])], onto: tip)
    #expect(
      try await fixture.mirror.push(written[0].commit, to: origin.branch, expecting: tip)
        == .landed)
    #expect(try await origin.text(of: name) == "1\n")
    #expect(try await fixture.mirror.file(name, at: written[0].commit)?.bytes == Array("1\n".utf8))
  }

  @Test(
    "R13: a path that leaves the tree, or git's own, is refused",
    arguments: ["../x", "/x", "a/../../x", ".git/config", "a//b", "", "./a"])
  func pathsThatLeave(_ path: String) async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    await #expect(throws: GitError.self) {
      try await fixture.mirror.write([.make([path: "1\n"])], onto: tip)
    }
  }

  @Test("a message or a file's contents cannot give commands to fast-import")
  func contentsAreData() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let hostile = "x\n\ndeleteall\nreset refs/heads/evil\nfrom \(tip)\n\ndone\n"
    let written = try await fixture.mirror.write(
      [.make(["README.md": hostile], message: hostile)], onto: tip)
    #expect(try await fixture.mirror.commit(written[0].commit).message == hostile)
    #expect(
      try await fixture.mirror.file("README.md", at: written[0].commit)?.bytes
        == Array(hostile.utf8))
    #expect(GitIdentity(name: "x\nfrom y", email: "a@b") == nil)
    #expect(GitIdentity(name: "x <y>", email: "a@b") == nil)
  }

  @Test func anUnknownParentIsNamed() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    _ = try await fixture.mirror.fetch(origin.branch)
    let unknown = try #require(CommitSHA(String(repeating: "ab", count: 20)))
    await #expect(throws: GitError.noSuchCommit(unknown)) {
      try await fixture.mirror.write([.make(["a": "1"])], onto: unknown)
    }
  }

  @Test("R6: two hundred commits land in one line, after strangers were faster three times")
  func aBigBatch() async throws {
    let origin = try await GitOrigin()
    let fixture = try MirrorFixture(of: origin)
    let plans = (0..<200).map { PlannedCommit.make(["s\($0).txt": "1\n"], message: "c\($0)\n") }
    for attempt in 0...3 {
      let tip = try #require(try await fixture.mirror.fetch(origin.branch))
      let written = try await fixture.mirror.write(plans, onto: tip)
      if attempt < 3 { try await origin.commit(["x": .text("\(attempt)")], message: "stranger") }
      let outcome = try await fixture.mirror.push(
        written[199].commit, to: origin.branch, expecting: tip)
      #expect((outcome == .landed) == (attempt == 3))
    }
    #expect(try await origin.isLinear())
    let subjects = try await origin.subjects()
    #expect(subjects.count { $0.hasPrefix("c") } == 200)
    #expect(subjects.suffix(4) == ["stranger", "stranger", "stranger", "first"])
  }
}

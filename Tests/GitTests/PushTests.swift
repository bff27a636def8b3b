import DeployModel
import Git
import TestKit
import Testing

@Suite struct PushTests {
  let origin: GitOrigin
  let fixture: MirrorFixture
  var mirror: Mirror { fixture.mirror }

  init() async throws {
    origin = try await GitOrigin()
    fixture = try MirrorFixture(of: origin)
  }

  private func prepared(_ files: [String: String] = ["a.txt": "ours\n"]) async throws -> (
    tip: CommitSHA, commit: CommitSHA
  ) {
    let tip = try #require(try await mirror.fetch(origin.branch))
    let written = try await mirror.write([.make(files)], onto: tip)
    return (tip, try #require(written.first).commit)
  }

  @Test func aPushLandsAndAgainItIsThere() async throws {
    let (tip, commit) = try await prepared()
    #expect(try await mirror.push(commit, to: origin.branch, expecting: tip) == .landed)
    #expect(try await origin.tip() == commit)
    #expect(try await mirror.push(commit, to: origin.branch, expecting: tip) == .landed)
    #expect(try await mirror.fetch(origin.branch) == commit)
  }

  @Test("R6: a tip that moved meanwhile is told, and nothing is overwritten")
  func aMovedTipIsRefused() async throws {
    let (tip, commit) = try await prepared()
    let theirs = try await origin.commit(["b.txt": "theirs\n"])
    let outcome = try await mirror.push(commit, to: origin.branch, expecting: tip)
    guard case .rejected(.tipMoved) = outcome else {
      Issue.record("not a moved tip: \(outcome)")
      return
    }
    #expect(try await origin.tip() == theirs)
    #expect(try await mirror.fetch(origin.branch) == theirs)
  }

  @Test("R6: a tip that was moved back is not brought forward again")
  func aTipThatWentBackIsRefused() async throws {
    let bad = try await origin.commit(["a.txt": "bad\n"])
    let (tip, commit) = try await prepared(["c.txt": "1\n"])
    #expect(tip == bad)
    try await origin.set(origin.branch, to: origin.root)
    let outcome = try await mirror.push(commit, to: origin.branch, expecting: tip)
    guard case .rejected(.tipMoved) = outcome else {
      Issue.record("not a moved tip: \(outcome)")
      return
    }
    #expect(try await origin.tip() == origin.root)
  }

  @Test func aDeletedBranchIsNotMadeAnew() async throws {
    let (tip, commit) = try await prepared()
    try await origin.delete(origin.branch)
    guard
      case .rejected(.tipMoved) = try await mirror.push(
        commit, to: origin.branch, expecting: tip)
    else {
      Issue.record("a deleted branch was pushed to")
      return
    }
    #expect(try await origin.tip() == nil)
  }

  @Test("R6: never force")
  func onlyDescendantsArePushed() async throws {
    let (_, _) = try await prepared()
    let other = try await origin.commit(["x.txt": "1\n"])
    _ = try await mirror.fetch(origin.branch)
    let aside = try await mirror.write([.make(["y.txt": "1\n"])], onto: origin.root)
    await #expect(throws: GitError.self) {
      try await mirror.push(aside[0].commit, to: origin.branch, expecting: other)
    }
    #expect(try await origin.tip() == other)
  }

  @Test("R6: a hook's refusal is permanent and carries the server's own words")
  func aHookThatDeclines() async throws {
    let (tip, commit) = try await prepared()
    try origin.installHook(
      "pre-receive", "echo 'commits need a ticket' >&2; echo 'see the wiki' >&2; exit 1")
    #expect(
      try await mirror.push(commit, to: origin.branch, expecting: tip)
        == .rejected(
          .policy("pre-receive hook declined\ncommits need a ticket\nsee the wiki")))
    try origin.removeHook("pre-receive")
    #expect(try await mirror.push(commit, to: origin.branch, expecting: tip) == .landed)
  }

  @Test("R6: a stranger who is faster inside the server's own hook")
  func aRaceLostOnTheServer() async throws {
    let (tip, commit) = try await prepared()
    let theirs = try await origin.commit(["b.txt": "theirs\n"])
    try await origin.set(origin.branch, to: tip)
    // Between the server's look at the tip and its move of it. The quarantine that git puts
    // around a hook would forbid it to move refs.
    try origin.installHook(
      "pre-receive",
      """
      unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
      git update-ref \(origin.branch.ref) \(theirs)
      """)
    let outcome = try await mirror.push(commit, to: origin.branch, expecting: tip)
    guard case .rejected(.tipMoved) = outcome else {
      Issue.record("not a moved tip: \(outcome)")
      return
    }
    #expect(try await origin.tip() == theirs)
  }

  @Test("R6: a lock that somebody holds is neither policy nor a moved tip")
  func aHeldLock() async throws {
    let (tip, commit) = try await prepared()
    try await origin.git(["config", "core.filesRefLockTimeout", "0"])
    try TextFile.write("", to: "\(origin.path)/\(origin.branch.ref).lock")
    let outcome = try await mirror.push(commit, to: origin.branch, expecting: tip)
    guard case .rejected(.transport) = outcome else {
      Issue.record("not transport: \(outcome)")
      return
    }
    #expect(try await origin.tip() == tip)
  }

  @Test func aRemoteThatIsGoneIsTransport() async throws {
    let (tip, commit) = try await prepared()
    try TextFile.move(origin.path, to: origin.path + ".away")
    guard
      case .rejected(.transport) = try await mirror.push(
        commit, to: origin.branch, expecting: tip)
    else {
      Issue.record("not transport")
      return
    }
  }

  @Test("R12: a push that never answers ends at its deadline, its outcome unknown")
  func aHangingServer() async throws {
    var program = GitProgram()
    program.deadlines.push = .milliseconds(300)
    let fixture = try MirrorFixture(of: origin.remote, git: program)
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let written = try await fixture.mirror.write([.make(["a": "1"])], onto: tip)
    try origin.installHook("pre-receive", "exec sleep 1000")
    guard
      case .rejected(.transport(let words)) = try await fixture.mirror.push(
        written[0].commit, to: origin.branch, expecting: tip)
    else {
      Issue.record("not transport")
      return
    }
    #expect(words.contains("did not finish"))
  }
}

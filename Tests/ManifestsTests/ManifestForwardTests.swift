import DeployModel
import Foundation
import Git
import Manifests
import TestKit
import Testing

@Suite("Which edit may land")
struct ManifestForwardTests {
  @Test("R5: an older source after a newer one is superseded, even before the record shows it")
  func olderAfterNewer() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    // Not recorded: the next decision must not depend on how fast the caller is.
    let newer = await harness.writer.submit(try .make("a", 2, tag: "t2", source: remote.sources[1]))
    let older = await harness.writer.submit(try .make("a", 1, tag: "t1", source: remote.sources[0]))
    #expect(newer.commit != nil)
    guard case .superseded(_, let reason) = older else {
      Issue.record("\(older)")
      return
    }
    #expect(reason.contains(remote.sources[1].short()))
    #expect(try await remote.tag(of: "a") == "t2")
  }

  @Test("R5: of one batch the newest source lands, in whatever order they were accepted")
  func newestOfABatch() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    let outcomes = try await together(
      harness,
      try .make("a", 1, tag: "new", source: remote.sources[1]),
      try .make("a", 2, tag: "stale", source: remote.sources[0]))
    #expect(outcomes[0].commit != nil)
    guard case .superseded = outcomes[1] else {
      Issue.record("\(outcomes[1])")
      return
    }
    #expect(try await remote.tag(of: "a") == "new")
  }

  @Test("R5: in one batch a person's decision beats the retry of an older push")
  func personOfABatch() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    let outcomes = try await together(
      harness,
      try .make("a", 2, tag: "back", source: remote.sources[0], cause: .rollback),
      try .make("a", 3, tag: "again", source: remote.sources[1], cause: .retry, basis: 1))
    #expect(outcomes[0].commit != nil)
    #expect(outcomes[1].commit == nil)
    #expect(try await remote.tag(of: "a") == "back")
  }

  private func together(
    _ harness: WriterHarness, _ first: ManifestEdit, _ second: ManifestEdit
  ) async throws -> [WriteOutcome] {
    try await harness.landTogether([first, second])
  }

  @Test("R5: a source that left the branch is superseded")
  func offBranch() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let gone = remote.sources[1]
    let harness = try WriterHarness(remote)
    _ = try await remote.git("update-ref", "refs/heads/main", remote.sources[0].hex)
    let outcome = await harness.land(try .make("a", 1, tag: "t", source: gone))
    #expect(outcome == .superseded(by: nil, reason: "its source is no longer on the branch"))
  }

  @Test("R5: what a force push took off the branch holds nobody back")
  func deployedIsGone() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    let first = try ManifestEdit.make("a", 1, tag: "t1", source: remote.sources[1])
    await harness.record.deploy(first, as: nil)
    _ = try await remote.git("update-ref", "refs/heads/main", remote.sources[0].hex)
    let outcome = await harness.land(try .make("a", 2, tag: "t2", source: remote.sources[0]))
    #expect(outcome.commit != nil)
  }

  @Test("R5: a person's later decision stands; a release is beyond it")
  func overruled() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    let push = try ManifestEdit.make("a", 1, tag: "t1", source: remote.sources[1])
    let rollback = try ManifestEdit.make(
      "a", 2, tag: "t0", source: remote.sources[0], cause: .rollback)
    await harness.record.overrule(push.id, by: rollback.id)
    #expect(await harness.land(rollback).commit != nil)
    guard case .superseded(by: rollback.id, _) = await harness.land(push) else {
      Issue.record("the push landed over the rollback")
      return
    }
    let release = try ManifestEdit.make(
      "a", 3, tag: "t1", source: remote.sources[1], cause: .release, basis: 1, released: true)
    #expect(await harness.land(release).commit != nil)
  }

  @Test("R5: a rollback lands whatever is deployed")
  func rollbackGoesBack() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let harness = try WriterHarness(remote)
    _ = await harness.land(try .make("a", 1, tag: "t1", source: remote.sources[1]))
    let outcome = await harness.land(
      try .make("a", 2, tag: "t0", source: remote.sources[0], cause: .rollback))
    #expect(outcome.commit != nil)
    #expect(try await remote.tag(of: "a") == "t0")
  }

  @Test("R5, R6: a rollback to a source that no mirror has any more lands, and holds nobody up")
  func rollbackToALostSource() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let harness = try WriterHarness(remote, deadline: .seconds(20))
    let lost = CommitSHA(String(repeating: "5e", count: 20))
    let outcomes = await harness.land([
      try .make("a", 2, tag: "t0", source: lost, cause: .rollback),
      try .make("b", 1, tag: "t1", source: remote.sources[0]),
    ])
    #expect(outcomes.allSatisfy { $0.commit != nil }, "\(outcomes)")
    #expect(try await remote.tag(of: "a") == "t0")
  }

  @Test("R9: under a hold an automatic edit is held and a rollback lands")
  func hold() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    let push = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    await harness.record.hold(push.service)
    #expect(await harness.land(push) == .held)
    #expect(try await remote.tag(of: "a") == "old")
    let rollback = try ManifestEdit.make(
      "a", 2, tag: "r", source: remote.sources[0], cause: .rollback)
    #expect(await harness.land(rollback).commit != nil)
  }

  @Test("R5: the same source replaces its own image only as a rebuild")
  func sameSource() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    let source = remote.sources[0]
    #expect(await harness.land(try .make("a", 1, tag: "t1", source: source)).commit != nil)
    let again = await harness.land(try .make("a", 2, tag: "t2", source: source))
    guard case .superseded(by: nil, let reason) = again else {
      Issue.record("\(again)")
      return
    }
    #expect(reason.contains("rebuild"))
    #expect(try await remote.tag(of: "a") == "t1")
    // With the image that stands there already nothing is replaced.
    let same = await harness.land(try .make("a", 3, tag: "t1", source: source))
    guard case .landed(_, changed: false, _) = same else {
      Issue.record("\(same)")
      return
    }
    let rebuild = await harness.land(
      try .make("a", 4, tag: "t4", source: source, rebuild: true))
    #expect(rebuild.commit != nil)
    #expect(try await remote.tag(of: "a") == "t4")
  }

  @Test("R9: a hold that is accepted during a slow fetch is seen")
  func holdDuringFetch() async throws {
    let remote = try await Remote(services: ["a"])
    let slow = try SlowGit()
    let harness = try WriterHarness(remote, git: slow.program)
    let push = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    let outcome = Task { await harness.land(push) }
    try await eventually("the fetch") { slow.isWaiting }
    await harness.record.hold(push.service)
    try slow.goOn()
    #expect(await outcome.value == .held)
    #expect(try await remote.tag(of: "a") == "old")
  }

  @Test("R5: sources of another repository are looked up there")
  func otherRepository() async throws {
    let manifests = try await Remote(services: ["a"])
    let code = try await Remote(services: [], sources: 3)
    let harness = try WriterHarness(manifests, sourcesAt: code)
    let newer = await harness.land(
      try .make("a", 2, tag: "t2", source: code.sources[2], repository: "code"))
    let older = await harness.land(
      try .make("a", 1, tag: "t1", source: code.sources[1], repository: "code"))
    #expect(newer.commit != nil)
    guard case .superseded = older else {
      Issue.record("\(older)")
      return
    }
    #expect(try await manifests.tag(of: "a") == "t2")
  }

  @Test("R1: after a crash between commit and push there is one commit")
  func crashBeforePush() async throws {
    let remote = try await Remote(services: ["a"])
    let record = MemoryRecord()
    let edit = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    struct Crash: Error {}
    let clock = ManualClock()
    let first = try WriterHarness(remote, record: record, clock: clock)
    await record.beforePush { throw Crash() }
    let lost = Task { await first.land(edit) }
    try await eventually("the intent") { await record.intents.count == 1 }
    lost.cancel()
    #expect(await lost.value == .withdrawn)
    await record.beforePush(nil)
    let outcome = try await WriterHarness(remote, record: record).land(edit)
    #expect(outcome.commit?.hex == (try await remote.tip()))
    #expect(try await remote.log().filter { $0.subject.hasPrefix("chore") }.count == 1)
  }

  @Test("R1: after a crash between push and record the commit that is there counts")
  func crashAfterPush() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let record = MemoryRecord()
    let edit = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    let first = try await WriterHarness(remote, record: record).writer.submit(edit)
    try await remote.commit("readme.md", "something else")
    let outcome = try await WriterHarness(remote, record: record).land(edit)
    #expect(outcome == .landed(commit: try #require(first.commit), changed: true, warnings: []))
    #expect(try await remote.log().filter { $0.subject.hasPrefix("chore") }.count == 1)
  }

  @Test("R1: an edit whose commit was recovered too late, below a newer one, is superseded")
  func crashAfterPushAndOvertaken() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    let record = MemoryRecord()
    let lost = try ManifestEdit.make("a", 1, tag: "t1", source: remote.sources[0])
    _ = try await WriterHarness(remote, record: record).writer.submit(lost)
    let restarted = try WriterHarness(remote, record: record)
    let newer = try ManifestEdit.make("a", 2, tag: "t2", source: remote.sources[1])
    #expect(await restarted.land(newer).commit != nil)
    guard case .superseded(by: newer.id, _) = await restarted.land(lost) else {
      Issue.record("an overtaken commit counted as what is deployed")
      return
    }
  }

  @Test("R14: what a stranger did on top of a commit that was recovered is not its business")
  func crashAfterPushAndChanged() async throws {
    let remote = try await Remote(services: ["a"])
    let record = MemoryRecord()
    let edit = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    let first = try await WriterHarness(remote, record: record).writer.submit(edit)
    let file = try await remote.file("k8s/a/kustomization.yaml")
    try await remote.commit(
      "k8s/a/kustomization.yaml", file.replacingOccurrences(of: "\"t\"", with: "hotfix"))
    let outcome = try await WriterHarness(remote, record: record).land(edit)
    #expect(outcome == .landed(commit: try #require(first.commit), changed: true, warnings: []))
    #expect(try await remote.tag(of: "a") == "hotfix")
  }

  @Test("R9: a hold that is accepted after the last question is seen before the push")
  func holdAfterTheQuestion() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    let edit = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    await harness.record.afterAnswer { [record = harness.record] in
      await record.hold(edit.service)
    }
    #expect(await harness.land(edit) == .held)
    #expect(await harness.record.decisionsTakenBack == 1)
    #expect(await harness.record.intents.isEmpty)
    #expect(try await remote.tag(of: "a") != "t")
  }

  @Test("R5: a rollback that is accepted after the last question is seen before the push")
  func rollbackAfterTheQuestion() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let harness = try WriterHarness(remote)
    let edit = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    let other = try ManifestEdit.make("b", 1, tag: "t", source: remote.sources[0])
    let rollback = DeploymentID(service: edit.service, number: 2)
    await harness.record.afterAnswer { [record = harness.record] in
      await record.overrule(edit.id, by: rollback)
    }
    let outcomes = await harness.land([edit, other])
    guard case .superseded(by: rollback, _) = outcomes[0] else {
      Issue.record("the rollback was not seen: \(outcomes[0])")
      return
    }
    #expect(outcomes[1].commit != nil)
  }

  @Test("R14: services whose record cannot say yet what counts wait, and no others")
  func unclear() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let harness = try WriterHarness(remote)
    let waits = try ManifestEdit.make("a", 1, tag: "t", source: remote.sources[0])
    let other = try ManifestEdit.make("b", 1, tag: "t", source: remote.sources[0])
    await harness.record.cannotSay(waits.service)
    let outcomes = await harness.land([waits, other])
    #expect(outcomes.allSatisfy { $0.commit != nil })
    #expect(await harness.record.compared.count >= 2)
  }

  @Test("R6: an unreachable source repository holds up its own services only")
  func unreachableSources() async throws {
    let manifests = try await Remote(services: ["a", "b"])
    let code = try await Remote(services: [], sources: 1)
    let harness = try WriterHarness(manifests, sourcesAt: code)
    try code.goAway()
    async let waiting = harness.land(
      try .make("a", 1, tag: "t", source: code.sources[0], repository: "code"))
    let other = await harness.land(try .make("b", 1, tag: "t", source: manifests.sources[0]))
    #expect(other.commit != nil)
    try code.comeBack()
    #expect(try await waiting.commit != nil)
  }
}

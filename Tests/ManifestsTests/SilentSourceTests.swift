import DeployModel
import Git
import Synchronization
import TestKit
import Testing

@testable import Manifests

@Suite("Sources whose remote does not answer")
struct SilentSourceTests {
  @Test("R6: a silent source holds up others once, and its own edits until it speaks")
  func silent() async throws {
    let remote = try await Remote(services: ["a", "b", "c"])
    let code = try await Remote(services: [], sources: 1)
    let slow = try SlowGit()
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    async let waiting = harness.land(
      try .make("a", 1, tag: "t", source: code.sources[0], repository: "code"))
    async let beside = harness.land(try .make("b", 1, tag: "t", source: remote.sources[0]))
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    try await eventually("b to land") { try await remote.tag(of: "b") == "t" }
    // Nobody waits for it a second time.
    let later = Task {
      await harness.land(try .make("c", 1, tag: "t", source: remote.sources[0]))
    }
    try await eventually("c to land") { try await remote.tag(of: "c") == "t" }
    try slow.goOn()
    try await eventually("a to land") { try await remote.tag(of: "a") == "t" }
    #expect(try await waiting.commit != nil)
    #expect(try await beside.commit != nil)
    #expect(try await later.value.commit != nil)
  }

  @Test("R6: trouble of the branch makes it rest once a round, however many wait for their own")
  func restsOnce() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let code = try await Remote(services: [], sources: 1)
    let slow = try SlowGit()
    let clock = ManualClock()
    let rests = Mutex(0)
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program,
      random: {
        rests.withLock { $0 += 1 }
        return 0.999
      })
    let waiting = Task {
      await harness.land(
        try .make("a", 1, tag: "t", source: code.sources[0], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    try await eventually("a rest") { rests.withLock { $0 } == 1 && clock.sleepers == 1 }
    try remote.goAway()
    let beside = Task {
      await harness.land(try .make("b", 1, tag: "t", source: remote.sources[0]))
    }
    try await eventually("the branch to rest") {
      rests.withLock { $0 } == 2 && clock.sleepers == 1
    }
    try remote.comeBack()
    // The branch's first rest is no longer than this.
    clock.advance(by: .milliseconds(250))
    #expect(try await beside.value.commit != nil)
    try slow.goOn()
    #expect(try await waiting.value.commit != nil)
  }

  @Test("R5: an answer that was asked for before the manifests moved decides nothing")
  func lateAnswer() async throws {
    let remote = try await Remote(services: ["a"])
    let code = try await Remote(services: [], sources: 2)
    _ = try await code.git("update-ref", "refs/heads/main", code.sources[0].hex)
    let slow = try SlowGit(.afterFetch)
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    let older = Task {
      await harness.land(
        try .make("a", 1, tag: "t1", source: code.sources[0], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    // Another replica sees the next push, and lands it.
    _ = try await code.git("update-ref", "refs/heads/main", code.sources[1].hex)
    try await remote.commit(
      "k8s/a/kustomization.yaml", Remote.kustomization("a", tag: "\"t2\""))
    await harness.record.deploy(
      try .make("a", 2, tag: "t2", source: code.sources[1], repository: "code"),
      as: CommitSHA(try await remote.tip()))
    try slow.goOn()
    guard case .superseded = try await older.value else {
      Issue.record("an older source landed on a newer one")
      return
    }
    #expect(try await remote.tag(of: "a") == "t2")
  }
}

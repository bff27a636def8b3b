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

  @Test("R6: a slow source's edits land beside traffic, on the first answer asked for after them")
  func slowBesideTraffic() async throws {
    let remote = try await Remote(services: ["a", "b", "c"], sources: 2)
    let code = try await Remote(services: [], sources: 1)
    let slow = try SlowGit(.afterFetch)
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    let waiting = Task {
      await harness.land(
        try .make("a", 1, tag: "t", source: code.sources[0], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    let moving = try await harness.land(.make("b", 1, tag: "t", source: remote.sources[0]))
    #expect(moving.commit != nil)
    let later = try ManifestEdit.make(
      "c", 1, tag: "t", source: code.sources[0], repository: "code")
    let asking = Task { await harness.land(later) }
    try await eventually("c to wait") { await harness.record.asked.contains(later.id) }
    // A lost race needs no other answer.
    await harness.record.beforePush {
      await harness.record.beforePush(nil)
      try await remote.commit("notes.txt", "somebody was faster\n")
    }
    try slow.letGo()
    try await eventually("a to land") { try await remote.tag(of: "a") == "t" }
    // The next question is under way, and nobody waits for it.
    try await eventually("the next question") { slow.isWaiting }
    let beside = Task {
      await harness.land(try .make("b", 2, tag: "u", source: remote.sources[1]))
    }
    try await eventually("b to land") { try await remote.tag(of: "b") == "u" }
    #expect(try await remote.tag(of: "c") == "old")
    try slow.goOn()
    #expect(try await waiting.value.commit != nil)
    #expect(try await beside.value.commit != nil)
    #expect(await asking.value.commit != nil)
  }

  @Test("R6: a source that answered late is waited for no more")
  func slowTwice() async throws {
    let remote = try await Remote(services: ["a", "b"], sources: 2)
    let code = try await Remote(services: [], sources: 2)
    let slow = try SlowGit()
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    let first = Task {
      await harness.land(
        try .make("a", 1, tag: "t1", source: code.sources[0], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    try await eventually("a to wait") { clock.sleepers == 1 }
    try slow.letGo()
    try await eventually("a to land") { try await remote.tag(of: "a") == "t1" }
    #expect(try await first.value.commit != nil)
    let second = Task {
      await harness.land(
        try .make("a", 2, tag: "t2", source: code.sources[1], repository: "code"))
    }
    try await eventually("the second question") { slow.isWaiting }
    let beside = Task {
      await harness.land(try .make("b", 1, tag: "t", source: remote.sources[0]))
    }
    try await eventually("b to land") { try await remote.tag(of: "b") == "t" }
    try slow.goOn()
    #expect(try await beside.value.commit != nil)
    #expect(try await second.value.commit != nil)
  }

  @Test("R6: nobody waits for a silent source beyond a deadline, which is no limit of others")
  func deadline() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let code = try await Remote(services: [], sources: 1)
    let slow = try SlowGit()
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, deadline: .seconds(10), sourcesAt: code, sourceGit: slow.program,
      random: { 0 })
    _ = try await harness.land(.make("b", 1, tag: "t", source: remote.sources[0]))
    try remote.goAway()
    let first = try ManifestEdit.make(
      "a", 1, tag: "t", source: code.sources[0], repository: "code")
    let silent = Task { await harness.land(first) }
    func rest() { clock.advance(by: .milliseconds(1)) }
    try await eventually("a to wait") { await harness.record.asked.contains(first.id) }
    clock.advance(by: .seconds(2))
    // It stands there already: a last look at the branch confirms it.
    let same = try ManifestEdit.make("b", 2, tag: "t", source: remote.sources[0])
    let beside = Task { await harness.land(same) }
    try await eventually("b to wait") {
      rest()
      return await harness.record.asked.contains(same.id)
    }
    try remote.comeBack()
    try await eventually("the question") {
      if slow.isWaiting && clock.sleepers == 1 { return true }
      rest()
      return false
    }
    clock.advance(by: .seconds(8))
    try await eventually("b to land") {
      await harness.record.standing(of: same).deployment == same.id
    }
    #expect(await beside.value.commit != nil)
    let failure = try #require(await silent.value.failure)
    #expect(failure.code == .commitDeadline)
    // And not that the branch did not answer before this deadline.
    #expect(failure.message.contains("the source repository code"), "\(failure.message)")
    try slow.goOn()
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

  @Test("R5: an answer decides nothing against what was deployed after it was asked for")
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

  @Test("R5: what had left the branch before the question is in nobody's way")
  func deployedIsGone() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let code = try await Remote(services: [], sources: 2)
    _ = try await code.git("update-ref", "refs/heads/main", code.sources[0].hex)
    let slow = try SlowGit(.afterFetch)
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    await harness.record.deploy(
      try .make("a", 1, tag: "old", source: code.sources[1], repository: "code"),
      as: CommitSHA(try await remote.tip()))
    let waiting = Task {
      await harness.land(
        try .make("a", 2, tag: "t", source: code.sources[0], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    let moving = try await harness.land(.make("b", 1, tag: "t", source: remote.sources[0]))
    #expect(moving.commit != nil)
    try slow.letGo()
    try await eventually("a to land") { try await remote.tag(of: "a") == "t" }
    try slow.goOn()
    #expect(try await waiting.value.commit != nil)
  }

  @Test("R5: a force push back to what was deployed wins over a late answer from before it")
  func thereAndBack() async throws {
    let remote = try await Remote(services: ["a"])
    let code = try await Remote(services: [], sources: 2)
    let slow = try SlowGit(.afterFetch)
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, sourcesAt: code, sourceGit: slow.program)
    await harness.record.deploy(
      try .make("a", 1, tag: "old", source: code.sources[0], repository: "code"),
      as: CommitSHA(try await remote.tip()))
    let there = Task {
      await harness.land(
        try .make("a", 2, tag: "there", source: code.sources[1], repository: "code"))
    }
    try await eventually("the question") { slow.isWaiting && clock.sleepers == 1 }
    clock.advance(by: SourceTips.patience)
    _ = try await code.git("update-ref", "refs/heads/main", code.sources[0].hex)
    let back = try ManifestEdit.make(
      "a", 3, tag: "back", source: code.sources[0], repository: "code")
    let again = Task { await harness.land(back) }
    try await eventually("the second to wait") {
      await harness.record.asked.contains(back.id)
    }
    try slow.letGo()
    try await eventually("the first to land") { try await remote.tag(of: "a") == "there" }
    #expect(try await there.value.commit != nil)
    try slow.goOn()
    #expect(await again.value.commit != nil)
    #expect(try await remote.tag(of: "a") == "back")
  }
}

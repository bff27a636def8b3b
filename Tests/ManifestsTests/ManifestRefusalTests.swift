import DeployModel
import Git
import Manifests
import TestKit
import Testing

@Suite("Pushes that the server refuses, and servers that are gone")
struct ManifestRefusalTests {
  @Test("R6: a batch is bisected, and only the service whose path is refused fails")
  func oneGuilty() async throws {
    let services = (1...12).map { "s\($0)" }
    let remote = try await Remote(services: services)
    try remote.install(
      hook: "pre-receive",
      """
      while read old new ref; do
        if git diff --name-only "$old" "$new" | grep -q '^k8s/s7/'; then
          echo "s7 is frozen until Monday" >&2
          exit 1
        fi
      done
      """)
    let harness = try WriterHarness(remote)
    let outcomes = await harness.land(
      try services.map { try .make($0, 1, tag: "new", source: remote.sources[0]) })
    for (service, outcome) in zip(services, outcomes) where service != "s7" {
      #expect(outcome.commit != nil, "\(service): \(outcome)")
      #expect(try await remote.tag(of: service) == "new")
    }
    #expect(outcomes[6].failure?.code == .pushRefused)
    #expect(outcomes[6].failure?.message.contains("s7 is frozen until Monday") == true)
    #expect(try await remote.tag(of: "s7") == "old")
  }

  @Test("R6: while a batch is bisected, what waits for its own source holds up nobody")
  func bisectedBesideDeferred() async throws {
    let remote = try await Remote(services: ["guilty", "innocent", "waiting"])
    try remote.install(
      hook: "pre-receive",
      """
      while read old new ref; do
        git diff --name-only "$old" "$new" | grep -q '^k8s/guilty/' || continue
        echo "frozen until Monday" >&2
        exit 1
      done
      """)
    let code = try await Remote(services: [], sources: 1)
    let harness = try WriterHarness(remote, deadline: .seconds(20), sourcesAt: code)
    try code.goAway()
    async let waiting = harness.land(
      try .make("waiting", 1, tag: "new", source: code.sources[0], repository: "code"))
    try await eventually("it to wait") { await harness.record.asked.count == 1 }
    let outcomes = try await harness.landTogether([
      try .make("guilty", 1, tag: "new", source: remote.sources[0]),
      try .make("innocent", 1, tag: "new", source: remote.sources[0]),
    ])
    #expect(outcomes[0].failure?.code == .pushRefused)
    #expect(outcomes[1].commit != nil, "\(outcomes[1])")
    try code.comeBack()
    #expect(try await waiting.commit != nil)
  }

  @Test("R6: a new edit does not sit out what another one waits for")
  func newBesideDeferred() async throws {
    let remote = try await Remote(services: ["a", "b"])
    let code = try await Remote(services: [], sources: 1)
    let clock = ManualClock()
    let harness = try WriterHarness(remote, clock: clock, sourcesAt: code)
    try code.goAway()
    let waiting = Task {
      await harness.land(
        try .make("a", 1, tag: "t", source: code.sources[0], repository: "code"))
    }
    try await eventually("a rest") {
      await !harness.record.compared.isEmpty && clock.sleepers == 1
    }
    let landing = Task { await harness.land(try .make("b", 1, tag: "t", source: nil)) }
    try await eventually("the new one's landing") { try await remote.tag(of: "b") == "t" }
    waiting.cancel()
    #expect(try await waiting.value == .withdrawn)
    #expect(try await landing.value.commit != nil)
  }

  @Test(
    "R6: what another process has taken over is withdrawn, and its neighbours land",
    arguments: [true, false])
  func takenOver(beforeTheDecision: Bool) async throws {
    let remote = try await Remote(services: ["a", "b"])
    let harness = try WriterHarness(remote)
    let edits = try ["a", "b"].map {
      try ManifestEdit.make($0, 1, tag: "new", source: remote.sources[0])
    }
    let (record, lost) = (harness.record, edits[0].id)
    if beforeTheDecision {
      await record.lose(lost)
    } else {
      await record.afterAnswer { await record.lose(lost) }
    }
    let outcomes = await harness.land(edits)
    #expect(outcomes[0] == .withdrawn)
    #expect(outcomes[1].commit != nil)
    #expect(try await remote.tag(of: "a") == "old")
    #expect(try await remote.tag(of: "b") == "new")
  }

  @Test("R6: when a service's newest is refused, the one it had outrun gets its turn")
  func loserAfterRefusal() async throws {
    let remote = try await Remote(services: ["a"], sources: 2)
    try remote.install(
      hook: "update", "git show \"$3:k8s/a/kustomization.yaml\" | grep -q bad && exit 1; exit 0")
    let harness = try WriterHarness(remote)
    // Both in one batch: the branch is not there yet.
    try remote.goAway()
    async let older = harness.land(try .make("a", 1, tag: "good", source: remote.sources[0]))
    async let newer = harness.land(try .make("a", 2, tag: "bad", source: remote.sources[1]))
    try await eventually("both to wait") { await harness.record.asked.count == 2 }
    try remote.comeBack()
    let outcomes = try await [older, newer]
    #expect(outcomes[0].commit != nil)
    #expect(outcomes[1].failure?.code == .pushRefused)
    #expect(try await remote.tag(of: "a") == "good")
  }

  @Test("R6: a protected branch is permanent, in the server's own words")
  func protectedBranch() async throws {
    let remote = try await Remote(services: ["a", "b"])
    try remote.install(
      hook: "pre-receive",
      """
      echo "error: GH006: Protected branch update failed for refs/heads/main." >&2
      echo "error: Changes must be made through a pull request." >&2
      exit 1
      """)
    let harness = try WriterHarness(remote)
    let outcomes = await harness.land([
      try .make("a", 1, tag: "t", source: remote.sources[0]),
      try .make("b", 1, tag: "t", source: remote.sources[0]),
    ])
    for outcome in outcomes {
      #expect(outcome.failure?.code == .pushRefused)
      #expect(outcome.failure?.message.contains("Changes must be made through a pull") == true)
    }
  }

  @Test("R6: a refusal under a branch that never rests is a refusal still")
  func refusedWhileMoving() async throws {
    let remote = try await Remote(services: ["a"])
    try remote.install(
      hook: "update",
      """
      git log -1 --format=%s "$3" | grep -q chore || exit 0
      next=$(git commit-tree "$2^{tree}" -p "$2" -m moved)
      env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main "$next" 2>/dev/null
      echo "no deployments today" >&2
      exit 1
      """)
    let outcome = try await WriterHarness(remote).land(
      try .make("a", 1, tag: "t", source: remote.sources[0]))
    #expect(outcome.failure?.code == .pushRefused)
    #expect(outcome.failure?.message.contains("no deployments today") == true)
  }

  @Test("R6: a push that arrived but was not confirmed has landed, once")
  func lostAnswer() async throws {
    let remote = try await Remote(services: ["a"])
    try remote.install(hook: "post-receive", "kill -9 $PPID")
    let outcome = try await WriterHarness(remote).land(
      try .make("a", 1, tag: "t", source: remote.sources[0]))
    #expect(outcome.commit?.hex == (try await remote.tip()))
    #expect(try await remote.log().filter { $0.subject.hasPrefix("chore") }.count == 1)
  }

  @Test("R6: a push that arrived in time has landed, though its answer was lost past the deadline")
  func lostAnswerPastTheDeadline() async throws {
    let remote = try await Remote(services: ["a"])
    let slow = try SlowGit(.afterPush)
    let clock = ManualClock()
    let harness = try WriterHarness(
      remote, clock: clock, deadline: .seconds(300), git: slow.program)
    let landing = Task { await harness.land(try .make("a", 1, tag: "t", source: nil)) }
    try await eventually("the push") { slow.isWaiting }
    clock.advance(by: .seconds(301))
    try slow.goOn()
    #expect(try await landing.value.commit?.hex == (try await remote.tip()))
    #expect(try await remote.tag(of: "a") == "t")
  }

  @Test("R6: our commit that is on the branch has landed, whatever the push said")
  func refusedAndThere() async throws {
    let remote = try await Remote(services: ["a"])
    try remote.install(
      hook: "update",
      """
      env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main "$3"
      echo "declined" >&2
      exit 1
      """)
    let outcome = try await WriterHarness(remote).land(
      try .make("a", 1, tag: "t", source: remote.sources[0]))
    let tip = try #require(CommitSHA(try await remote.tip()))
    #expect(outcome == .landed(commit: tip, changed: true, warnings: []))
    #expect(try await remote.tag(of: "a") == "t")
  }

  @Test("R6: what somebody else changed in the same file meanwhile stays")
  func sameFileMeanwhile() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    let theirs = "namePrefix: theirs-\n" + Remote.kustomization("a", tag: "old")
    await harness.record.beforePush {
      await harness.record.beforePush(nil)
      try await remote.commit("k8s/a/kustomization.yaml", theirs)
    }
    let outcome = await harness.land(try .make("a", 1, tag: "t", source: remote.sources[0]))
    #expect(outcome.commit?.hex == (try await remote.tip()))
    #expect(
      try await remote.file("k8s/a/kustomization.yaml")
        == "namePrefix: theirs-\n" + Remote.kustomization("a", tag: "\"t\""))
  }

  @Test("R6: a remote that is down is waited for")
  func downAndUp() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    await harness.record.beforePush { try remote.goAway() }
    let landing = Task { await harness.land(try .make("a", 1, tag: "t", source: nil)) }
    try await eventually("the first attempt") { await !harness.record.intents.isEmpty }
    await harness.record.beforePush(nil)
    try remote.comeBack()
    let outcome = try await landing.value
    #expect(outcome.commit?.hex == (try await remote.tip()))
    #expect(try await remote.log().filter { $0.subject.hasPrefix("chore") }.count == 1)
  }

  @Test("R6: at the deadline it has failed, and says what kept it")
  func deadline() async throws {
    let remote = try await Remote(services: ["a"])
    try remote.goAway()
    let clock = ManualClock()
    let harness = try WriterHarness(remote, clock: clock, deadline: .seconds(300))
    let landing = Task { await harness.land(try .make("a", 1, tag: "t", source: nil)) }
    let ticking = Task {
      while !Task.isCancelled {
        clock.advance(by: .seconds(10))
        try await Task.sleep(for: .milliseconds(5))
      }
    }
    let outcome = try await landing.value
    ticking.cancel()
    #expect(outcome.failure?.code == .commitDeadline)
    #expect(outcome.failure?.message.hasPrefix("not on main within 300 s: ") == true)
    try remote.comeBack()
  }

  @Test("a cancelled caller is withdrawn while nothing of his is being pushed")
  func cancelled() async throws {
    let remote = try await Remote(services: ["a", "b"])
    try remote.goAway()
    let harness = try WriterHarness(remote)
    let first = Task { await harness.land(try .make("a", 1, tag: "t", source: nil)) }
    let second = Task { await harness.land(try .make("b", 1, tag: "t", source: nil)) }
    try await eventually("both to wait") { await harness.record.asked.count == 2 }
    second.cancel()
    #expect(try await second.value == .withdrawn)
    try remote.comeBack()
    #expect(try await first.value.commit != nil)
    #expect(try await remote.tag(of: "b") == "old")
  }

  @Test("a caller who is cancelled during the push does not interrupt it")
  func cancelledWhilePushing() async throws {
    let remote = try await Remote(services: ["a"])
    let harness = try WriterHarness(remote)
    let box = TaskBox()
    await harness.record.beforePush { await box.cancel() }
    let landing = Task { await harness.land(try .make("a", 1, tag: "t", source: nil)) }
    await box.hold(landing)
    #expect(try await landing.value.commit != nil)
    #expect(try await remote.tag(of: "a") == "t")
  }
}

/// Hands a task to the action that is to cancel it.
actor TaskBox {
  private var task: Task<WriteOutcome, any Error>?
  private var waiter: CheckedContinuation<Void, Never>?

  func hold(_ task: Task<WriteOutcome, any Error>) {
    self.task = task
    waiter?.resume()
    waiter = nil
  }

  func cancel() async {
    if task == nil { await withCheckedContinuation { waiter = $0 } }
    task?.cancel()
  }
}

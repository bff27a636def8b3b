import DeployModel
import Git
import Logging

/// One branch's way to the remote: fetch, decide, edit, commit, push. Keeps between attempts what
/// makes the next one short, and nothing that a restart would miss.
struct LandingLane {
  private struct Push {
    var head: CommitSHA
    var outcomes: [Int: WriteOutcome]
    var landed: [LandedStep]
  }

  /// Good for the edits that were submitted before it was looked at: the source of a later one may
  /// have been pushed since.
  struct FreshTip {
    var commit: CommitSHA
    var newestTicket: Int
  }

  struct Attempt {
    /// Those that are final, by ticket.
    var outcomes: [Int: WriteOutcome] = [:]
    /// Some took no part in it, and wait.
    var deferral: Deferral?
    /// How it ended for those without an outcome that took part.
    var end = AttemptEnd.settled
  }

  struct Deferral {
    var services: Set<ServiceName>
    var why: String
  }

  private struct LandedStep {
    var landed: LandedMemory.Landed
    var shown: DeploymentID?
  }

  /// A push whose fate is unknown may still arrive; this many are remembered.
  private static let pushLimit = 16

  /// A push that began in time has landed if the branch says so, however late that is known.
  private static let inquiry = Duration.seconds(60)

  let target: RepositoryBranch
  let mirror: Mirror
  let sourceMirror: @Sendable (RepositoryName) async -> Mirror?
  let sources: SourceTips
  let record: any LandingRecord
  let clock: any WallClock
  let metrics: WriterMetrics
  let logger: Logger

  private var files: ManifestFiles
  var ancestries: [RepositoryName: Ancestry]
  private var memory = LandedMemory()
  private var pushes: [Push] = []
  /// What earlier processes pushed, or tried to, by deployment.
  private var intents: [DeploymentID: [CommitSHA]] = [:]
  /// What the remote was seen to have an instant ago, for the attempt that follows at once.
  var freshTip: FreshTip?
  /// Edits as they were last applied, and to what: most files are the same on the next tip.
  private var applied: [DeploymentID: LandingPlan.Applied] = [:]

  init(
    target: RepositoryBranch, mirror: Mirror,
    sourceMirror: @escaping @Sendable (RepositoryName) async -> Mirror?,
    record: any LandingRecord, clock: any WallClock, metrics: WriterMetrics, logger: Logger
  ) {
    self.target = target
    self.mirror = mirror
    self.sourceMirror = sourceMirror
    sources = SourceTips(clock: clock)
    self.record = record
    self.clock = clock
    self.metrics = metrics
    self.logger = logger
    files = ManifestFiles(mirror: mirror)
    ancestries = [target.repository: Ancestry(mirror: mirror)]
  }

  /// Cancelling the task ends everything but a push.
  ///
  /// - Parameter newestTicket: the last that was given out, in this batch or not.
  mutating func attempt(
    _ batch: [PendingEdit], newestTicket: Int, by author: GitIdentity
  ) async -> Attempt {
    var attempt = Attempt()
    do {
      attempt.end = try await self.attempt(
        batch, newestTicket, author, &attempt.outcomes, &attempt.deferral)
    } catch {
      freshTip = nil
      attempt.end = .trouble("\(error)")
    }
    return attempt
  }

  /// The time has passed in which a fetched tip is a fresh one.
  mutating func pause() { freshTip = nil }

  mutating func forget(_ deployments: [DeploymentID]) {
    for id in deployments {
      intents[id] = nil
      applied[id] = nil
    }
  }

  /// 1. The tips. 2. What is on the branch already has landed. 3. What others changed there (R14).
  /// 4. What the record says, after everything that may take long: a hold or a rollback may be
  /// accepted meanwhile. 5. R5. 6. The edits, and their commits. 7. The record of what is to be
  /// pushed, unless 4 no longer holds. 8. The push.
  /// The shorter the time from 1 to 8, the fewer races are lost.
  private mutating func attempt(
    _ batch: [PendingEdit], _ newestTicket: Int, _ author: GitIdentity,
    _ outcomes: inout [Int: WriteOutcome], _ deferral: inout Deferral?
  ) async throws -> AttemptEnd {
    var limit = batch.map(\.deadline).min() ?? clock.now()
    try await recall(batch)
    let tip = try await tip(for: batch, until: limit)
    let arrived = try await arrived(on: tip, among: batch)
    outcomes.merge(arrived) { first, _ in first }
    var open = batch.filter { arrived[$0.ticket] == nil }
    let looked = try await lookUpSources(
      of: &open, on: FreshTip(commit: tip, newestTicket: newestTicket), until: limit)
    deferral = looked.deferral
    limit = open.map(\.deadline).min() ?? limit
    let unclear = try await record.compare(
      Set(open.map(\.edit.service)), with: tip, of: target)
    if !unclear.isEmpty {
      open.removeAll { unclear.contains($0.edit.service) }
      deferral.add(unclear, "an earlier landing is not in the record yet")
    }
    let asked = try await ask(open, looked.answers)
    for lost in asked where !lost.standing.isOurs { outcomes[lost.pending.ticket] = .withdrawn }
    let candidates = asked.filter(\.standing.isOurs)
    try await files.load(Set(candidates.filter(\.mayChangeImage).map(\.path)), at: tip)
    let decision = try await ForwardDecision.make(
      candidates, on: tip, files: files, &ancestries)
    outcomes.merge(decision.outcomes) { first, _ in first }
    if !decision.undecided.isEmpty {
      deferral.add(decision.undecided, "what is deployed may be newer than the source's answer")
    }
    try await files.load(
      Set(decision.winners.map(\.candidate.path)), at: tip)
    let plan = LandingPlan(
      decision.winners, files: files, applied: applied, author: author, at: clock.now())
    applied.merge(plan.applied) { _, new in new }
    outcomes.merge(plan.failures) { first, _ in first }
    let commits = plan.steps.compactMap(\.commit)
    guard !commits.isEmpty else {
      guard !plan.steps.isEmpty else { return .settled }
      // No push confirms that the branch still says so.
      let now = try await fetchTip(until: limit)
      guard now == tip else {
        freshTip = FreshTip(commit: now, newestTicket: newestTicket)
        return .moved(services: plan.steps.count)
      }
      for step in plan.steps {
        let last = try await mirror.lastCommit(touching: step.path, at: tip) ?? tip
        settle(step, .landed(commit: last, changed: false, warnings: step.warnings), &outcomes)
        note(landed(step, as: last))
      }
      return .settled
    }
    let written = try await mirror.write(commits, onto: tip)
    guard
      try await record.willPush(
        intents(for: plan, written), decidedOn: plan.steps.map(\.winner.candidate.ground))
    else {
      // It may be an earlier attempt's, and no longer fresh for those that have come since.
      freshTip = FreshTip(commit: tip, newestTicket: batch.map(\.ticket).max() ?? 0)
      return .decidedAnew
    }
    let push = try await self.push(plan, written, tip)
    pushes = pushes.suffix(Self.pushLimit - 1) + [push]
    return try await send(push, plan, onto: tip, newestTicket, until: limit, &outcomes)
  }

  // MARK: Before

  private mutating func recall(_ batch: [PendingEdit]) async throws {
    for id in batch.map(\.edit.id) where intents[id] == nil {
      intents[id] = try await record.previousIntents(for: id)
        .filter { $0.target == target }.map(\.commit)
    }
  }

  /// `answers` by ticket.
  private mutating func ask(
    _ batch: [PendingEdit], _ answers: [Int: SourceTips.Answer]
  ) async throws -> [ForwardDecision.Candidate] {
    var candidates: [ForwardDecision.Candidate] = []
    for pending in batch {
      candidates.append(
        .init(
          pending: pending, standing: try await standing(of: pending.edit),
          source: answers[pending.ticket]))
    }
    return candidates
  }

  private mutating func standing(of edit: ManifestEdit) async throws -> LandingStanding {
    memory.correct(try await record.standing(of: edit), of: edit.service)
  }

  /// R1, R6: commits of ours that are on the branch have landed, whatever the push that brought
  /// them said, and whichever process made it. There is no second commit.
  private mutating func arrived(
    on tip: CommitSHA, among batch: [PendingEdit]
  ) async throws -> [Int: WriteOutcome] {
    let old = batch.flatMap { intents[$0.edit.id] ?? [] }
    let asked = pushes.map(\.head) + old
    guard !asked.isEmpty else { return [:] }
    let present = try await mirror.ancestors(among: asked, of: tip)
    var outcomes: [Int: WriteOutcome] = [:]
    for push in pushes where present.contains(push.head) {
      outcomes.merge(push.outcomes) { first, _ in first }
      for step in push.landed { note(step) }
    }
    pushes.removeAll { present.contains($0.head) }
    for pending in batch where outcomes[pending.ticket] == nil {
      guard let commit = intents[pending.edit.id]?.last(where: present.contains) else {
        continue
      }
      outcomes[pending.ticket] = try await outcome(of: pending.edit, landedAs: commit, tip)
    }
    return outcomes
  }

  /// An earlier process pushed it and did not live to record it. Meanwhile another may have
  /// landed on top, and then this one is not what is deployed. What strangers did on top of it is
  /// found when it is recorded (R14).
  private mutating func outcome(
    of edit: ManifestEdit, landedAs commit: CommitSHA, _ tip: CommitSHA
  ) async throws -> WriteOutcome {
    let standing = try await standing(of: edit)
    if let current = standing.deployment, current != edit.id,
      let newer = standing.manifestCommit, newer != commit,
      try await !mirror.ancestors(among: [newer], of: tip).isEmpty,
      try await mirror.isAncestor(commit, of: newer)
    {
      return .superseded(
        by: current, reason: "its commit \(commit.short()) is on the branch, below a newer one")
    }
    note(
      LandedStep(
        landed: .init(
          deployment: edit.id, source: edit.deployment.source?.commit, commit: commit),
        shown: standing.deployment))
    return .landed(commit: commit, changed: true, warnings: [])
  }

  // MARK: The push

  private func intents(for plan: LandingPlan, _ written: [WrittenCommit]) throws -> [ManifestIntent]
  {
    var intents: [ManifestIntent] = []
    var next = written.makeIterator()
    for step in plan.steps where step.commit != nil {
      guard let commit = next.next(), let blob = commit.blobs[step.path] else {
        throw LaneTrouble("git did not say what it had written")
      }
      intents.append(
        ManifestIntent(
          deployment: step.winner.candidate.pending.edit.id, target: target,
          commit: commit.commit, file: ManifestBlob(path: step.path, blob: blob.hex),
          at: clock.now()))
    }
    return intents
  }

  /// What will be true once the branch is at the last commit.
  private func push(
    _ plan: LandingPlan, _ written: [WrittenCommit], _ tip: CommitSHA
  ) async throws -> Push {
    guard let head = written.last?.commit else { throw LaneTrouble("git wrote nothing") }
    var push = Push(head: head, outcomes: [:], landed: [])
    var commits: [Int: CommitSHA] = [:]
    var next = written.makeIterator()
    for (index, step) in plan.steps.enumerated() {
      let commit: CommitSHA
      if step.commit != nil, let own = next.next()?.commit {
        commit = own
        commits[index] = own
      } else if let base = step.standsOn.flatMap({ commits[$0] }) {
        commit = base
      } else {
        commit = try await mirror.lastCommit(touching: step.path, at: tip) ?? tip
      }
      settle(
        step, .landed(commit: commit, changed: step.commit != nil, warnings: step.warnings),
        &push.outcomes)
      push.landed.append(landed(step, as: commit))
    }
    return push
  }

  private mutating func send(
    _ push: Push, _ plan: LandingPlan, onto tip: CommitSHA, _ newestTicket: Int,
    until limit: Timestamp, _ outcomes: inout [Int: WriteOutcome]
  ) async throws -> AttemptEnd {
    let rejection: PushRejection
    switch await pushed(push.head, expecting: tip) {
    case .landed:
      metrics.landed(commits: plan.steps.count { $0.commit != nil })
      finish(push, &outcomes)
      freshTip = FreshTip(commit: push.head, newestTicket: newestTicket)
      return .settled
    case .rejected(let why): rejection = why
    }
    logger.info(
      "a push of manifests did not land",
      metadata: [
        "branch": "\(target.branch)", "commits": "\(plan.steps.count)",
        "why": "\(rejection.words)",
      ])
    let now = try await fetchTip(until: max(limit, clock.now() + Self.inquiry))
    if now != tip, try await mirror.isAncestor(push.head, of: now, since: tip) {
      metrics.landed(commits: plan.steps.count { $0.commit != nil })
      finish(push, &outcomes)
      return .settled
    }
    freshTip = FreshTip(commit: now, newestTicket: newestTicket)
    if case .transport = rejection {
      // Whoever did not answer may still act: this push is looked for after every fetch.
    } else {
      pushes.removeAll { $0.head == push.head }
    }
    if case .policy(let words) = rejection {
      return .refused(
        services: plan.steps.map(\.winner.candidate.pending.edit.service),
        tickets: plan.steps.map(\.winner.candidate.pending.ticket), words: words,
        tipMoved: now != tip)
    }
    if now != tip { return .moved(services: plan.steps.count) }
    freshTip = nil
    return .trouble(rejection.words)
  }

  /// In a task of its own, which nobody cancels. An error of this machine leaves the same question
  /// as a lost answer: did it arrive?
  private func pushed(_ head: CommitSHA, expecting tip: CommitSHA) async -> PushOutcome {
    let (mirror, branch) = (mirror, target.branch)
    let push = Task { () throws(GitError) in
      try await mirror.push(head, to: branch, expecting: tip)
    }
    switch await push.result {
    case .success(let outcome): return outcome
    case .failure(let error): return .rejected(.transport("\(error)"))
    }
  }

  // MARK: After

  private mutating func finish(_ push: Push, _ outcomes: inout [Int: WriteOutcome]) {
    outcomes.merge(push.outcomes) { first, _ in first }
    for step in push.landed { note(step) }
    pushes.removeAll { $0.head == push.head }
  }

  private mutating func note(_ step: LandedStep) {
    memory.note(step.landed, whileShowing: step.shown)
  }

  private func landed(_ step: LandingPlan.Step, as commit: CommitSHA) -> LandedStep {
    let candidate = step.winner.candidate
    return LandedStep(
      landed: .init(
        deployment: candidate.pending.edit.id, source: candidate.deployment.source?.commit,
        commit: commit),
      shown: candidate.standing.deployment)
  }

  private func settle(
    _ step: LandingPlan.Step, _ outcome: WriteOutcome, _ outcomes: inout [Int: WriteOutcome]
  ) {
    let winner = step.winner.candidate.pending
    outcomes[winner.ticket] = outcome
    for loser in step.winner.losers {
      outcomes[loser.pending.ticket] = .superseded(
        by: winner.edit.id, reason: "\(winner.edit.id) is newer and landed instead")
    }
  }
}

/// Trouble that may pass.
struct LaneTrouble: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

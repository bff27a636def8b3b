package import DeployModel
package import Git
package import Logging
import Metrics

/// R6: the one who commits to one branch of one repository. Everything that waits goes in one push,
/// one commit per deployment; a push that does not land is tried again on the new tip until each
/// edit's own deadline.
///
/// One place pushes (`run`), so no two pushes overlap. A caller who is cancelled is withdrawn at
/// once while nothing of his is under way, and never interrupts a push.
package actor ManifestWriter {
  private let clock: any WallClock
  private var author: GitIdentity
  private var deadline: Duration
  private let logger: Logger
  private let metrics: WriterMetrics
  private let target: RepositoryBranch

  private struct Attempted {
    var lane: LandingLane
    var attempt: LandingLane.Attempt
  }

  private enum Run {
    case over
    /// Something may have come since it began.
    case round(hasNews: Bool)
    /// Until the branch may be tried again, or, where nothing but what some edits wait for keeps
    /// them, until there is news.
    case rest(Task<Void, Never>, endsWithNews: Bool)
  }

  private var lane: LandingLane
  private var groups = LandingGroups()
  private var backoff: Backoff
  /// For what waits for something of its own.
  private var deferrals: Backoff
  private var nextTicket = 0
  private var waiting: [Int: PendingEdit] = [:]
  private var continuations: [Int: CheckedContinuation<WriteOutcome, Never>] = [:]
  /// Tickets of the attempt that is under way.
  private var underWay: Set<Int> = []
  /// Their callers were cancelled meanwhile.
  private var abandoned: Set<Int> = []
  private var stage = Run.over
  private var lastTrouble: String?
  private var attempt: Task<Attempted, Never>?

  /// - Parameters:
  ///   - mirror: of the repository that holds the manifests.
  ///   - sourceMirror: of any repository that services are built from; asked for others than
  ///     `target`'s alone. Nil: not configured.
  ///   - deadline: from an edit's submission to its failure as `commit_deadline`.
  ///   - random: from 0 up to, not including, 1; spreads the waits between attempts.
  package init(
    target: RepositoryBranch, mirror: Mirror,
    sourceMirror: @escaping @Sendable (RepositoryName) async -> Mirror?, author: GitIdentity,
    record: any LandingRecord, clock: any WallClock, deadline: Duration = .seconds(300),
    metrics: WriterMetrics = WriterMetrics(MetricRegistry()),
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }, logger: Logger
  ) {
    self.target = target
    self.clock = clock
    self.author = author
    self.deadline = deadline
    self.logger = logger
    backoff = Backoff(random: random)
    deferrals = Backoff(random: random)
    lane = LandingLane(
      target: target, mirror: mirror, sourceMirror: sourceMirror, record: record,
      clock: clock, metrics: metrics, logger: logger)
    self.metrics = metrics
    lane.sources.whenAnsweredLate { [weak self] in Task { await self?.noteNews() } }
  }

  /// As the configuration has them now: for attempts that begin and edits that are submitted from now
  /// on.
  package func follow(author: GitIdentity, deadline: Duration) {
    self.author = author
    self.deadline = deadline
  }

  /// Returns when the edit has landed or never will.
  package func submit(_ edit: ManifestEdit) async -> WriteOutcome {
    nextTicket += 1
    let ticket = nextTicket
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !Task.isCancelled else { return continuation.resume(returning: .withdrawn) }
        waiting[ticket] = PendingEdit(
          ticket: ticket, edit: edit, deadline: clock.now() + deadline)
        continuations[ticket] = continuation
        if case .over = stage {
          stage = .round(hasNews: false)
          Task { await run() }
        } else {
          noteNews()
        }
      }
    } onCancel: {
      Task { await withdraw(ticket) }
    }
  }

  /// Something may be possible that was not.
  private func noteNews() {
    switch stage {
    case .over: break
    case .round: stage = .round(hasNews: true)
    case .rest(let timer, let endsWithNews): if endsWithNews { timer.cancel() }
    }
  }

  private func withdraw(_ ticket: Int) {
    guard waiting[ticket] != nil else { return }
    if underWay.contains(ticket) {
      abandoned.insert(ticket)
      if underWay.isSubset(of: abandoned) { attempt?.cancel() }
    } else {
      settle(ticket, .withdrawn)
      if waiting.isEmpty, case .rest(let timer, _) = stage { timer.cancel() }
    }
  }

  /// Until nothing waits. Every round takes what has come meanwhile, and tries each group: none
  /// waits for what keeps another.
  private func run() async {
    while true {
      expire()
      if waiting.isEmpty {
        stage = .over
        // Whatever is known of the tip grows old now.
        lane.pause()
        lane.sources.stop()
        deferrals.reset()
        return
      }
      stage = .round(hasNews: false)
      groups.keep(Set(waiting.values.map(\.edit.service)))
      var next: [Next] = []
      for group in groups.split(waiting.values.sorted { $0.ticket < $1.ticket }) {
        next.append(await land(group))
      }
      switch next.max() {
      case .trouble: await sleep(backoff.afterTrouble(), endsWithNews: false)
      case .moved:
        let pause = backoff.afterMove()
        if pause > .zero { await sleep(pause, endsWithNews: false) }
      case .again: break
      case .deferred:
        if case .round(hasNews: false) = stage,
          groups.areDeferred(waiting.values.map(\.edit.service))
        {
          await sleep(deferrals.afterTrouble(), endsWithNews: true)
        }
      case .done, nil: deferrals.reset()
      }
    }
  }

  /// What is to be done for a group after its attempt; of several groups the last of these decides.
  private enum Next: Comparable {
    case done
    /// What is left waits for something of its own.
    case deferred
    /// The same once more, at once.
    case again
    /// The same once more: somebody was faster.
    case moved
    /// The same once more, after a pause.
    case trouble
  }

  private func land(_ group: [PendingEdit]) async -> Next {
    let batch = group.filter { waiting[$0.ticket] != nil }
    guard !batch.isEmpty else { return .done }
    underWay = Set(batch.map(\.ticket))
    // The run alone touches the lane, and there is one run.
    let (before, newest, author) = (lane, nextTicket, author)
    let start = ContinuousClock.now
    let task = Task {
      var lane = before
      let attempt = await lane.attempt(batch, newestTicket: newest, by: author)
      return Attempted(lane: lane, attempt: attempt)
    }
    attempt = task
    let attempted = await task.value
    attempt = nil
    metrics.took(ContinuousClock.now - start)
    let outcomes = attempted.attempt.outcomes
    lane = attempted.lane
    lane.forget(batch.filter { outcomes[$0.ticket] != nil }.map(\.edit.id))
    underWay = []
    for (ticket, outcome) in outcomes { settle(ticket, outcome) }
    groups.tried(
      Set(batch.map(\.edit.service)), deferred: attempted.attempt.deferral?.services ?? [])
    let next = take(attempted.attempt)
    for ticket in abandoned { settle(ticket, .withdrawn) }
    abandoned = []
    return next
  }

  private func take(_ attempt: LandingLane.Attempt) -> Next {
    if let deferral = attempt.deferral { noteTrouble(deferral.why) }
    switch attempt.end {
    case .moved: metrics.count(.moved)
    case .refused: metrics.count(.refused)
    case .trouble: metrics.count(.trouble)
    case .settled, .decidedAnew: break
    }
    switch attempt.end {
    case .settled:
      if !attempt.outcomes.isEmpty {
        backoff.reset()
        groups.win()
      }
      return attempt.deferral == nil ? .done : .deferred
    case .moved(let services):
      lastTrouble = "the branch kept moving"
      groups.loseRace(withServices: services, areSigned: lane.mirror.signer != nil)
      return .moved
    case .decidedAnew: return .again
    case .trouble(let why):
      noteTrouble(why)
      return .trouble
    case .refused(let services, let tickets, let words, let tipMoved):
      lastTrouble = words
      if groups.refuse(services, tipMoved: tipMoved) {
        for ticket in tickets { fail(ticket, .pushRefused, words) }
      }
      return .again
    }
  }

  private func noteTrouble(_ why: String) {
    lastTrouble = why
    logger.warning(
      "manifests wait to be committed",
      metadata: ["branch": "\(target.branch)", "why": "\(why)", "edits": "\(waiting.count)"])
  }

  private func expire() {
    let now = clock.now()
    for pending in waiting.values where pending.deadline <= now {
      let why = lastTrouble.map { ": \($0)" } ?? ""
      fail(
        pending.ticket, .commitDeadline,
        "not on \(target.branch) within \(deadline.components.seconds) s\(why)")
    }
  }

  private func fail(_ ticket: Int, _ code: FailureCode, _ message: String) {
    settle(ticket, .failed(.committing(.init(code: code, message: message))))
  }

  private func settle(_ ticket: Int, _ outcome: WriteOutcome) {
    waiting[ticket] = nil
    continuations.removeValue(forKey: ticket)?.resume(returning: outcome)
  }

  /// Not past the next deadline, and not longer than anybody waits.
  private func sleep(_ pause: Duration, endsWithNews: Bool) async {
    lane.pause()
    let next = waiting.values.map(\.deadline).min()
    let limit = next.map { max(.zero, $0 - clock.now()) } ?? .zero
    let task = Self.timer(clock, min(pause, limit))
    stage = .rest(task, endsWithNews: endsWithNews)
    await task.value
  }

  /// Ends early when it is cancelled.
  private static func timer(_ clock: any WallClock, _ duration: Duration) -> Task<Void, Never> {
    Task {
      do {
        try await clock.sleep(for: duration)
      } catch {
        return
      }
    }
  }
}

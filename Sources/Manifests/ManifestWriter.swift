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
    var outcomes: [Int: WriteOutcome]
    var end: AttemptEnd
  }

  private var lane: LandingLane
  private var groups = LandingGroups()
  private var backoff: Backoff
  private var nextTicket = 0
  private var waiting: [Int: PendingEdit] = [:]
  private var continuations: [Int: CheckedContinuation<WriteOutcome, Never>] = [:]
  /// Tickets of the attempt that is under way.
  private var underWay: Set<Int> = []
  /// Their callers were cancelled meanwhile.
  private var abandoned: Set<Int> = []
  private var isRunning = false
  private var lastTrouble: String?
  private var attempt: Task<Attempted, Never>?
  private var rest: Task<Void, Never>?

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
    lane = LandingLane(
      target: target, mirror: mirror, sourceMirror: sourceMirror, record: record,
      clock: clock, metrics: metrics, logger: logger)
    self.metrics = metrics
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
        guard !isRunning else { return }
        isRunning = true
        Task { await run() }
      }
    } onCancel: {
      Task { await withdraw(ticket) }
    }
  }

  private func withdraw(_ ticket: Int) {
    guard waiting[ticket] != nil else { return }
    if underWay.contains(ticket) {
      abandoned.insert(ticket)
      if underWay.isSubset(of: abandoned) { attempt?.cancel() }
    } else {
      settle(ticket, .withdrawn)
      if waiting.isEmpty { rest?.cancel() }
    }
  }

  /// Until nothing waits. Every round takes what has come meanwhile.
  private func run() async {
    while true {
      expire()
      if waiting.isEmpty {
        isRunning = false
        // Whatever is known of the tip grows old now.
        lane.pause()
        return
      }
      groups.keep(Set(waiting.values.map(\.edit.service)))
      var pause = Duration.zero
      for group in groups.split(waiting.values.sorted { $0.ticket < $1.ticket }) {
        pause = await land(group)
        if pause > .zero { break }
      }
      if pause > .zero { await sleep(pause) }
    }
  }

  /// - Returns: how long to wait before anything else.
  private func land(_ group: [PendingEdit]) async -> Duration {
    let batch = group.filter { waiting[$0.ticket] != nil }
    guard !batch.isEmpty else { return .zero }
    underWay = Set(batch.map(\.ticket))
    // The run alone touches the lane, and there is one run.
    let (before, newest, author) = (lane, nextTicket, author)
    let start = ContinuousClock.now
    let task = Task {
      var lane = before
      let (outcomes, end) = await lane.attempt(batch, newestTicket: newest, by: author)
      return Attempted(lane: lane, outcomes: outcomes, end: end)
    }
    attempt = task
    let attempted = await task.value
    attempt = nil
    metrics.took(ContinuousClock.now - start)
    let outcomes = attempted.outcomes
    lane = attempted.lane
    lane.forget(batch.filter { outcomes[$0.ticket] != nil }.map(\.edit.id))
    underWay = []
    for (ticket, outcome) in outcomes { settle(ticket, outcome) }
    let pause = take(attempted.end)
    for ticket in abandoned { settle(ticket, .withdrawn) }
    abandoned = []
    return pause
  }

  private func take(_ end: AttemptEnd) -> Duration {
    switch end {
    case .moved: metrics.count(.moved)
    case .refused: metrics.count(.refused)
    case .trouble: metrics.count(.trouble)
    case .settled, .decidedAnew: break
    }
    switch end {
    case .settled:
      backoff.reset()
      groups.win()
      return .zero
    case .moved(let services):
      lastTrouble = "the branch kept moving"
      groups.loseRace(withServices: services, areSigned: lane.mirror.signer != nil)
      return backoff.afterMove()
    case .decidedAnew: return .zero
    case .trouble(let why):
      lastTrouble = why
      logger.warning(
        "manifests wait to be committed",
        metadata: ["branch": "\(target.branch)", "why": "\(why)", "edits": "\(waiting.count)"])
      return backoff.afterTrouble()
    case .refused(let services, let tickets, let words, let tipMoved):
      lastTrouble = words
      if groups.refuse(services, tipMoved: tipMoved) {
        for ticket in tickets { fail(ticket, .pushRefused, words) }
      }
      return .zero
    }
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
  private func sleep(_ pause: Duration) async {
    lane.pause()
    let next = waiting.values.map(\.deadline).min()
    let limit = next.map { max(.zero, $0 - clock.now()) } ?? .zero
    let task = Self.timer(clock, min(pause, limit))
    rest = task
    await task.value
    rest = nil
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

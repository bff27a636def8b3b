import DeployModel
import Git
import Logging

/// Evaluates the pushes of one branch, one at a time and in the order of their arrival (R1, R2).
actor BranchEvaluator {
  private let target: RepositoryBranch
  private let parts: PipelineParts
  private let watch: GitWatch
  private let concluded: @Sendable (EvaluationResult) async -> Void
  private let logger: Logger
  private var isAwake = false
  private var wokenAgain = false
  /// The one timer of a branch whose remote is out of reach. Deliveries that come meanwhile wait
  /// with the others: they start no attempt of their own.
  private var retry: Task<Void, Never>?

  /// More than this many at once are taken in several rounds, so that one round's memory is bounded.
  private static let pushesPerRound = 200

  init(
    target: RepositoryBranch, parts: PipelineParts, watch: GitWatch,
    concluded: @escaping @Sendable (EvaluationResult) async -> Void
  ) {
    self.target = target
    self.parts = parts
    self.watch = watch
    self.concluded = concluded
    var logger = parts.logger
    logger[metadataKey: "repository"] = "\(target.repository)"
    logger[metadataKey: "branch"] = "\(target.branch)"
    self.logger = logger
  }

  func wake() {
    wokenAgain = true
    guard !isAwake, retry == nil else { return }
    isAwake = true
    Task { await drain() }
  }

  /// Where the branch was seen at the last look, and where it waits to be caught up.
  private var seen: CommitSHA?
  private var missed: CommitSHA?

  /// R3: a fetch has found the branch at `tip`. A delivery may be under way: only what is still there
  /// at the next look was missed.
  func look(at tip: CommitSHA) {
    if seen == tip {
      missed = tip
      wake()
    }
    seen = tip
  }

  private func drain() async {
    while wokenAgain, retry == nil {
      wokenAgain = false
      await evaluateWhatWaits()
      // What was delivered goes first: it says who pushed.
      if retry == nil, let tip = missed {
        missed = nil
        await catchUp(to: tip)
      }
    }
    isAwake = false
  }

  /// Fails as a look does, and is repeated with the next.
  private func catchUp(to tip: CommitSHA) async {
    do {
      guard let mirror = parts.mirrors[target.repository] else { return }
      try await compare(with: tip, pushed: [])
      guard
        var evaluation = try await CatchUp(
          target: target, mirror: mirror, store: parts.store,
          configuration: parts.configuration.current, now: parts.clock.now()
        ).evaluation(to: tip)
      else { return }
      try await mirror.pin("cursor/\(target.branch)", to: tip)
      evaluation.notices = evaluation.notices(for: required)
      let result = try await parts.store.conclude(evaluation)
      logger.notice(
        "caught up on what no delivery told of",
        metadata: [
          "tip": "\(tip)",
          "deployments": "\(result.created.map(\.id.description).joined(separator: " "))",
        ])
      await publish(result, of: evaluation)
    } catch {
      logger.warning("the branch was not caught up", metadata: ["error": "\(error)"])
    }
  }

  /// Whose status a rule of the branch requires.
  private var required: Set<ServiceName> {
    parts.configuration.current.repositories[target.repository]?.reporting.required ?? []
  }

  private func publish(_ result: EvaluationResult, of evaluation: Evaluation) async {
    for service in evaluation.skipped.keys { parts.events.publish(.service(service)) }
    await concluded(result)
  }

  private func evaluateWhatWaits() async {
    do {
      while true {
        let waiting = try await parts.store.pendingPushes(
          repository: target.repository, branch: target.branch, limit: Self.pushesPerRound)
        guard !waiting.isEmpty else { return }
        guard await evaluate(waiting) else { return }
      }
    } catch {
      logger.error("pending pushes could not be read", metadata: ["error": "\(error)"])
      wakeLater(afterAttempt: 3)
    }
  }

  /// One fetch serves every push that was stored before it began.
  private func evaluate(_ waiting: [PendingPush]) async -> Bool {
    guard let first = waiting.first else { return true }
    var current = first
    do {
      guard let mirror = parts.mirrors[target.repository] else {
        try await concludeUnconfigured(waiting)
        return true
      }
      let tip = try await mirror.fetch(target.branch)
      try await compare(with: tip, pushed: waiting)
      for push in waiting {
        current = push
        try await evaluate(push, mirror: mirror, tip: tip)
      }
      return true
    } catch StoreError.conflict(let reason) {
      // Another process that shares the store was faster, or a deployment came meanwhile: what still
      // waits is read anew.
      logger.info("evaluation overtaken", metadata: ["reason": "\(reason)"])
      return true
    } catch {
      await postpone(current, because: error)
      return false
    }
  }

  private func evaluate(_ push: PendingPush, mirror: Mirror, tip: CommitSHA?) async throws {
    let pushEvaluation = PushEvaluation(
      push: push, target: target, mirror: mirror, store: parts.store,
      configuration: parts.configuration.current, now: parts.clock.now())
    var evaluation =
      push.isByItself
      ? try await pushEvaluation.evaluateByItself(tip: tip)
      : try await pushEvaluation.evaluate(tip: tip)
    if let cursor = evaluation.cursorAfter {
      try await mirror.pin("cursor/\(target.branch)", to: cursor)
    }
    evaluation.notices = evaluation.notices(for: required)
    let result = try await parts.store.conclude(evaluation)
    logger.info(
      "push evaluated",
      metadata: [
        "delivery": "\(push.delivery)", "outcome": "\(evaluation.outcome.rawValue)",
        "deployments": "\(result.created.map(\.id.description).joined(separator: " "))",
      ])
    parts.events.publish(.delivery(push.delivery))
    await publish(result, of: evaluation)
  }

  /// R14, before anything is decided. Where git cannot say, the pushes are evaluated all the same: the
  /// writer will ask again.
  private func compare(with tip: CommitSHA?, pushed waiting: [PendingPush]) async throws {
    guard let tip else { return }
    do {
      let pushers = Dictionary(
        waiting.map { ($0.event.after, $0.event.pusher) }, uniquingKeysWith: { _, last in last })
      try await watch.look(at: target, tip: tip, pushers: pushers)
    } catch let error as GitError {
      logger.warning(
        "what git says was not compared with the record", metadata: ["error": "\(error)"])
    }
    let cursor = try await parts.store.cursor(
      repository: target.repository, branch: target.branch)
    guard cursor == nil else { return }
    try await Adoption(parts: parts, watch: watch).adopt(
      parts.configuration.current.services(builtFrom: target))
  }

  /// The repository was removed from the configuration while its pushes waited.
  private func concludeUnconfigured(_ waiting: [PendingPush]) async throws {
    for push in waiting {
      let cursor = try await parts.store.cursor(
        repository: target.repository, branch: target.branch)
      _ = try await parts.store.conclude(
        Evaluation(
          target: target, delivery: push.delivery, cursorBefore: cursor, cursorAfter: nil,
          outcome: .failed, reason: "the repository is no longer configured", matches: [],
          triggers: [], at: parts.clock.now()))
      parts.events.publish(.delivery(push.delivery))
    }
  }

  /// R1: retried with backoff for ever, and shown.
  private func postpone(_ push: PendingPush, because error: any Error) async {
    logger.warning(
      "push evaluation failed and will be tried again",
      metadata: ["delivery": "\(push.delivery)", "error": "\(error)"])
    do {
      try await parts.store.noteFailedAttempt(push.delivery, reason: "\(error)")
      parts.events.publish(.delivery(push.delivery))
    } catch {
      logger.error("failed attempt could not be recorded", metadata: ["error": "\(error)"])
    }
    wakeLater(afterAttempt: push.attempts)
  }

  private func wakeLater(afterAttempt attempt: Int) {
    var generator = SystemRandomNumberGenerator()
    let delay = Backoff.fetch.delay(afterAttempt: attempt, using: &generator)
    retry?.cancel()
    retry = Task {
      do {
        try await parts.clock.sleep(for: delay)
      } catch {
        return
      }
      retry = nil
      wake()
    }
  }
}

import DeployModel
import Logging

/// One listener's call after call: what is owed is said one call at a time. Whatever changed meanwhile
/// is said once. A listener that is slow or gone keeps nobody but himself waiting.
///
/// Of the processes that share the store one speaks at a time: it takes the listener's turn in the
/// store before it looks at what is owed, and keeps it over its pauses, so that a limit that one was
/// told holds for all. When it dies, its turn runs out, and what it had not said is another's to say.
actor Lane<Work: LaneWork> {
  private struct Due {
    /// Counts what happened, so that nothing that happens during a look is lost.
    var version = 0
    var notBefore: Timestamp?
  }

  private let work: Work
  private let parts: PipelineParts
  private var due: [Work.Item: Due] = [:]
  /// Whoever has had a turn waits for the others'.
  private var order: [Work.Item] = []
  private var task: Task<Void, Never>?
  /// Until something is due.
  private var rest: Task<Void, any Error>?
  /// Until when this process alone speaks.
  private var ours: Timestamp?
  /// Outages and limits in a row.
  private var failures = 0

  init(_ work: Work, parts: PipelineParts) {
    self.work = work
    self.parts = parts
  }

  func add(_ item: Work.Item) {
    if due[item] == nil {
      due[item] = Due()
      order.append(item)
    } else {
      due[item]?.version += 1
      due[item]?.notBefore = nil
    }
    rest?.cancel()
    guard task == nil else { return }
    task = Task { await run() }
  }

  func stop() async {
    task?.cancel()
    await task?.value
  }

  private func run() async {
    repeat {
      while !order.isEmpty, !Task.isCancelled {
        guard let item = nextInTurn() else {
          await endTurn()
          await restUntilDue()
          continue
        }
        let pause: Duration
        if let wait = await takeTurn(for: .zero) {
          pause = wait
        } else {
          pause = await turn(of: item)
          if pause > .zero { _ = await takeTurn(for: pause) }
        }
        do {
          if pause > .zero { try await parts.clock.sleep(for: pause) }
        } catch {
          break
        }
      }
      await endTurn()
      // What came while the turn was ended.
    } while !order.isEmpty && !Task.isCancelled
    task = nil
  }

  private static var turnLength: Duration { .seconds(60) }
  /// A turn that lasts no longer than this is prolonged before the next call, and during it.
  private static var reserve: Duration { .seconds(40) }
  /// A turn of another's may end before it runs out.
  private static var lookAgain: Duration { .seconds(5) }

  /// - Parameter pause: in which nobody is to speak.
  /// - Returns: nil if it is ours for a call after that; otherwise how long to wait.
  private func takeTurn(for pause: Duration) async -> Duration? {
    let now = parts.clock.now()
    if let ours, ours - now >= pause + Self.reserve { return nil }
    let until = now + (pause + Self.turnLength)
    do {
      let turn = try await parts.store.takeTurn(
        at: work.turn, owner: parts.owner, until: until, now: now)
      switch turn {
      case .mine:
        ours = until
        return nil
      case .anothers(let end):
        ours = nil
        return min(max(end - now, .milliseconds(1)), Self.lookAgain)
      }
    } catch {
      ours = nil
      return unknown(because: error)
    }
  }

  /// What is one call here may be several at the listener, each with a deadline of its own (a token, a
  /// look for what may be there already, what was owed): the turn lasts as long as they take.
  private func callInTurn(_ call: Work.Call) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await self.keepTurn() }
      defer { group.cancelAll() }
      try await work.make(call)
    }
  }

  private func keepTurn() async {
    while true {
      do {
        try await parts.clock.sleep(for: Self.turnLength / 2)
      } catch {
        return
      }
      _ = await takeTurn(for: .zero)
    }
  }

  private func endTurn() async {
    guard ours != nil else { return }
    ours = nil
    do {
      try await parts.store.endTurn(at: work.turn, owner: parts.owner)
    } catch {
      // It runs out by itself.
      parts.logger.debug(
        "a turn was not ended", metadata: who.merging(["error": "\(error)"]) { $1 })
    }
  }

  private func nextInTurn() -> Work.Item? {
    let now = parts.clock.now()
    return order.first { item in due[item]?.notBefore.map { $0 <= now } ?? true }
  }

  private func restUntilDue() async {
    guard nextInTurn() == nil, let time = due.values.compactMap(\.notBefore).min() else { return }
    let sleep = Task { [clock = parts.clock] in try await clock.sleep(for: time - clock.now()) }
    rest = sleep
    _ = await withTaskCancellationHandler {
      await sleep.result
    } onCancel: {
      sleep.cancel()
    }
    rest = nil
  }

  /// - Returns: how long nobody has a turn.
  private func turn(of item: Work.Item) async -> Duration {
    let version = due[item]?.version
    do {
      switch try await work.next(for: item) {
      case .nothing:
        if due[item]?.version == version { drop { $0 == item } }
        return .zero
      case .at(let time):
        if due[item]?.version == version { due[item]?.notBefore = time }
        return .zero
      case .call(let call): return await make(call, for: item)
      }
    } catch {
      return troubled(item, by: error)
    }
  }

  private func make(_ call: Work.Call, for item: Work.Item) async -> Duration {
    do {
      try await callInTurn(call)
      if failures > 0 {
        parts.logger.notice("a listener is told again", metadata: who)
      }
      failures = 0
      wait(item)
      return work.pause
    } catch let error as BoardError {
      return await failed(call, for: item, error)
    } catch {
      return troubled(item, by: error)
    }
  }

  private func failed(
    _ call: Work.Call, for item: Work.Item, _ error: BoardError
  ) async -> Duration {
    // Of a row of failures the first is news.
    let level: Logger.Level = failures == 0 ? .warning : .debug
    parts.logger.log(
      level: level, "a listener was not told",
      metadata: who.merging(work.metadata(of: call)) { $1 }.merging(["error": "\(error)"]) { $1 })
    switch error.kind {
    case .unavailable, .limited: failures += 1
    case .denied, .refused: break
    }
    do {
      let failure = try await work.failed(call, for: item, error, inARow: failures)
      wait(item)
      drop(where: failure.drops)
      return failure.pause
    } catch {
      return troubled(item, by: error)
    }
  }

  private static var shortestOutage: Duration { .seconds(5) }
  private static var longestOutage: Duration { .seconds(300) }

  /// By the store: what it holds is still owed. What was said and could not be remembered will be
  /// said again, so not too often.
  private func troubled(_ item: Work.Item, by error: any Error) -> Duration {
    if case StoreError.conflict = error {
      drop { $0 == item }
      return .zero
    }
    return unknown(because: error)
  }

  private func unknown(because error: any Error) -> Duration {
    parts.logger.warning(
      "what is owed is not known", metadata: who.merging(["error": "\(error)"]) { $1 })
    failures += 1
    return .doubling(from: Self.shortestOutage, to: Self.longestOutage, after: failures)
  }

  private var who: Logger.Metadata { ["to": "\(work.listener)"] }

  private func drop(where isDropped: (Work.Item) -> Bool) {
    for item in order where isDropped(item) { due[item] = nil }
    order.removeAll(where: isDropped)
  }

  private func wait(_ item: Work.Item) {
    order.removeAll { $0 == item }
    if due[item] != nil { order.append(item) }
  }
}

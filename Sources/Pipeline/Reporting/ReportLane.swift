import DeployModel
import Logging

/// One account's turn after turn: what is owed is said one call at a time, with a pause after each, as
/// GitHub asks. What is to be said is decided when it is said: whatever changed meanwhile is said once.
actor ReportLane {
  private struct Due {
    var repository: RepositoryName
    /// Counts what happened, so that nothing that happens during a look is lost.
    var version = 0
  }

  private let account: BoardAccount
  private let parts: PipelineParts
  private let work: ReportWork
  private var due: [ReportWork.Item: Due] = [:]
  /// Whoever has had a turn waits for the others'.
  private var order: [ReportWork.Item] = []
  private var task: Task<Void, Never>?
  /// In a row.
  private var failures = 0

  private static let shortestOutage: Duration = .seconds(5)
  private static let longestOutage: Duration = .seconds(300)
  /// "Rate limits for the REST API": a minute at least where nothing is said, then more.
  private static let shortestLimit: Duration = .seconds(60)
  private static let longestLimit: Duration = .seconds(3600)

  init(account: BoardAccount, parts: PipelineParts) {
    self.account = account
    self.parts = parts
    work = ReportWork(parts: parts)
  }

  func add(_ item: ReportWork.Item, of repository: RepositoryName) {
    if due[item] == nil {
      due[item] = Due(repository: repository)
      order.append(item)
    } else {
      due[item]?.version += 1
    }
    guard task == nil else { return }
    task = Task { await run() }
  }

  func stop() async {
    task?.cancel()
    await task?.value
  }

  private func run() async {
    while let item = order.first, !Task.isCancelled {
      let pause = await turn(of: item)
      do {
        if pause > .zero { try await parts.clock.sleep(for: pause) }
      } catch {
        break
      }
    }
    task = nil
  }

  /// - Returns: how long nobody has a turn.
  private func turn(of item: ReportWork.Item) async -> Duration {
    let version = due[item]?.version
    do {
      guard let call = try await work.next(for: item) else {
        if due[item]?.version == version { drop(item) }
        return .zero
      }
      return await make(call, for: item)
    } catch {
      return troubled(item, by: error)
    }
  }

  private func make(_ call: ReportWork.Call, for item: ReportWork.Item) async -> Duration {
    do {
      try await work.make(call)
      parts.metrics.reported(call.kind, "done")
      if failures > 0 { parts.logger.notice("GitHub is told again") }
      failures = 0
      wait(item)
      return account.pause
    } catch let error as BoardError {
      return await failed(call, for: item, error)
    } catch {
      return troubled(item, by: error)
    }
  }

  private func failed(
    _ call: ReportWork.Call, for item: ReportWork.Item, _ error: BoardError
  ) async -> Duration {
    parts.metrics.reported(call.kind, error.kind.word)
    // Of a row of failures the first is news.
    let level: Logger.Level = failures == 0 ? .warning : .debug
    parts.logger.log(
      level: level, "GitHub was not told",
      metadata: [
        "repository": "\(call.repository)", "what": "\(call.kind)", "error": "\(error)",
      ])
    switch error.kind {
    case .unavailable:
      return growing(from: Self.shortestOutage, to: Self.longestOutage)
    case .limited(let pause):
      let usual = growing(from: Self.shortestLimit, to: Self.longestLimit)
      return pause ?? usual
    case .denied:
      // Still owed: the next look at the record finds it.
      for (item, due) in due where due.repository == call.repository { drop(item) }
      return account.pause
    case .refused:
      do {
        try await work.giveUp(call, error)
      } catch {
        return troubled(item, by: error)
      }
      return account.pause
    }
  }

  /// By the store: what it holds is still owed. What was said and could not be remembered will be
  /// said again, so not too often.
  private func troubled(_ item: ReportWork.Item, by error: any Error) -> Duration {
    if case StoreError.conflict = error {
      drop(item)
      return .zero
    }
    parts.logger.warning("what is owed to GitHub is not known", metadata: ["error": "\(error)"])
    return growing(from: Self.shortestOutage, to: Self.longestOutage)
  }

  private func growing(from first: Duration, to most: Duration) -> Duration {
    failures += 1
    return min(first * (1 << min(failures - 1, 10)), most)
  }

  private func drop(_ item: ReportWork.Item) {
    due[item] = nil
    order.removeAll { $0 == item }
  }

  private func wait(_ item: ReportWork.Item) {
    order.removeAll { $0 == item }
    if due[item] != nil { order.append(item) }
  }
}

extension BoardError.Kind {
  /// For metrics.
  fileprivate var word: String {
    switch self {
    case .unavailable: "unavailable"
    case .limited: "limited"
    case .denied: "denied"
    case .refused: "refused"
    }
  }
}

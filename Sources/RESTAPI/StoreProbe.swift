package import DeployModel
package import Logging

/// Whether the store takes writes. A write is made for it, so however many ask, and as often as they
/// like, there is one at a time, and for a second its verdict holds (R12).
package actor StoreProbe {
  private enum Knowledge {
    case none
    case asking(Task<Bool, Never>)
    case known(isWritable: Bool, at: Timestamp)
  }

  static let verdictHolds: Duration = .seconds(1)

  private let write: @Sendable () async throws(StoreError) -> Void
  private let clock: any WallClock
  private let logger: Logger
  private var knowledge = Knowledge.none
  /// Of the verdict that was logged last.
  private var wasWritable = true

  /// - Parameter write: reaches the disk, or says why not.
  package init(
    clock: any WallClock, logger: Logger,
    write: @escaping @Sendable () async throws(StoreError) -> Void
  ) {
    self.write = write
    self.clock = clock
    self.logger = logger
  }

  func isWritable() async -> Bool {
    switch knowledge {
    case .asking(let task): return await task.value
    case .known(let isWritable, let time) where holds(since: time): return isWritable
    case .none, .known: break
    }
    let task = Task { await ask() }
    knowledge = .asking(task)
    return await task.value
  }

  /// A clock that was set back does not make a verdict hold for longer.
  private func holds(since time: Timestamp) -> Bool {
    (.zero..<Self.verdictHolds).contains(clock.now() - time)
  }

  private func ask() async -> Bool {
    var failure: StoreError?
    do {
      try await write()
    } catch {
      failure = error
    }
    let isWritable = failure == nil
    knowledge = .known(isWritable: isWritable, at: clock.now())
    // The cause is for the log: whoever probes may be a stranger. Said when it changes.
    if let failure, wasWritable {
      logger.error("not ready: the store cannot write", metadata: ["cause": "\(failure)"])
    } else if !wasWritable, isWritable {
      logger.notice("ready: the store can write again")
    }
    wasWritable = isWritable
    return isWritable
  }
}

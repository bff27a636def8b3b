import DeployModel
import Synchronization

/// The one way to write. Whoever waits when the lane is free becomes one transaction: one fsync for
/// all (R1), each isolated from the others' errors.
package final class WriteLane: Sendable {
  /// Writes that may wait at once. Beyond it callers are told that the store is unavailable,
  /// rather than memory growing while a disk hangs (R12).
  static let queueLimit = 32_768

  /// How a write that fails is undone without the rest of its batch.
  enum Isolation: Sendable {
    /// It is one statement, which the database undoes by itself.
    case statement
    case savepoint
  }

  private struct Waiting {
    var jobs: [PendingWrite] = []
    var isDraining = false
  }

  private let confined: ConfinedConnection
  private let waiting = Mutex(Waiting())
  private let filters = Mutex<[NotificationFilter]>([])
  private let listener = Mutex<(@Sendable (DeploymentID) -> Void)?>(nil)
  private let commitCount = Atomic<Int>(0)

  init(open: @escaping @Sendable () throws(StoreError) -> any SQLConnection) {
    confined = ConfinedConnection(label: "slipway.store.writer", open: open)
  }

  /// Transactions committed so far.
  package var commits: Int { commitCount.load(ordering: .relaxed) }

  /// To whom steps are owed, from the next transaction on.
  func notify(_ new: [NotificationFilter]) { filters.withLock { $0 = new } }

  /// Who is told of deployments that changed, from the next transaction on.
  func tell(_ new: @escaping @Sendable (DeploymentID) -> Void) { listener.withLock { $0 = new } }

  /// Returns when what `body` wrote is on disk.
  func write<Value: Sendable>(
    _ isolation: Isolation = .savepoint,
    _ body: @escaping @Sendable (Transaction) throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let outcome = await withCheckedContinuation {
      (continuation: CheckedContinuation<Result<Value, StoreError>, Never>) in
      let job = PendingWriteOf(isolation, continuation, body)
      if !submit(job) {
        job.resume(.unavailable("\(Self.queueLimit) writes are waiting already"))
      }
    }
    return try outcome.get()
  }

  /// False if too many wait.
  private func submit(_ job: PendingWrite) -> Bool {
    let (accepted, mustWake) = waiting.withLock { waiting in
      guard waiting.jobs.count < Self.queueLimit else { return (false, false) }
      waiting.jobs.append(job)
      defer { waiting.isDraining = true }
      return (true, !waiting.isDraining)
    }
    if mustWake { confined.async { [self] connect in drain(connect) } }
    return accepted
  }

  private func drain(_ connect: () throws(StoreError) -> any SQLConnection) {
    while case let batch = takeAll(), !batch.isEmpty {
      var rest = batch[...]
      while !rest.isEmpty { commitTogether(&rest, connect) }
    }
  }

  private func takeAll() -> [PendingWrite] {
    waiting.withLock { waiting in
      let jobs = waiting.jobs
      waiting.jobs = []
      if jobs.isEmpty { waiting.isDraining = false }
      return jobs
    }
  }

  /// Runs jobs from the front of `rest` in one transaction, then tells each what became of it.
  ///
  /// 1. A job fails: it alone is undone. 2. A failure that ends the whole transaction (SQLite does
  /// so when the disk is full) fails all that ran; what is left gets a new one. 3. The commit
  /// fails: nobody's write is on disk, and everybody is told.
  private func commitTogether(
    _ rest: inout ArraySlice<PendingWrite>, _ connect: () throws(StoreError) -> any SQLConnection
  ) {
    var settled: [PendingWrite] = []
    var batchFailure: StoreError?
    var used: (any SQLConnection)?
    do throws(StoreError) {
      let connection = try connect()
      used = connection
      try connection.beginWriting()
      let transaction = Transaction(connection, notifying: filters.withLock { $0 })
      do throws(StoreError) {
        while let job = rest.popFirst() {
          try run(job, in: transaction, &settled)
          guard connection.isInTransaction else { throw Self.ended }
        }
        try transaction.saveCounters()
        try connection.commit()
        commitCount.wrappingAdd(1, ordering: .relaxed)
        if let tell = listener.withLock(\.self) {
          var told: Set<DeploymentID> = []
          for id in transaction.changed where told.insert(id).inserted { tell(id) }
        }
      } catch {
        if connection.isInTransaction { try connection.rollBack() }
        throw error
      }
    } catch {
      if case .unavailable = error {
        batchFailure = error
      } else {
        batchFailure = .unavailable(error.description)
      }
    }
    if let batchFailure, settled.isEmpty {
      // Nothing could even begin: the file is gone, or the lock is another's.
      while let job = rest.popFirst() { job.resume(batchFailure) }
    }
    for job in settled { job.resume(batchFailure) }
    used?.tidyUp()
  }

  private static let ended = StoreError.unavailable(
    "another write of the same batch ended the transaction")

  /// Who was taken from the line is in `settled` before anything can throw, or nobody would tell
  /// him.
  private func run(
    _ job: PendingWrite, in transaction: Transaction, _ settled: inout [PendingWrite]
  ) throws(StoreError) {
    let connection = transaction.connection
    let mark = transaction.mark
    let needsSavepoint = job.isolation == .savepoint || !connection.undoesFailedStatements
    if needsSavepoint {
      do throws(StoreError) {
        try connection.run("SAVEPOINT one_write", [])
      } catch {
        job.failure = error
        settled.append(job)
        throw error
      }
    }
    job.run(transaction)
    settled.append(job)
    if job.failure != nil {
      transaction.restore(mark)
      // Where the whole transaction is gone, the caller finds out next.
      guard connection.isInTransaction else { return }
      if needsSavepoint { try connection.run("ROLLBACK TO one_write", []) }
    }
    if needsSavepoint { try connection.run("RELEASE one_write", []) }
  }
}

import DeployModel
import Synchronization

/// Moves the write-ahead log into the database file beside the writer, so that deliveries do not
/// wait for it. SQLite's own checkpoint runs in the commit that fills the log: tens of milliseconds
/// in which nobody is answered.
///
/// 1. The log is long: another connection copies it, twice, for what came meanwhile. 2. When that
/// is done, the writer copies the little that is left between two transactions; only then does the
/// log begin anew (sqlite.org/wal.html, "Avoiding Excessively Large WAL Files"). 3. If a reader
/// still needs the log, or copying failed, the next commit tries again: nothing is lost by waiting,
/// since what is committed is on disk in the log.
final class SQLiteCheckpointer: Sendable {
  /// Pages after which the log is copied: eight megabytes.
  static let threshold: Int32 = 2000

  private enum Phase { case idle, copying, copied }

  private let confined: ConfinedConnection
  private let phase = Mutex(Phase.idle)

  init(open: @escaping @Sendable () throws(StoreError) -> any SQLConnection) {
    confined = ConfinedConnection(label: "slipway.store.checkpoint", open: open)
  }

  /// Called by the writer after each commit, outside any transaction.
  ///
  /// - Parameter finish: copies what is left, on the writer's connection.
  func logHas(_ pages: Int32, finish: () -> Void) {
    guard pages >= Self.threshold else { return }
    let (mustCopy, mustFinish) = phase.withLock { phase in
      switch phase {
      case .idle:
        phase = .copying
        return (true, false)
      case .copying:
        return (false, false)
      case .copied:
        phase = .idle
        return (false, true)
      }
    }
    if mustFinish { finish() }
    guard mustCopy else { return }
    confined.async { [self] connect in
      do throws(StoreError) {
        let connection = try connect()
        for _ in 1...2 { try connection.run("PRAGMA wal_checkpoint(PASSIVE)", []) }
      } catch {
        // Case 3: the writer does it all, and its own commits will say what is wrong.
      }
      phase.withLock { $0 = .copied }
    }
  }
}

import DeployModel
import Synchronization
import TestKit

@testable import Store

/// A store that goes away with the first landing: that is committed, and nobody is told.
final class LossyStore: SQLStore {
  let writer: WriteLane
  let readers: ReaderPool
  private let outage = Outage()
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory("lossy-store")
    _ = try SQLiteStore(directory: directory.path)
    let path = directory.appending(SQLiteStore.fileName)
    writer = WriteLane { [outage] () throws(StoreError) -> any SQLConnection in
      Connection(try SQLiteConnection.writing(path, maximumBytes: nil), outage)
    }
    readers = ReaderPool(width: 2) { [outage] () throws(StoreError) -> any SQLConnection in
      Connection(try SQLiteConnection.reading(path), outage)
    }
  }

  /// Transactions that could not begin.
  var refusals: Int { outage.state.withLock { $0.refusals } }

  func comeBack() { outage.state.withLock { $0.isOver = true } }

  private final class Outage: Sendable {
    struct State {
      var hasBegun = false
      var isOver = false
      var refusals = 0
    }

    let state = Mutex(State())

    func pass() throws(StoreError) {
      let isAway = state.withLock { state in
        let isAway = state.hasBegun && !state.isOver
        if isAway { state.refusals += 1 }
        return isAway
      }
      if isAway { throw .unavailable("injected") }
    }

    /// - Returns: whether it had not begun before.
    func begin() -> Bool {
      state.withLock { state in
        defer { state.hasBegun = true }
        return !state.hasBegun
      }
    }
  }

  private final class Connection: SQLConnection {
    private let real: SQLiteConnection
    private let outage: Outage
    private var isLanding = false

    init(_ real: SQLiteConnection, _ outage: Outage) {
      self.real = real
      self.outage = outage
    }

    func run(_ text: String, _ values: [SQLValue]) throws(StoreError) -> Int {
      if text == SQL.updateDeploymentManifest { isLanding = true }
      let changed = try real.run(text, values)
      if text == "COMMIT", isLanding, outage.begin() { throw .unavailable("injected") }
      return changed
    }

    func query(
      _ text: String, _ values: [SQLValue], _ receive: (any SQLRow) throws(StoreError) -> Bool
    ) throws(StoreError) { try real.query(text, values, receive) }

    func beginWriting() throws(StoreError) {
      try outage.pass()
      try real.beginWriting()
    }

    func beginReading() throws(StoreError) {
      try outage.pass()
      try real.beginReading()
    }

    func script(_ text: String) throws(StoreError) { try real.script(text) }
    var isUsable: Bool { real.isUsable }
    var isInTransaction: Bool { real.isInTransaction }
    func tidyUp() { real.tidyUp() }
    var undoesFailedStatements: Bool { real.undoesFailedStatements }
  }
}

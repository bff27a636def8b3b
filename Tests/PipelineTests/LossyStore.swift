import DeployModel
import Synchronization
import TestKit

@testable import Store

/// A store that loses a landing, or its answer, or does not take a deployment.
final class LossyStore: SQLStore {
  enum Loss {
    /// It is committed, and nobody is told: the store is away until `comeBack`.
    case answer
    /// It is undone.
    case landing
    /// The next deployment that somebody asks for is not made.
    case wish
  }

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

  /// Once.
  func lose(_ loss: Loss) { outage.state.withLock { $0.loss = loss } }

  func comeBack() { outage.state.withLock { $0.isAway = false } }

  /// Transactions that could not begin.
  var refusals: Int { outage.state.withLock { $0.refusals } }

  private final class Outage: Sendable {
    struct State {
      var loss: Loss?
      var isAway = false
      var refusals = 0
    }

    let state = Mutex(State())

    func pass() throws(StoreError) {
      let isAway = state.withLock { state in
        if state.isAway { state.refusals += 1 }
        return state.isAway
      }
      if isAway { throw .unavailable("injected") }
    }

    func take(_ losses: Loss...) -> Loss? {
      state.withLock { state in
        guard let loss = state.loss, losses.contains(loss) else { return nil }
        state.loss = nil
        if loss == .answer { state.isAway = true }
        return loss
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
      if text == SQL.insertDeployment, outage.take(.wish) != nil { throw .unavailable("injected") }
      if text == SQL.updateDeploymentManifest { isLanding = true }
      guard text == "COMMIT", isLanding else { return try real.run(text, values) }
      isLanding = false
      let loss = outage.take(.answer, .landing)
      if loss == .landing { throw .unavailable("injected") }
      let changed = try real.run(text, values)
      if loss == .answer { throw .unavailable("injected") }
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

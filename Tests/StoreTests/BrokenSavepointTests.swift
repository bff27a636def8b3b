import DeployModel
import TestKit
import Testing

@testable import Store

@Suite struct BrokenSavepointTests {
  @Test(
    "R1: a caller is told when what isolates his write fails, and the store goes on",
    arguments: ["SAVEPOINT one_write", "RELEASE one_write", "ROLLBACK TO one_write"])
  func told(_ statement: String) async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    let path = directory.appending(SQLiteStore.fileName)
    let lane = WriteLane { () throws(StoreError) -> any SQLConnection in
      FailingOnce(at: statement, try SQLiteConnection.writing(path, maximumBytes: nil))
    }
    let service = try #require(ServiceName("backend"))
    let isUndone = statement.hasPrefix("ROLLBACK")
    func add() async throws(StoreError) {
      try await lane.write { transaction throws(StoreError) in
        try transaction.addService(service)
        if isUndone { throw .conflict("changed its mind") }
      }
    }
    let refusal = await #expect(throws: StoreError.self) { try await add() }
    if isUndone {
      #expect(refusal == .conflict("changed its mind"))
    } else {
      #expect(refusal == .unavailable("injected"))
    }
    #expect(try await store.serviceStates().isEmpty)
    if isUndone {
      await #expect(throws: StoreError.self) { try await add() }
    } else {
      try await add()
    }
    #expect(try await store.serviceStates().count == (isUndone ? 0 : 1))
  }
}

/// A database whose one statement fails the first time that it is run.
private final class FailingOnce: SQLConnection {
  private var statement: String?
  private let real: SQLiteConnection

  init(at statement: String, _ real: SQLiteConnection) {
    self.statement = statement
    self.real = real
  }

  func run(_ text: String, _ values: [SQLValue]) throws(StoreError) -> Int {
    if text == statement {
      statement = nil
      throw .unavailable("injected")
    }
    return try real.run(text, values)
  }

  func query(
    _ text: String, _ values: [SQLValue], _ receive: (any SQLRow) throws(StoreError) -> Bool
  ) throws(StoreError) { try real.query(text, values, receive) }

  func script(_ text: String) throws(StoreError) { try real.script(text) }
  func beginWriting() throws(StoreError) { try real.beginWriting() }
  func beginReading() throws(StoreError) { try real.beginReading() }
  var isUsable: Bool { real.isUsable }
  var isInTransaction: Bool { real.isInTransaction }
  func tidyUp() { real.tidyUp() }
  var undoesFailedStatements: Bool { real.undoesFailedStatements }
}

import DeployModel
import TestKit
import Testing

@testable import Store

@Suite struct ClaimTests {
  @Test("R8: a claim that passes over whatever waits reads it by the page, and misses nothing")
  func pages() async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    let waiting = 2 * StoreLimits.claimable + 1
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...waiting {
        group.addTask { _ = try await store.create(try .make("service-\(number)")) }
      }
      try await group.waitForAll()
    }
    let inOrder = try await store.deployments(DeploymentQuery(limit: waiting)).items.reversed()
    let last = try #require(inOrder.last)
    let path = directory.appending(SQLiteStore.fileName)
    let lane = WriteLane { () throws(StoreError) -> any SQLConnection in
      Counting(SQL.selectClaimable, try SQLiteConnection.writing(path, maximumBytes: nil))
    }
    func claim(
      excluding: Set<ServiceName>
    ) async throws(StoreError) -> (claimed: DeploymentID?, reads: Int) {
      try await lane.write { transaction throws(StoreError) in
        let counting = transaction.connection as? Counting
        let before = counting?.count ?? 0
        let claimed = try transaction.claim(
          states: [.queued], excluding: excluding, makers: [:], owner: "one",
          until: last.createdAt + .seconds(30), now: last.createdAt)
        return (claimed?.id, (counting?.count ?? 0) - before)
      }
    }
    let all = Set(inOrder.map(\.id.service))
    let none = try await claim(excluding: all)
    #expect(none.claimed == nil)
    #expect(none.reads == 3)
    let found = try await claim(excluding: all.subtracting([last.id.service]))
    #expect(found.claimed == last.id)
    #expect(found.reads == 3)
    let oldest = try await claim(excluding: [])
    #expect(oldest.claimed == inOrder.first?.id)
    #expect(oldest.reads == 1)
  }
}

/// A database that counts how often one query is asked.
private final class Counting: SQLConnection {
  private let statement: String
  private let real: SQLiteConnection
  private(set) var count = 0

  init(_ statement: String, _ real: SQLiteConnection) {
    self.statement = statement
    self.real = real
  }

  func query(
    _ text: String, _ values: [SQLValue], _ receive: (any SQLRow) throws(StoreError) -> Bool
  ) throws(StoreError) {
    if text == statement { count += 1 }
    try real.query(text, values, receive)
  }

  func run(_ text: String, _ values: [SQLValue]) throws(StoreError) -> Int {
    try real.run(text, values)
  }
  func script(_ text: String) throws(StoreError) { try real.script(text) }
  func beginWriting() throws(StoreError) { try real.beginWriting() }
  func beginReading() throws(StoreError) { try real.beginReading() }
  var isUsable: Bool { real.isUsable }
  var isInTransaction: Bool { real.isInTransaction }
  func tidyUp() { real.tidyUp() }
  var undoesFailedStatements: Bool { real.undoesFailedStatements }
}

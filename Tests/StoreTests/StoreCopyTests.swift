import DeployModel
import StoreContract
import TestKit
import Testing

@testable import Store

/// What `slipway migrate` promises.
@Suite struct StoreCopyTests {
  private typealias Content = [String: Set<[SQLValue]>]

  /// Every row of every table, columns by name.
  private func content(of place: StorePlace) throws -> Content {
    let connection = try place.open()
    var content: Content = [:]
    for table in try TableShape.all(in: connection) where table.name != "schema_version" {
      let sorted = TableShape(
        name: table.name, columns: table.columns.sorted { $0.name < $1.name })
      content[table.name] = []
      try connection.query("SELECT \(sorted.list) FROM \(table.name)", []) {
        row throws(StoreError) in
        content[table.name, default: []].insert(try sorted.values(row))
        return true
      }
    }
    return content
  }

  private func copy(from source: StorePlace, to target: StorePlace) throws -> [StoreCopy.Table] {
    try StoreCopy(from: try source.open(), to: try target.open()).run()
  }

  /// What a contract's proof leaves behind in a store.
  private func fill(_ place: TemporaryDirectory, with promise: ContractCase) async throws {
    let store = try SQLiteStore(directory: place.path)
    try await promise.check(store)
  }

  @Test("R1: whatever a store can hold is copied, row by row", arguments: ContractCase.all)
  func everything(_ promise: ContractCase) async throws {
    let (one, other) = (try TemporaryDirectory("from"), try TemporaryDirectory("to"))
    try await fill(one, with: promise)
    let (from, to) = (
      StorePlace.sqlite(directory: one.path), StorePlace.sqlite(directory: other.path)
    )
    let before = try content(of: from)
    let tables = try copy(from: from, to: to)
    #expect(try content(of: to) == before)
    #expect(tables.reduce(0) { $0 + $1.rows } == before.values.reduce(0) { $0 + $1.count })
  }

  @Test("R1: the contracts' rows, taken together, are in every table, so that each is tried")
  func coverage() async throws {
    var covered: Set<String> = []
    var tables: Set<String> = []
    for promise in ContractCase.all {
      let directory = try TemporaryDirectory("covered")
      try await fill(directory, with: promise)
      let content = try content(of: .sqlite(directory: directory.path))
      tables = Set(content.keys)
      covered.formUnion(content.filter { !$0.value.isEmpty }.keys)
    }
    #expect(covered == tables)
  }

  @Test("What is not empty is not written to")
  func notEmpty() async throws {
    let (one, other) = (try TemporaryDirectory("from"), try TemporaryDirectory("to"))
    _ = try await SQLiteStore(directory: one.path).create(.make("frontend"))
    _ = try await SQLiteStore(directory: other.path).create(.make("backend"))
    let target = StorePlace.sqlite(directory: other.path)
    let before = try content(of: target)
    #expect {
      try copy(from: .sqlite(directory: one.path), to: target)
    } throws: { error in
      "\(error)".contains("it is not empty")
    }
    #expect(try content(of: target) == before)
  }

  @Test(
    "R1: from SQLite to PostgreSQL and back everything is as it was, and work goes on there",
    .enabled(if: PostgresDatabase.isThere, Comment(rawValue: PostgresDatabase.comment)))
  func there() async throws {
    let (one, other) = (try TemporaryDirectory("from"), try TemporaryDirectory("back"))
    let store = try SQLiteStore(directory: one.path)
    // More than one batch of rows, and than one fetch.
    for number in 1...700 { _ = try await store.record(.ignored(number)) }
    let first = try await store.create(.make("backend"))
    let second = try await store.create(.make("backend"))
    try await store.advance(
      first.id,
      DeploymentChange(
        from: [.queued], to: .superseded, at: second.createdAt, reason: "a newer one",
        supersededBy: second.id))
    try await store.appendLog(second.id, Array(0...255))
    let from = StorePlace.sqlite(directory: one.path)
    let postgres = StorePlace.postgres(url: try await PostgresDatabase.make().url)
    let back = StorePlace.sqlite(directory: other.path)
    let before = try content(of: from)
    _ = try copy(from: from, to: postgres)
    #expect(try content(of: postgres) == before)
    _ = try copy(from: postgres, to: back)
    #expect(try content(of: back) == before)
    let next = try await SQLiteStore(directory: other.path).create(.make("backend"))
    #expect(next.id.number == second.id.number + 1)
    #expect(next.sequence > second.sequence)
  }

  @Test(
    "A database that a Slipway is connected to is left alone",
    .enabled(if: PostgresDatabase.isThere, Comment(rawValue: PostgresDatabase.comment)))
  func connected() async throws {
    let url = try await PostgresDatabase.make().url
    let store = try PostgresStore(url: url)
    try await store.checkWritable()
    #expect {
      try StorePlace.postgres(url: url).open()
    } throws: { error in
      "\(error)".contains("stop every replica first")
    }
    withExtendedLifetime(store) {}
  }
}

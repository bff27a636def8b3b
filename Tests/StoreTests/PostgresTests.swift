import DeployModel
import Store
import StoreContract
import TestKit
import Testing

/// What is promised of every store, on a real server.
@Suite(.enabled(if: PostgresDatabase.isThere, Comment(rawValue: PostgresDatabase.comment)))
struct PostgresTests {
  private func makeStore() async throws -> PostgresStore {
    try PostgresStore(url: try await PostgresDatabase.make().url)
  }

  @Test(arguments: ContractCase.all)
  func contract(_ promise: ContractCase) async throws {
    try await promise.check(try await makeStore())
  }

  @Test("Several processes bring an empty database up to date at the same time")
  func migrationsAtOnce() async throws {
    let url = try await PostgresDatabase.make().url
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 1...6 {
        group.addTask {
          let store = try PostgresStore(url: url)
          _ = try await store.record(.ignored(number))
        }
      }
      try await group.waitForAll()
    }
    #expect(try await PostgresStore(url: url).deliveries(before: nil, limit: 10).items.count == 6)
  }

  @Test("R1, R2: two processes take the same deliveries; each is stored once, and none twice")
  func deliveriesOnce() async throws {
    let url = try await PostgresDatabase.make().url
    let stores = [try PostgresStore(url: url), try PostgresStore(url: url)]
    let stored = try await withThrowingTaskGroup(of: Int64?.self) { group in
      for number in 0..<200 {
        for store in stores {
          group.addTask {
            guard case .stored(let sequence) = try await store.record(.ignored(number)) else {
              return nil
            }
            return sequence
          }
        }
      }
      return try await group.reduce(into: [Int64]()) { found, next in
        if let next { found.append(next) }
      }
    }
    #expect(stored.count == 200)
    #expect(Set(stored).count == 200)
  }

  @Test("What is open when a newer release adds a column goes on, on new connections")
  func migratedBeside() async throws {
    let database = try await PostgresDatabase.make()
    let store = try PostgresStore(url: database.url)
    let id = try await store.create(try .make("backend")).id
    #expect(try await store.deployment(id) != nil)
    try await database.psql("ALTER TABLE deployment ADD COLUMN newer BIGINT")
    try await eventually("reads") {
      do throws(StoreError) {
        return try await store.deployment(id) != nil
      } catch {
        guard case .unavailable = error else { throw error }
        return false
      }
    }
    let next = try NewDeployment.make("backend")
    try await eventually("writes") {
      do throws(StoreError) {
        return try await store.create(next).id.number > 1
      } catch {
        guard case .unavailable = error else { throw error }
        return false
      }
    }
  }

  @Test("A deployment is claimed by one process of several")
  func claimsOnce() async throws {
    let url = try await PostgresDatabase.make().url
    let stores = [try PostgresStore(url: url), try PostgresStore(url: url)]
    for number in 0..<20 { _ = try await stores[0].create(.make("service-\(number)")) }
    let now = Timestamp(milliseconds: 1_764_000_000_000)
    let claimed = try await withThrowingTaskGroup(of: [DeploymentID].self) { group in
      for (index, store) in stores.enumerated() {
        group.addTask {
          var mine: [DeploymentID] = []
          while let deployment = try await store.claim(
            states: [.queued], excluding: [], makers: [:], owner: "process-\(index)",
            until: now + .seconds(30), now: now)
          {
            mine.append(deployment.id)
          }
          return mine
        }
      }
      return try await group.reduce(into: [DeploymentID]()) { $0 += $1 }
    }
    #expect(claimed.count == 20)
    #expect(Set(claimed).count == 20)
  }

  @Test("A server that goes away is unavailable, and is used again when it is back")
  func connectionLoss() async throws {
    let database = try await PostgresDatabase.make()
    let store = try PostgresStore(url: database.url)
    _ = try await store.record(.ignored(1))
    _ = try await store.deliveries(before: nil, limit: 1)
    try await PostgresDatabase.psql(
      try #require(PostgresDatabase.server),
      """
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'slipway' AND datname = '\(database.name)'
      """)
    await #expect(throws: StoreError.self) { try await store.record(.ignored(2)) }
    guard case .stored = try await store.record(.ignored(2)) else {
      Issue.record("what was answered as unavailable was stored, too")
      return
    }
    try await eventually("both readers to be back") {
      do {
        return try await store.deliveries(before: nil, limit: 9).items.count == 2
      } catch is StoreError {
        return false
      }
    }
  }

  @Test("R1: who waited too long for the right to write has it once it is free")
  func lockTimeout() async throws {
    let url = try await PostgresDatabase.make().url
    let store = try PostgresStore(url: url + "?options=-c%20lock_timeout%3D50ms")
    let stopped = try PostgresConnection(url: url)
    try stopped.beginWriting()
    for number in 1...2 {
      let error = await #expect(throws: StoreError.self) {
        try await store.record(.ignored(number))
      }
      #expect(error.map { "\($0)" }?.contains("lock timeout") == true)
    }
    try stopped.script("ROLLBACK")
    _ = try await store.record(.ignored(1))
    #expect(try await store.deliveries(before: nil, limit: 9).items.count == 1)
  }

  @Test("R13: an error names the place of the URL, and no password")
  func secret() {
    let error = #expect(throws: StoreError.self) {
      try PostgresStore(url: "postgres://slipway:hunter2@127.0.0.1:1/slipway")
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("state.postgres.url"))
    #expect(text.contains("127.0.0.1"))
    #expect(!text.contains("hunter2"))
  }

  @Test("A newer release's database is left alone")
  func newer() async throws {
    let database = try await PostgresDatabase.make()
    _ = try PostgresStore(url: database.url)
    try await database.psql("INSERT INTO schema_version (version) VALUES (9999)")
    let error = #expect(throws: StoreError.self) { try PostgresStore(url: database.url) }
    #expect(error.map { "\($0)" }?.contains("newer release") == true)
  }
}

import DeployModel
import Foundation
import Store
import TestKit
import Testing

@Suite struct SchemaTests {
  private func connection(
    in directory: TemporaryDirectory
  ) throws -> SQLiteConnection {
    _ = try SQLiteStore(directory: directory.path)
    let connection = try SQLiteConnection(
      path: directory.appending(SQLiteStore.fileName), access: .readWrite)
    try connection.script("PRAGMA foreign_keys = ON")
    return connection
  }

  @Test("A database that a newer release has used is refused, and left alone")
  func newerSchema() throws {
    let directory = try TemporaryDirectory("store")
    try connection(in: directory).script("INSERT INTO schema_version (version) VALUES (999)")
    let error = #expect(throws: StoreError.self) {
      _ = try SQLiteStore(directory: directory.path)
    }
    let reason = try #require(error).description
    #expect(reason.contains("schema version 999"))
    #expect(reason.contains("newer release"))
  }

  @Test("Opening again changes nothing")
  func reopening() async throws {
    let directory = try TemporaryDirectory("store")
    _ = try await SQLiteStore(directory: directory.path).record(.ignored(1))
    let reopened = try SQLiteStore(directory: directory.path)
    #expect(try await reopened.deliveries(before: nil, limit: 10).items.count == 1)
  }

  @Test("R12: what is owed to GitHub is found without reading the history")
  func plan() throws {
    let directory = try TemporaryDirectory("store")
    let connection = try connection(in: directory)
    var steps: [String] = []
    try connection.query(
      "EXPLAIN QUERY PLAN " + SQL.selectUnreported,
      [.text("shop"), .integer(1), .integer(1), .integer(1)]
    ) { row throws(StoreError) in
      steps.append(try row.textIfAny("detail") ?? "")
      return true
    }
    #expect(steps.first?.hasPrefix("SEARCH deployment USING INDEX deployment_updated") == true)
    #expect(!steps.contains { $0.hasPrefix("SCAN") })
  }

  @Test(
    "R12: what retention.images deletes is found in the order of its end, without sorting a history"
  )
  func removablePlan() throws {
    let directory = try TemporaryDirectory("store")
    let connection = try connection(in: directory)
    for (statement, values, index) in [
      (
        SQL.selectRemovableImages,
        [.text("backend"), .text("ghcr.io/acme/backend"), .integer(1), .integer(2), .integer(200)],
        "deployment_image_there"
      ),
      (
        SQL.selectCondemnedImages,
        [.text("backend"), .text("ghcr.io/acme/backend"), .integer(200)],
        "deployment_image_condemned"
      ),
    ] as [(String, [SQLValue], String)] {
      var steps: [String] = []
      try connection.query("EXPLAIN QUERY PLAN " + statement, values) { row throws(StoreError) in
        steps.append(try row.textIfAny("detail") ?? "")
        return true
      }
      #expect(steps.contains { $0.contains("INDEX \(index) (service=?") }, "\(steps)")
      #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
      #expect(!steps.contains { $0 == "SCAN deployment" || $0 == "SCAN one" }, "\(steps)")
    }
  }

  @Test("The database is its owner's only")
  func mode() throws {
    let directory = try TemporaryDirectory("store")
    _ = try SQLiteStore(directory: directory.path)
    let attributes = try FileManager.default.attributesOfItem(
      atPath: directory.appending(SQLiteStore.fileName))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test(
    "States that cannot be are refused by the database itself",
    arguments: [
      "UPDATE deployment SET state = 'walking'",
      "UPDATE deployment SET state = 'live', finished_at = 1",
      "UPDATE deployment SET state = 'failed', finished_at = 1",
      "UPDATE deployment SET state = 'cancelled'",
      "UPDATE deployment SET finished_at = 1",
      "UPDATE deployment SET failure_stage = 'queued', failure_code = 'x', failure_message = 'x'",
      "UPDATE deployment SET superseded_by = number",
      "UPDATE deployment SET state = 'superseded', finished_at = 1, superseded_by = 77",
      "UPDATE deployment SET recovered = 1",
      "UPDATE deployment SET rebuild = 2",
      "UPDATE deployment SET image_tag = 'abc'",
      "UPDATE deployment SET input_digest = 'sha256:abc'",
      "UPDATE deployment SET source_commit = 'abc'",
      "UPDATE deployment SET source_subject = NULL",
      "UPDATE deployment SET lease_owner = 'one'",
      "UPDATE deployment SET trigger_pattern = '**'",
      "UPDATE deployment SET service = 'unknown'",
      "UPDATE deployment SET created_at = 'yesterday'",
      "UPDATE deployment SET basis_sequence = sequence + 1",
      "UPDATE delivery SET outcome = 'lost'",
      "UPDATE delivery SET outcome = 'pending', ref = 'refs/tags/v1'",
      "UPDATE service SET hold_until = 'released'",
      "UPDATE service SET current_number = 1",
      "UPDATE service SET wanted_reason = 'x'",
      "UPDATE service SET wanted_number = -1",
      "UPDATE deployment SET carries = 0",
      "DELETE FROM service",
    ])
  func impossible(_ statement: String) async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    _ = try await store.record(.ignored(1))
    let service = try #require(ServiceName("backend"))
    let source = Source(
      repository: try #require(RepositoryName("mirai")), branch: try #require(BranchName("main")),
      commit: try #require(CommitSHA(String(repeating: "b", count: 40))), subject: "Change",
      author: "Ana", committedAt: Timestamp(milliseconds: 1))
    _ = try await store.create(
      NewDeployment(
        service: service, cause: .manual, actor: "ana", reason: "", source: source,
        at: Timestamp(milliseconds: 1)))
    let connection = try connection(in: directory)
    #expect {
      try connection.script(statement)
    } throws: { error in
      guard case .bug(let reason) = error as? StoreError else { return false }
      // `STRICT` says "cannot store"; the rest are named constraints.
      return reason.contains("constraint failed") || reason.contains("cannot store")
    }
  }
}

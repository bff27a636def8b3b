import DeployModel
import Foundation
import Store
import TestKit
import Testing

/// A database that an earlier release has written, opened by this one.
@Suite struct UpgradeTests {
  /// As schema version 1 has them: `live` runs its newest push, `failed` and `skipped` are behind,
  /// `back` was rolled back, `building` is on its way, `adopted` was never deployed to, and `empty` has
  /// only what a person asked for.
  private let rows = """
    INSERT INTO service (name, last_number) VALUES
      ('live', 2), ('failed', 2), ('skipped', 1), ('back', 3), ('building', 2), ('adopted', 0),
      ('empty', 1);
    INSERT INTO deployment (
      sequence, service, number, basis_sequence, state, cause, actor, reason, created_at, updated_at,
      finished_at, source_repository, source_branch, source_commit, source_subject, source_author,
      source_committed_at, image_repository, image_tag, image_digest, image_tags, manifest_commit,
      rollback_of, rolled_back_from, rebuild, released, override_hold, recovered, failure_stage,
      failure_code, failure_message)
    VALUES
    """

  private func row(
    _ sequence: Int, _ service: String, _ number: Int, _ state: String, _ cause: String = "push",
    source: Character, lands: Bool = false, rollbackOf: Int? = nil, leaving: Int? = nil
  ) -> String {
    let commit = String(repeating: source, count: 40)
    let digest = "'sha256:" + String(repeating: source, count: 64) + "'"
    let image = lands ? "'ghcr.io/acme/shop', 'abc', \(digest), 'abc'" : "NULL, NULL, NULL, NULL"
    let failure = state == "failed" ? "'building', 'build_failed', 'exit 7'" : "NULL, NULL, NULL"
    let isFinal = ["failed", "committed", "superseded"].contains(state)
    func reference(_ value: Int?) -> String { value.map { "\($0)" } ?? "NULL" }
    return """
      (\(sequence), '\(service)', \(number), \(sequence), '\(state)', '\(cause)', 'ana', 'pushed',
      \(sequence), \(sequence), \(isFinal ? "\(sequence)" : "NULL"), 'shop', 'main', '\(commit)', 'x',
      'Ana', 1, \(image), \(lands ? "'\(commit)'" : "NULL"), \(reference(rollbackOf)),
      \(reference(leaving)), 0, 0, 0, 0, \(failure))
      """
  }

  /// A time (version 1), none (version 4), and no UUID at all.
  private let deliveries = [
    (1, "72d3162e-cc78-11e3-81ab-4c9367dc0958"), (2, "6b1c2f0e-6f1b-4e59-9a55-3a0f2d8f0001"),
    (3, "caught-up-1"),
  ]
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory("upgrade") }

  private func upgraded() throws -> any DeploymentStore {
    let path = directory.appending(SQLiteStore.fileName)
    let connection = try SQLiteConnection(path: path, access: .readWrite)
    try connection.script("PRAGMA foreign_keys = ON")
    try connection.script(SQL.createSchemaVersion)
    try connection.script(SQL.migration0001)
    try connection.script("INSERT INTO schema_version (version) VALUES (1)")
    try connection.script(
      rows
        + [
          row(1, "live", 1, "committed", source: "a", lands: true),
          row(2, "live", 2, "committed", source: "b", lands: true),
          row(3, "failed", 1, "committed", source: "a", lands: true),
          row(4, "failed", 2, "failed", source: "b"),
          row(5, "skipped", 1, "committed", source: "a", lands: true),
          row(6, "back", 1, "committed", source: "a", lands: true),
          row(7, "back", 2, "committed", source: "b", lands: true),
          row(
            8, "back", 3, "committed", "rollback", source: "a", lands: true, rollbackOf: 1,
            leaving: 2),
          row(9, "building", 1, "committed", source: "a", lands: true),
          row(10, "building", 2, "building", source: "b"),
          row(11, "empty", 1, "committed", "manual", source: "a", lands: true),
        ].joined(separator: ",\n"))
    try connection.script("UPDATE counter SET value = 11 WHERE name = 'sequence'")
    for (sequence, guid) in deliveries {
      try connection.script(
        """
        INSERT INTO delivery (
          sequence, guid, event, received_at, repository, ref, before_commit, after_commit, forced,
          pusher, body_sha256, outcome, reason, attempts)
        VALUES (\(sequence), '\(guid)', 'push', 1, NULL, '', '', '', 0, '', '', 'ignored', 'x', 0)
        """)
    }
    for (service, number, source) in [
      ("live", "2", "b"), ("failed", "1", "a"), ("skipped", "1", "a"), ("back", "3", "a"),
      ("building", "1", "a"), ("adopted", "NULL", "a"), ("empty", "1", "a"),
    ] {
      try connection.script(
        """
        UPDATE service SET current_number = \(number), current_tag = 'abc', current_since = 1,
          current_source = '\(String(repeating: source, count: 40))'
        WHERE name = '\(service)'
        """)
    }
    for (service, reason) in [
      ("failed", "failed-2 failed"), ("skipped", "[skip ci]"),
      ("back", "rolled back from back-2 by back-3"),
    ] {
      try connection.script(
        """
        UPDATE service SET behind_since = 7, behind_reason = '\(reason)',
          behind_commit = '\(String(repeating: "b", count: 40))'
        WHERE name = '\(service)'
        """)
    }
    return try SQLiteStore(directory: directory.path)
  }

  private func state(_ service: String, in store: any DeploymentStore) async throws -> ServiceState
  {
    try await store.serviceState(try #require(ServiceName(service)))
  }

  @Test("What was behind still is, and what was not is not")
  func behind() async throws {
    let store = try upgraded()
    for service in ["live", "building", "adopted", "empty"] {
      #expect(try await state(service, in: store).behind == nil, "\(service)")
    }
    let newest = CommitSHA(String(repeating: "b", count: 40))
    for service in ["failed", "skipped", "back"] {
      #expect(try await state(service, in: store).behind?.commit == newest, "\(service)")
    }
    #expect(try await state("skipped", in: store).behind?.reason == "[skip ci]")
    #expect(
      try await state("back", in: store).behind?.reason == "rolled back from back-2 by back-3")
  }

  @Test("What was on its way goes on, and counts as the newest source when it ends")
  func goesOn() async throws {
    let store = try upgraded()
    let building = try #require(DeploymentID("building-2"))
    try await store.advance(
      building,
      DeploymentChange(
        from: [.building], to: .cancelled, at: Timestamp(milliseconds: 20), reason: "slow"))
    #expect(
      try await state("building", in: store).behind
        == Behind(
          commit: try #require(CommitSHA(String(repeating: "b", count: 40))),
          since: Timestamp(milliseconds: 20), reason: "building-2 cancelled: slow"))
  }

  @Test("R2: a delivery is known by its GUID as before")
  func deliveriesAreKnown() async throws {
    let store = try upgraded()
    for (sequence, text) in deliveries {
      let guid = try #require(DeliveryGUID(text))
      let known = try #require(try await store.delivery(guid))
      #expect(known.sequence == Int64(sequence))
      #expect(known.guid == guid)
    }
  }

  @Test("Nobody has looked at any service's entry, and the history is as it was")
  func history() async throws {
    let store = try upgraded()
    let states = try await store.serviceStates()
    #expect(states.count == 7)
    #expect(states.allSatisfy { $0.entryName == nil })
    let page = try await store.deployments(DeploymentQuery())
    #expect(page.items.map(\.sequence) == [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    #expect(page.items.allSatisfy { $0.location == nil })
  }
}

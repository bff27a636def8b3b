import DeployModel
import TestKit
import Testing

@testable import Store

@Suite struct NotificationPruningTests {
  enum Reason: CaseIterable { case age, count }

  @Test(
    "R12: many notifications are deleted in steps, between which others write",
    arguments: Reason.allCases)
  func steps(_ reason: Reason) async throws {
    let directory = try TemporaryDirectory("store")
    let store = try SQLiteStore(directory: directory.path)
    let ended = 2 * StoreLimits.pruned + 10
    let deployment = try await store.create(try .make("backend"))
    let time = deployment.createdAt
    try await store.writer.write { transaction throws(StoreError) in
      for position in 1...ended {
        try transaction.connection.run(
          SQL.insertNotification,
          [
            .integer(try transaction.nextSequence()), .text("chat"),
            .integer(deployment.sequence), .time(time),
          ])
        try transaction.connection.run(
          "UPDATE notification SET position = $1, status = 'delivered', due_at = NULL, ended_at = $2"
            + " WHERE status = 'pending'",
          [.integer(position + 1), .time(time)])
      }
    }
    let before = store.commits
    try await store.pruneNotifications(
      keeping: reason == .count ? 10 : ended,
      endedBefore: reason == .age ? time + .seconds(1) : time)
    let left = try await store.readers.read { connection throws(StoreError) in
      try connection.all("SELECT sequence FROM notification") { row throws(StoreError) in
        try row.integer("sequence")
      }
    }
    #expect(left.count == (reason == .count ? 10 : 0))
    #expect(store.commits - before >= 3)
  }
}

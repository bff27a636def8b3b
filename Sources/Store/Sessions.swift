package import DeployModel

extension SQLStore {
  package func begin(
    _ session: StoredSession, keeping count: Int, usedAfter: Timestamp, begunAfter: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      let connection = transaction.connection
      try connection.run(SQL.deleteDeadSessions, [.time(usedAfter), .time(begunAfter)])
      try connection.run(
        SQL.insertSession,
        [
          .text(session.nameSHA256), .text(session.token), .text(session.binding),
          .time(session.beganAt), .time(session.usedAt),
        ])
      try connection.run(SQL.deleteSurplusSessions, [.text(session.token), .integer(count)])
    }
  }

  package func session(nameSHA256: String) async throws(StoreError) -> StoredSession? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectSession, [.text(nameSHA256)]) { row throws(StoreError) in
        StoredSession(
          nameSHA256: nameSHA256, token: try row.text("token"), binding: try row.text("binding"),
          beganAt: try row.time("began_at"), usedAt: try row.time("used_at"))
      }
    }
  }

  package func noteUse(
    ofSession nameSHA256: String, at time: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(
        SQL.updateSessionUsed, [.text(nameSHA256), .time(time)])
    }
  }

  package func endSession(nameSHA256: String) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteSession, [.text(nameSHA256)])
    }
  }
}

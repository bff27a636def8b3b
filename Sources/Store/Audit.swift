package import DeployModel

extension SQLStore {
  package func audit(_ entry: AuditEntry) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(
        SQL.insertAuditEntry,
        [
          .integer(try transaction.nextSequence()), .time(entry.at), .text(entry.actor),
          .text(entry.action), .text(entry.subject), .text(entry.reason), .text(entry.requestID),
        ])
    }
  }

  package func auditEntries(
    before cursor: Int64?, limit: Int
  ) async throws(StoreError) -> Page<AuditEntry> {
    let limit = StoreLimits.page(limit)
    return try await readers.read { connection throws(StoreError) in
      let found = try connection.all(
        SQL.selectAuditEntries, [.integer(cursor ?? .max), .integer(limit + 1)]
      ) { row throws(StoreError) in
        AuditEntry(
          sequence: try row.integer("sequence"), at: try row.time("happened_at"),
          actor: try row.text("actor"), action: try row.text("action"),
          subject: try row.text("subject"), reason: try row.text("reason"),
          requestID: try row.text("request_id"))
      }
      return Page(found, limit: limit, sequence: \.sequence)
    }
  }

  /// A row really changes, and reaches the disk: a full or read-only one is found out.
  package func checkWritable() async throws(StoreError) {
    try await writer.write(.statement) { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.addToCounter, [.text("probe"), .integer(1)])
    }
  }
}

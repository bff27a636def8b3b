package import DeployModel

/// Who speaks to whom, of all processes that share the store.
extension SQLStore {
  package func takeTurn(
    at listener: String, owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Turn {
    try await writer.write { transaction throws(StoreError) in
      let connection = transaction.connection
      let taken = try connection.run(
        SQL.upsertTurn, [.text(listener), .text(owner), .time(until), .time(now)])
      if taken == 1 { return .mine }
      let end = try connection.first(SQL.selectTurn, [.text(listener)]) { row throws(StoreError) in
        try row.time("taken_until")
      }
      guard let end else { throw .bug("the turn at \(listener) is neither free nor taken") }
      return .anothers(until: end)
    }
  }

  package func endTurn(at listener: String, owner: String) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteTurn, [.text(listener), .text(owner)])
    }
  }

  package func pruneTurns(endedBefore time: Timestamp) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteTurns, [.time(time)])
    }
  }
}

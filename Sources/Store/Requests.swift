package import DeployModel

extension SQLStore {
  package func beginRequest(
    _ key: RequestKey, bodySHA256: String, at: Timestamp
  ) async throws(StoreError) -> RequestClaim {
    try await writer.write { transaction throws(StoreError) in
      try transaction.beginRequest(key, bodySHA256: bodySHA256, at: at)
    }
  }

  package func finishRequest(
    _ key: RequestKey, answer: StoredAnswer
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      let finished = try transaction.connection.run(
        SQL.updateRequest,
        key.columns + [.integer(answer.status), .text(answer.location), .text(answer.body)])
      guard finished == 1 else { throw .conflict("the idempotency key was never claimed") }
    }
  }

  package func abandonRequest(_ key: RequestKey) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteRequest, key.columns)
    }
  }

  package func pruneRequests(before time: Timestamp) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteRequests, [.time(time)])
    }
  }
}

extension RequestKey {
  fileprivate var columns: [SQLValue] { [.text(token), .text(route), .text(key)] }
}

extension Transaction {
  fileprivate func beginRequest(
    _ key: RequestKey, bodySHA256: String, at: Timestamp
  ) throws(StoreError) -> RequestClaim {
    let claimed = try connection.run(
      SQL.insertRequest, key.columns + [.text(bodySHA256), .time(at)])
    if claimed == 1 { return .new }
    let known = try connection.first(SQL.selectRequest, key.columns) {
      row throws(StoreError) -> RequestClaim in
      guard try row.text("body_sha256") == bodySHA256 else { return .mismatch }
      guard let status = try row.integerIfAny("status") else { return .inProgress }
      return .answered(
        StoredAnswer(
          status: Int(status), location: try row.textIfAny("location"),
          body: try row.text("answer")))
    }
    guard let known else { throw .bug("an idempotency key is neither new nor known") }
    return known
  }
}

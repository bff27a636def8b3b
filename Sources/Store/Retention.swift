package import DeployModel

extension SQLStore {
  package func pruneDeployments(
    keeping count: Int, finishedBefore time: Timestamp
  ) async throws(StoreError) -> Int {
    var total = 0
    for service in try await serviceNames() {
      let beyond = try await readers.read { connection throws(StoreError) in
        try connection.first(SQL.selectDeploymentBeyond, [.text(service), .integer(count)]) {
          row throws(StoreError) in try row.integer("sequence")
        }
      }
      guard let beyond else { continue }
      // Step by step, each a transaction: what is accepted meanwhile goes in between.
      while true {
        let deleted = try await writer.write { transaction throws(StoreError) in
          try transaction.connection.run(
            SQL.deleteDeployments,
            [
              .text(service), .integer(beyond), .time(time),
              .integer(StoreLimits.prunedDeployments),
            ])
        }
        guard deleted > 0 else { break }
        total += deleted
      }
    }
    return total
  }

  package func pruneLogs(finishedBefore time: Timestamp) async throws(StoreError) -> Int {
    var total = 0
    var last: Int64? = 0
    while let from = last {
      let step = try await writer.write { transaction throws(StoreError) in
        try transaction.pruneLogs(after: from, finishedBefore: time)
      }
      total += step.deleted
      last = step.next
    }
    return total
  }
}

extension Transaction {
  /// Looks at a few logs from the oldest deployment's on. One that was begun later than `time` did
  /// not end before it, nor did any after that.
  ///
  /// - Returns: how many went, and where to go on; nil when the rest is to be kept.
  fileprivate func pruneLogs(
    after last: Int64, finishedBefore time: Timestamp
  ) throws(StoreError) -> (deleted: Int, next: Int64?) {
    var over: [Int64] = []
    var next: Int64?
    var looked = 0
    try connection.query(
      SQL.selectLogged, [.integer(last), .integer(StoreLimits.prunedDeployments)]
    ) { row throws(StoreError) in
      guard try row.time("created_at") < time else { return false }
      looked += 1
      next = try row.integer("sequence")
      if let end = try row.integerIfAny("finished_at"), end < time.milliseconds, let next {
        over.append(next)
      }
      return true
    }
    for sequence in over { try connection.run(SQL.deleteLog, [.integer(sequence)]) }
    return (over.count, looked == StoreLimits.prunedDeployments ? next : nil)
  }
}

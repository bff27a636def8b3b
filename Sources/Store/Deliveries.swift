package import DeployModel

extension SQLStore {
  package func record(_ delivery: Delivery) async throws(StoreError) -> DeliveryReceipt {
    if delivery.outcome == .pending { try delivery.checkEvaluable() }
    return try await writer.write(.statement) { transaction throws(StoreError) in
      try transaction.record(delivery)
    }
  }

  package func delivery(_ guid: DeliveryGUID) async throws(StoreError) -> Delivery? {
    try await readers.read { connection throws(StoreError) in try connection.delivery(guid) }
  }

  package func deliveries(
    before cursor: Int64?, limit: Int
  ) async throws(StoreError) -> Page<Delivery> {
    let limit = StoreLimits.page(limit)
    return try await readers.read { connection throws(StoreError) in
      let found = try connection.all(
        SQL.selectDeliveries, [.integer(cursor ?? .max), .integer(limit + 1)]
      ) { row throws(StoreError) in try row.delivery() }
      var page = Page(found, limit: limit, sequence: \.sequence)
      page.items = try connection.completed(page.items)
      return page
    }
  }

  package func pendingPushes(
    repository: RepositoryName, branch: BranchName, limit: Int
  ) async throws(StoreError) -> [PendingPush] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(
        SQL.selectPendingPushes,
        [.text(repository), .text(branch.ref), .integer(StoreLimits.page(limit))]
      ) { row throws(StoreError) in try row.pendingPush() }
    }
  }

  package func branchesWithPendingPushes() async throws(StoreError) -> [RepositoryBranch] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(SQL.selectPendingBranches) { row throws(StoreError) in
        RepositoryBranch(
          repository: try row.value("repository", RepositoryName.init),
          branch: try row.value("ref", BranchName.init(ref:)))
      }
    }
  }

  package func noteFailedAttempt(
    _ guid: DeliveryGUID, reason: String
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      let noted = try transaction.connection.run(
        SQL.updateDeliveryAttempt, [.text(guid.stored), .text(reason)])
      guard noted == 1 else { throw .conflict("delivery \(guid) is not pending") }
    }
  }

  package func reopen(
    _ delivery: Delivery, byItself: Bool
  ) async throws(StoreError) {
    try delivery.checkEvaluable()
    try await writer.write { transaction throws(StoreError) in
      try transaction.reopen(delivery, byItself: byItself)
    }
  }

  package func pruneDeliveries(
    keeping count: Int, receivedBefore time: Timestamp
  ) async throws(StoreError) -> Int {
    var total = 0
    var last: Int64 = 0
    // Step by step, each a transaction: deliveries that arrive meanwhile go in between.
    while true {
      let from = last
      let step = try await writer.write { transaction throws(StoreError) in
        try transaction.pruneDeliveries(after: from, keeping: count, receivedBefore: time)
      }
      total += step.deleted
      guard let next = step.next else { return total }
      last = next
    }
  }
}

extension Transaction {
  /// The hot path: one cached statement for a delivery that is new.
  func record(_ delivery: Delivery) throws(StoreError) -> DeliveryReceipt {
    let before = mark
    let sequence = try nextSequence()
    let inserted = try connection.run(
      SQL.insertDelivery,
      [
        .integer(sequence), .text(delivery.guid.stored), .text(delivery.event),
        .time(delivery.receivedAt), .text(delivery.repository?.name), .text(delivery.ref),
        .text(delivery.before), .text(delivery.after), .flag(delivery.forced),
        .text(delivery.pusher), .text(delivery.bodySHA256), .text(delivery.outcome.rawValue),
        .text(delivery.reason), .integer(delivery.attempts),
      ])
    if inserted == 1 {
      countDeliveries(adding: 1)
      return .stored(sequence: sequence)
    }
    restore(before)
    guard let known = try connection.delivery(delivery.guid) else {
      throw .bug("delivery \(delivery.guid) is neither new nor known")
    }
    return .duplicate(known)
  }

  func reopen(_ delivery: Delivery, byItself: Bool) throws(StoreError) {
    guard let known = try connection.delivery(delivery.guid) else {
      throw .conflict("delivery \(delivery.guid) is not known")
    }
    try connection.run(SQL.deleteDeliveryMatches, [.integer(known.sequence)])
    let reopened = try connection.run(
      SQL.updateDeliveryReopened,
      [
        .text(delivery.guid.stored), .integer(try nextSequence()), .text(delivery.event),
        .text(delivery.repository?.name), .text(delivery.ref), .text(delivery.before),
        .text(delivery.after), .flag(delivery.forced), .text(delivery.pusher),
        .text(delivery.reason), .flag(byItself),
      ])
    guard reopened == 1 else { throw .conflict("delivery \(delivery.guid) is pending already") }
  }

  /// Looks at a few deliveries from the oldest on.
  ///
  /// - Returns: how many went, and where to go on; nil when the rest is to be kept.
  func pruneDeliveries(
    after last: Int64, keeping count: Int, receivedBefore time: Timestamp
  ) throws(StoreError) -> (deleted: Int, next: Int64?) {
    var excess = try connection.counter("deliveries") + uncountedDeliveries - Int64(count)
    var boundary = last
    var looked = 0
    try connection.query(
      SQL.selectOldestDeliveries, [.integer(last), .integer(StoreLimits.pruned)]
    ) { row throws(StoreError) in
      let isPending = try row.text("outcome") == DeliveryOutcome.pending.rawValue
      let isOld = try row.time("received_at") < time
      guard isPending || isOld || excess > 0 else { return false }
      boundary = try row.integer("sequence")
      looked += 1
      if !isPending { excess -= 1 }
      return true
    }
    guard looked > 0 else { return (0, nil) }
    let deleted = try connection.run(
      SQL.deleteDeliveries, [.integer(last), .integer(boundary)])
    countDeliveries(adding: -deleted)
    return (deleted, looked == StoreLimits.pruned ? boundary : nil)
  }
}

extension SQLConnection {
  func delivery(_ guid: DeliveryGUID) throws(StoreError) -> Delivery? {
    let found = try first(SQL.selectDelivery, [.text(guid.stored)]) { row throws(StoreError) in
      try row.delivery()
    }
    guard let found else { return nil }
    return try completed([found]).first
  }

  /// Adds matches and deployments to deliveries that are neighbours in their order.
  func completed(_ deliveries: [Delivery]) throws(StoreError) -> [Delivery] {
    guard let newest = deliveries.first?.sequence, let oldest = deliveries.last?.sequence else {
      return []
    }
    let range: [SQLValue] = [.integer(oldest), .integer(newest)]
    var matches: [Int64: [ServiceMatch]] = [:]
    try query(SQL.selectDeliveryMatches, range) { row throws(StoreError) in
      matches[try row.integer("delivery"), default: []].append(try row.serviceMatch())
      return true
    }
    var made: [Int64: [DeploymentID]] = [:]
    try query(SQL.selectDeliveryDeployments, range) { row throws(StoreError) in
      made[try row.integer("delivery"), default: []].append(try row.deploymentID())
      return true
    }
    return deliveries.map { delivery in
      var delivery = delivery
      delivery.matches = matches[delivery.sequence] ?? []
      delivery.deployments = made[delivery.sequence] ?? []
      return delivery
    }
  }
}

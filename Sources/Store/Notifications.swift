package import DeployModel

/// Whom steps are owed to, and what became of it.
extension SQLStore {
  package func notify(_ filters: [NotificationFilter]) { writer.notify(filters) }

  package func tell(_ listener: @escaping @Sendable (DeploymentID) -> Void) {
    writer.tell(listener)
  }

  package func owed(
    to target: TargetName, limit: Int
  ) async throws(StoreError) -> [DeploymentID] {
    try await readers.read { connection throws(StoreError) in
      let found = try connection.all(
        SQL.selectOwedDeployments, [.text(target), .integer(StoreLimits.page(limit))]
      ) { row throws(StoreError) in try row.deploymentID() }
      var seen: Set<DeploymentID> = []
      return found.filter { seen.insert($0).inserted }
    }
  }

  package func nextNotification(
    to target: TargetName, of id: DeploymentID
  ) async throws(StoreError) -> DeploymentNotification? {
    try await readers.read { connection throws(StoreError) in
      let sequence = try connection.first(
        SQL.selectNextNotification, [.text(target), .text(id.service), .integer(id.number)]
      ) { row throws(StoreError) in try row.integer("sequence") }
      guard let sequence else { return nil }
      return try connection.notification(NotificationID(sequence: sequence))
    }
  }

  package func settle(
    _ id: NotificationID, _ outcome: NotificationOutcome, at now: Timestamp
  ) async throws(StoreError) {
    let columns: [SQLValue] =
      switch outcome {
      case .delivered: [.text(Status.delivered.rawValue), .null, .time(now), .null]
      case .again(let due, let error):
        [.text(Status.pending.rawValue), .time(due), .null, .text(error)]
      case .dead(let error): [.text(Status.dead.rawValue), .null, .time(now), .text(error)]
      }
    try await writer.write { transaction throws(StoreError) in
      let settled = try transaction.connection.run(
        SQL.updateNotification, [.integer(id.sequence)] + columns)
      guard settled == 1 else { throw .conflict("the notification \(id) is not pending") }
    }
  }

  package func notification(_ id: NotificationID) async throws(StoreError)
    -> DeploymentNotification?
  {
    try await readers.read { connection throws(StoreError) in try connection.notification(id) }
  }

  /// Each status is one range of an index, in order; the newest of all ranges are the page.
  package func notifications(
    _ query: NotificationQuery
  ) async throws(StoreError) -> Page<DeploymentNotification> {
    let limit = StoreLimits.page(query.limit)
    let statuses = Set(query.statuses.isEmpty ? Status.allCases : query.statuses)
    return try await readers.read { connection throws(StoreError) in
      var sequences: [Int64] = []
      for status in statuses {
        sequences += try connection.all(
          SQL.selectNotificationSequences,
          [.text(status.rawValue), .integer(query.before ?? .max), .integer(limit + 1)]
        ) { row throws(StoreError) in try row.integer("sequence") }
      }
      var found: [DeploymentNotification] = []
      for sequence in sequences.sorted(by: >).prefix(limit + 1) {
        if let one = try connection.notification(NotificationID(sequence: sequence)) {
          found.append(one)
        }
      }
      return Page(found, limit: limit, sequence: \.id.sequence)
    }
  }

  package func reopen(
    _ id: NotificationID, at now: Timestamp
  ) async throws(StoreError) -> DeploymentNotification {
    try await writer.write { transaction throws(StoreError) in
      let reopened = try transaction.connection.run(
        SQL.updateNotificationReopened, [.integer(id.sequence), .time(now)])
      guard reopened == 1, let one = try transaction.connection.notification(id) else {
        throw .conflict("the notification \(id) is pending already")
      }
      return one
    }
  }

  package func pendingNotifications() async throws(StoreError) -> [TargetName: Int] {
    try await readers.read { connection throws(StoreError) in
      let found = try connection.all(SQL.selectPendingNotifications) { row throws(StoreError) in
        (try row.value("target", TargetName.init), try row.count("pending"))
      }
      return Dictionary(found) { first, _ in first }
    }
  }

  package func giveUpNotifications(
    to target: TargetName, owedBefore time: Timestamp, because reason: String, at now: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(
        SQL.updateNotificationsGivenUp,
        [.time(time), .time(now), .text(reason), .text(target)])
    }
  }

  package func pruneNotifications(
    keeping count: Int, endedBefore time: Timestamp
  ) async throws(StoreError) {
    try await prune(SQL.deleteNotifications, [.time(time)])
    let beyond = try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectNotificationBeyond, [.integer(count)]) {
        row throws(StoreError) in try row.integer("sequence")
      }
    }
    guard let beyond else { return }
    try await prune(SQL.deleteNotificationsBeyond, [.integer(beyond)])
  }

  /// Step by step, each a transaction: what is accepted meanwhile goes in between.
  private func prune(_ statement: String, _ values: [SQLValue]) async throws(StoreError) {
    let most = StoreLimits.pruned
    var deleted = most
    while deleted == most {
      deleted = try await writer.write { transaction throws(StoreError) in
        try transaction.connection.run(statement, values + [.integer(most)])
      }
    }
  }

  private typealias Status = DeploymentNotification.Status
}

extension Transaction {
  /// The step that was just stored, for each target that wants it.
  func owe(
    _ deployment: Int64, of service: ServiceName, _ state: DeploymentState, at: Timestamp
  ) throws(StoreError) {
    for filter in filters where filter.wants(state, of: service) {
      try connection.run(
        SQL.insertNotification,
        [
          .integer(try nextSequence()), .text(filter.target), .integer(deployment), .time(at),
        ])
    }
  }
}

extension SQLConnection {
  fileprivate func notification(_ id: NotificationID) throws(StoreError) -> DeploymentNotification?
  {
    try first(SQL.selectNotification, [.integer(id.sequence)]) { row throws(StoreError) in
      DeploymentNotification(
        id: id, target: try row.value("target", TargetName.init),
        deployment: try row.deploymentID(), position: try row.count("position"),
        step: Transition(
          state: try row.value("state", DeploymentState.init(rawValue:)),
          at: try row.time("entered_at"), reason: try row.text("reason"),
          details: try row.textIfAny("details")),
        before: try row.valueIfAny("state_before", DeploymentState.init(rawValue:)),
        status: try row.value("status", DeploymentNotification.Status.init(rawValue:)),
        attempts: try row.count("attempts"), owedSince: try row.time("owed_since"),
        dueAt: try row.timeIfAny("due_at"), endedAt: try row.timeIfAny("ended_at"),
        lastError: try row.textIfAny("last_error"))
    }
  }
}

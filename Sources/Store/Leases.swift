package import DeployModel

extension SQLStore {
  package func claim(
    states: [DeploymentState], excluding: [ServiceName], makers: [ServiceName: Set<ServiceName>],
    owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Deployment? {
    try await writer.write { transaction throws(StoreError) in
      try transaction.claim(
        states: states, excluding: Set(excluding), makers: makers, owner: owner, until: until,
        now: now)
    }
  }

  package func renew(
    _ ids: [DeploymentID], owner: String, until: Timestamp
  ) async throws(StoreError) -> [DeploymentID] {
    try await writer.write { transaction throws(StoreError) in
      var kept: [DeploymentID] = []
      for id in ids {
        let renewed = try transaction.connection.run(
          SQL.updateLeaseRenewed,
          [.text(id.service), .integer(id.number), .text(owner), .time(until)])
        if renewed == 1 { kept.append(id) }
      }
      return kept
    }
  }

  package func isCommitted(
    _ id: DeploymentID, by owner: String
  ) async throws(StoreError) -> Bool {
    try await readers.read { connection throws(StoreError) in
      try connection.recordIfAny(of: id)?.isCommitted(by: owner) ?? false
    }
  }

  package func release(_ id: DeploymentID, owner: String) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(
        SQL.deleteLease, [.text(id.service), .integer(id.number), .text(owner)])
    }
  }

  package func releaseAll(ownedBy ownerPrefix: String) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      // SQL counts a text's length in code points.
      let prefix: [SQLValue] = [
        .text(ownerPrefix), .integer(ownerPrefix.unicodeScalars.count),
      ]
      _ = try transaction.connection.run(SQL.deleteLeasesOfOwner, prefix)
      _ = try transaction.connection.run(SQL.deleteTurnsOfOwner, prefix)
    }
  }

  package func time() async throws(StoreError) -> Timestamp {
    try await readers.read { connection throws(StoreError) in
      let time = try connection.first(SQL.selectTime) { row throws(StoreError) in
        try row.time("time")
      }
      guard let time else { throw .bug("the database does not tell the time") }
      return time
    }
  }
}

extension Transaction {
  /// Goes from the oldest on, past the excluded services. Nothing is written if there is nothing.
  func claim(
    states: [DeploymentState], excluding: Set<ServiceName>, makers: [ServiceName: Set<ServiceName>],
    owner: String, until: Timestamp, now: Timestamp
  ) throws(StoreError) -> Deployment? {
    let wanted = DeploymentState.allCases.filter { !$0.isFinal && states.contains($0) }
    guard let first = wanted.first else { return nil }
    // The statement has one place for each unfinished state.
    let places = DeploymentState.allCases.count(where: { !$0.isFinal })
    let padding = Array(repeating: first, count: places - wanted.count)
    let choice = (wanted + padding).map { SQLValue.text($0.rawValue) }
    let made = makers.isEmpty ? [:] : try sourcesBeingMade(now: now)
    var last: Int64? = 0
    while let start = last {
      let page = try connection.all(
        SQL.selectClaimable,
        [.time(now), .integer(start)] + choice + [.integer(StoreLimits.claimable)]
      ) { row throws(StoreError) in
        (
          id: try row.deploymentID(), sequence: try row.integer("sequence"),
          source: try row.valueIfAny("source_commit", CommitSHA.init)
        )
      }
      let found = page.first { candidate in
        let service = candidate.id.service
        if excluding.contains(service) { return false }
        guard let source = candidate.source, let others = made[source] else { return true }
        return others.isDisjoint(with: makers[service, default: []])
      }
      if let found {
        try connection.run(
          SQL.updateLease, [.integer(found.sequence), .text(owner), .time(until)])
        return try connection.record(of: found.id).deployment
      }
      last = page.count == StoreLimits.claimable ? page.last?.sequence : nil
    }
    return nil
  }

  /// Of which sources images are being made under live leases, and of which services.
  private func sourcesBeingMade(
    now: Timestamp
  ) throws(StoreError) -> [CommitSHA: Set<ServiceName>] {
    var made: [CommitSHA: Set<ServiceName>] = [:]
    let rows = try connection.all(SQL.selectMaking, [.time(now)]) { row throws(StoreError) in
      (
        source: try row.value("source_commit", CommitSHA.init),
        service: try row.value("service", ServiceName.init)
      )
    }
    for row in rows { made[row.source, default: []].insert(row.service) }
    return made
  }
}

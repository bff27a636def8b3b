package import DeployModel

extension SQLStore {
  package func serviceState(_ service: ServiceName) async throws(StoreError) -> ServiceState {
    try await serviceStates(of: [service]).first ?? ServiceState(service: service)
  }

  package func serviceNames() async throws(StoreError) -> [ServiceName] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(SQL.selectServiceNames) { row throws(StoreError) in
        try row.value("name", ServiceName.init)
      }
    }
  }

  package func serviceStates(
    of services: [ServiceName]
  ) async throws(StoreError) -> [ServiceState] {
    try await readers.read { connection throws(StoreError) in
      var states: [ServiceState] = []
      for service in services {
        if let state = try connection.wholeState(of: service) { states.append(state) }
      }
      return states
    }
  }

  package func serviceStates() async throws(StoreError) -> [ServiceState] {
    try await readers.read { connection throws(StoreError) in
      var states: [ServiceName: ServiceState] = [:]
      var undeployed: [ServiceName: Undeployed] = [:]
      try connection.query(SQL.selectServices, []) { row throws(StoreError) in
        let state = try row.serviceState()
        states[state.service] = state
        undeployed[state.service] = try row.undeployed()
        return true
      }
      try connection.query(SQL.selectAllInFlight, []) { row throws(StoreError) in
        let id = try row.deploymentID()
        states[id.service]?.note(id, in: try row.value("state", DeploymentState.init(rawValue:)))
        return true
      }
      for (service, missing) in undeployed {
        states[service]?.behind = try connection.behind(missing, of: service)
      }
      return states.values.sorted { $0.service < $1.service }
    }
  }

  package func placeHold(
    _ hold: Hold, on service: ServiceName, replacing expected: Int64?
  ) async throws(StoreError) -> Int64? {
    try await writer.write { transaction throws(StoreError) in
      if let expected,
        try transaction.connection.serviceState(of: service).hold?.sequence != expected
      {
        return nil
      }
      let sequence = try transaction.nextSequence()
      try transaction.place(hold, on: service, sequence: sequence)
      return sequence
    }
  }

  package func expiredHolds(
    at time: Timestamp
  ) async throws(StoreError) -> [(service: ServiceName, sequence: Int64)] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(SQL.selectExpiredHolds, [.time(time)]) { row throws(StoreError) in
        (try row.value("name", ServiceName.init), try row.integer("hold_sequence"))
      }
    }
  }

  package func releaseHold(
    on service: ServiceName, at: Timestamp, reason: String, onlyIfSequence: Int64?
  ) async throws(StoreError) -> Deployment? {
    try await writer.write { transaction throws(StoreError) in
      try transaction.releaseHold(
        on: service, at: at, reason: reason, onlyIfSequence: onlyIfSequence)
    }
  }
}

extension ServiceState {
  fileprivate mutating func note(_ id: DeploymentID, in state: DeploymentState) {
    if state == .held { held = id } else { inFlight.append(id) }
  }
}

extension CurrentImage {
  func values(for service: ServiceName) throws(StoreError) -> [SQLValue] {
    [
      .text(service), try .reference(deployment, in: service), .text(tag), .text(digest?.text),
      .text(sourceCommit?.hex), .text(manifestCommit?.hex), .time(since),
    ]
  }
}

extension SQLConnection {
  fileprivate func wholeState(of service: ServiceName) throws(StoreError) -> ServiceState? {
    let found = try first(SQL.selectService, [.text(service)]) { row throws(StoreError) in
      (state: try row.serviceState(), undeployed: try row.undeployed())
    }
    guard var state = found?.state else { return nil }
    try query(SQL.selectInFlight, [.text(service)]) { row throws(StoreError) in
      state.note(
        DeploymentID(service: service, number: try row.count("number")),
        in: try row.value("state", DeploymentState.init(rawValue:)))
      return true
    }
    if let undeployed = found?.undeployed {
      state.behind = try behind(undeployed, of: service)
    }
    return state
  }

  /// Without what is in flight, and `behind`. A service that is not known yet has an empty state.
  func serviceState(of service: ServiceName) throws(StoreError) -> ServiceState {
    let found = try first(SQL.selectService, [.text(service)]) { row throws(StoreError) in
      try row.serviceState()
    }
    return found ?? ServiceState(service: service)
  }
}

extension Transaction {
  func addService(_ service: ServiceName) throws(StoreError) {
    try connection.run(SQL.insertService, [.text(service)])
  }

  func place(
    _ hold: Hold, on service: ServiceName, sequence: Int64
  ) throws(StoreError) {
    try addService(service)
    try connection.run(
      SQL.updateServiceHold,
      [.text(service)] + hold.until.columns + [
        .text(hold.reason), .text(hold.actor), .time(hold.since), .integer(sequence),
      ])
  }

  /// A hold that somebody renewed since the caller looked stays, and so does what it stops.
  fileprivate func releaseHold(
    on service: ServiceName, at now: Timestamp, reason: String, onlyIfSequence sequence: Int64?
  ) throws(StoreError) -> Deployment? {
    if let sequence, try connection.serviceState(of: service).hold?.sequence != sequence {
      return nil
    }
    try connection.run(SQL.deleteServiceHold, [.text(service)])
    guard let held = try held(of: service) else { return nil }
    try move(
      try connection.record(of: held),
      Step(to: .committing, at: now, reason: reason, released: true))
    return try connection.record(of: held).deployment
  }

  /// Its place among the sources that triggered the service.
  @discardableResult
  func want(
    _ wanted: BehindRule.Wanted, for service: ServiceName
  ) throws(StoreError) -> Int64 {
    try addService(service)
    let number = try connection.first(
      SQL.updateServiceWanted,
      [.text(service), .text(wanted.commit), .time(wanted.since), .text(wanted.reason)]
    ) { row throws(StoreError) in try row.integer("wanted_number") }
    guard let number else { throw .bug("service \(service) has no row") }
    return number
  }
}

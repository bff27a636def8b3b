package import DeployModel

extension SQLStore {
  package func deployment(_ id: DeploymentID) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.recordIfAny(of: id)?.deployment
    }
  }

  package func timeline(_ id: DeploymentID) async throws(StoreError) -> [Transition] {
    try await readers.read { connection throws(StoreError) in
      guard let record = try connection.recordIfAny(of: id) else { return [] }
      return try connection.all(
        SQL.selectTransitions, [.integer(record.deployment.sequence)]
      ) { row throws(StoreError) in
        Transition(
          state: try row.value("state", DeploymentState.init(rawValue:)),
          at: try row.time("entered_at"), reason: try row.text("reason"),
          details: try row.textIfAny("details"))
      }
    }
  }

  package func create(_ new: NewDeployment) async throws(StoreError) -> Deployment {
    try await writer.write { transaction throws(StoreError) in try transaction.create(new) }
  }

  package func note(
    _ id: DeploymentID, _ reason: String, details: String?, at: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      let deployment = try transaction.connection.record(of: id).deployment
      try transaction.addTransition(
        id, deployment.sequence, deployment.state, at: at, reason: reason, details: details)
    }
  }
}

extension SQLConnection {
  func recordIfAny(of id: DeploymentID) throws(StoreError) -> DeploymentRecord? {
    try first(SQL.selectDeployment, [.text(id.service), .integer(id.number)]) {
      row throws(StoreError) in try row.deploymentRecord()
    }
  }

  func record(of id: DeploymentID) throws(StoreError) -> DeploymentRecord {
    guard let record = try recordIfAny(of: id) else {
      throw .conflict("there is no deployment \(id)")
    }
    return record
  }
}

extension Transaction {
  /// The guards and the hold stand in the same transaction: what was planned on is still so.
  func create(_ new: NewDeployment) throws(StoreError) -> Deployment {
    let state = try connection.serviceState(of: new.service)
    if new.refusedByHold, !new.overrideHold, let hold = state.hold, hold.isInForce(at: new.at) {
      throw .conflict(
        hold.refusal(of: new.service))
    }
    if case .deployment(let expected) = new.expectedCurrent,
      state.current?.deployment != expected
    {
      let now = state.current?.deployment.map(\.description) ?? "another image"
      throw .conflict("\(new.service) has changed meanwhile: \(now) is deployed")
    }
    if new.cause.isRollback, let other = try rollbackUnderWay(of: new.service) {
      throw .conflict("the rollback \(other) is already under way")
    }
    if let image = new.image,
      try connection.condemned(image.digest, in: image.repository) != nil
    {
      throw .conflict(
        "\(image.repository):\(image.tag) is deployed no more: retention.images gave it up")
    }
    let (id, sequence) = try insert(
      new, trigger: nil, delivery: nil, carries: try carries(new, state))
    if let hold = new.hold, state.hold?.outlasts(hold) != true {
      try place(hold, on: new.service, sequence: sequence)
    }
    if new.image != nil {
      try move(
        try connection.record(of: id),
        Step(to: .committing, at: new.at, reason: new.committingReason ?? "the image is known"))
    }
    return try connection.record(of: id).deployment
  }

  /// 1. The wanted source itself, or one that contains it. 2. The same as what it repeats or brings
  /// back. A push says it itself.
  func carries(
    _ new: NewDeployment, _ state: ServiceState
  ) throws(StoreError) -> Int64? {
    if let wanted = state.wanted, wanted == new.covers || wanted == new.source?.commit {
      return try connection.first(SQL.selectService, [.text(new.service)]) {
        row throws(StoreError) in try row.integer("wanted_number")
      }
    }
    guard let origin = new.retryOf ?? new.rollbackOf else { return nil }
    return try connection.first(
      SQL.selectCarries, [.text(new.service), .integer(try origin.number(in: new.service))]
    ) { row throws(StoreError) in try row.integerIfAny("carries") } ?? nil
  }

  private func rollbackUnderWay(of service: ServiceName) throws(StoreError) -> DeploymentID? {
    try connection.first(SQL.selectRollbackUnderWay, [.text(service)]) { row throws(StoreError) in
      DeploymentID(service: service, number: try row.count("number"))
    }
  }

  /// Numbers it, stores it as `queued`, and begins its timeline.
  func insert(
    _ new: NewDeployment, trigger: DeploymentTrigger?, delivery: Int64?, carries: Int64?
  ) throws(StoreError) -> (DeploymentID, sequence: Int64) {
    let (id, sequence) = try number(new, trigger: trigger, delivery: delivery, carries: carries)
    try addTransition(id, sequence, .queued, at: new.at, reason: new.reason, details: nil)
    try owe(sequence, of: new.service, .queued, at: new.at)
    return (id, sequence)
  }

  /// Without a timeline yet.
  func number(
    _ new: NewDeployment, trigger: DeploymentTrigger?, delivery: Int64?, carries: Int64?
  ) throws(StoreError) -> (DeploymentID, sequence: Int64) {
    let service = new.service
    try addService(service)
    let number = try connection.first(SQL.updateServiceNumber, [.text(service)]) {
      row throws(StoreError) in try row.count("last_number")
    }
    guard let number else { throw .bug("service \(service) has no row") }
    let sequence = try nextSequence()
    let source = new.source
    var values: [SQLValue] = [
      .integer(sequence), .text(service), .integer(number),
      .integer(new.basisSequence ?? sequence), .integer(delivery), .text(new.cause.rawValue),
      .text(new.actor), .text(new.reason), .time(new.at),
      .text(source?.repository.name), .text(source?.branch.name), .text(source?.commit.hex),
      .text(source?.subject), .text(source?.author), .time(source?.committedAt),
    ]
    values += try SQLValue.columns(of: new.image, in: service)
    values += [
      .text(new.inputDigest?.text), .text(trigger?.delivery?.text), .text(trigger?.file),
      .text(trigger?.pattern), try .reference(new.rollbackOf, in: service),
      try .reference(new.rolledBackFrom, in: service), try .reference(new.retryOf, in: service),
      .flag(new.rebuild), .flag(new.released), .flag(new.overrideHold), .integer(carries),
    ]
    values += SQLValue.columns(of: new.location)
    try connection.run(SQL.insertDeployment, values)
    if let image = new.image { try index(image, of: sequence) }
    return (DeploymentID(service: service, number: number), sequence)
  }

  /// Makes a deployment findable by every tag of its image.
  func index(_ image: PublishedImage, of sequence: Int64) throws(StoreError) {
    try connection.run(SQL.deleteDeploymentTags, [.integer(sequence)])
    for tag in image.tags {
      try connection.run(SQL.insertDeploymentTag, [.text(tag), .integer(sequence)])
    }
  }

  func addTransition(
    _ id: DeploymentID, _ sequence: Int64, _ state: DeploymentState, at: Timestamp,
    reason: String, details: String?
  ) throws(StoreError) {
    noteChange(of: id)
    try connection.run(
      SQL.insertTransition,
      [
        .integer(sequence), .text(state.rawValue), .time(at), .text(reason), .text(details),
      ])
  }
}

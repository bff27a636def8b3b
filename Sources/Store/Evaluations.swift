package import DeployModel

extension SQLStore {
  package func cursor(
    repository: RepositoryName, branch: BranchName
  ) async throws(StoreError) -> CommitSHA? {
    let target = RepositoryBranch(repository: repository, branch: branch)
    return try await readers.read { connection throws(StoreError) in
      try connection.cursor(of: target)
    }
  }

  package func conclude(_ evaluation: Evaluation) async throws(StoreError) -> EvaluationResult {
    guard evaluation.outcome != .pending else {
      throw .bug("an evaluation cannot leave its delivery pending")
    }
    return try await writer.write { transaction throws(StoreError) in
      try transaction.conclude(evaluation)
    }
  }
}

extension SQLConnection {
  func cursor(of target: RepositoryBranch) throws(StoreError) -> CommitSHA? {
    try first(SQL.selectCursor, [.text(target.repository), .text(target.branch)]) {
      row throws(StoreError) in try row.value("head", CommitSHA.init)
    }
  }
}

extension Transaction {
  /// 1. The cursor is where the evaluation began, and no deployment has come that it did not see, or
  /// somebody else was faster (R2). 2. It moves.
  /// 3. The delivery ends, and keeps what it reached and why. 4. Each trigger becomes a deployment.
  /// 5. What a skipped push touched wants its source all the same (R4). 6. What contains the newest source
  /// carries it. 7. What is to be said of the others is kept until it is said.
  func conclude(_ evaluation: Evaluation) throws(StoreError) -> EvaluationResult {
    let target = evaluation.target
    let head = try connection.cursor(of: target)
    guard head == evaluation.cursorBefore else {
      throw .conflict(
        "the cursor of \(target.repository) \(target.branch) is at "
          + "\(head?.short() ?? "no commit") by now")
    }
    for (service, carriers) in evaluation.carriers {
      guard try lastNumber(of: service) == carriers.lastNumber else {
        throw .conflict(
          "\(service) has another deployment by now, which may contain what is evaluated")
      }
    }
    if let next = evaluation.cursorAfter, next != head {
      try connection.run(
        SQL.upsertCursor,
        [.text(target.repository), .text(target.branch), .text(next), .time(evaluation.at)])
    }
    let delivery = try end(evaluation.delivery, by: evaluation)
    var result = EvaluationResult(created: [], superseded: [], holdsEnded: [])
    var created: [DeploymentID] = []
    for trigger in evaluation.triggers {
      let id = try start(trigger, delivery: delivery, at: evaluation.at)
      created.append(id)
      // R10: a push that is looked at again pushes nothing aside that is newer than itself.
      guard trigger.isNewest else { continue }
      result.newest.insert(id)
      try pushAside(by: id, at: evaluation.at, &result)
    }
    for (service, wanted) in evaluation.skipped.sorted(by: { $0.key < $1.key }) {
      try want(wanted, for: service)
    }
    let wanting = evaluation.triggers.filter(\.isNewest).map(\.service) + evaluation.skipped.keys
    for service in Set(wanting).sorted() {
      for id in evaluation.carriers[service]?.deployments ?? [] {
        try carryNewest(id, of: service)
      }
    }
    for notice in evaluation.notices { try add(notice, at: evaluation.at) }
    for id in created { result.created.append(try connection.record(of: id).deployment) }
    return result
  }

  private func lastNumber(of service: ServiceName) throws(StoreError) -> Int {
    let number = try connection.first(SQL.selectService, [.text(service)]) {
      row throws(StoreError) in try row.integer("last_number")
    }
    return Int(number ?? 0)
  }

  private func carryNewest(
    _ id: DeploymentID, of service: ServiceName
  ) throws(StoreError) {
    let number = try connection.first(SQL.selectService, [.text(service)]) {
      row throws(StoreError) in try row.integer("wanted_number")
    }
    try connection.run(
      SQL.updateCarries,
      [.text(service), .integer(try id.number(in: service)), .integer(number)])
  }

  private struct EndedDelivery {
    var sequence: Int64
    /// Where its push ended, and when that was accepted: one that was reopened is as old as its push.
    /// A newer tip that took the place of `after` is not.
    var after: String
    var accepted: Int64

    func basis(of source: Source) -> Int64 { source.commit.hex == after ? accepted : sequence }
  }

  private func end(
    _ guid: DeliveryGUID?, by evaluation: Evaluation
  ) throws(StoreError) -> EndedDelivery? {
    guard let guid else { return nil }
    let delivery = try connection.first(SQL.selectDelivery, [.text(guid.stored)]) {
      row throws(StoreError) in
      let sequence = try row.integer("sequence")
      return EndedDelivery(
        sequence: sequence, after: try row.text("after_commit"),
        accepted: try row.integerIfAny("first_sequence") ?? sequence)
    }
    let ended = try connection.run(
      SQL.updateDeliveryOutcome,
      [.text(guid.stored), .text(evaluation.outcome.rawValue), .text(evaluation.reason)])
    guard let delivery, ended == 1 else { throw .conflict("delivery \(guid) is not pending") }
    try connection.run(SQL.deleteDeliveryMatches, [.integer(delivery.sequence)])
    for (position, match) in evaluation.matches.enumerated() {
      try connection.run(
        SQL.insertDeliveryMatch,
        [
          .integer(delivery.sequence), .integer(position), .text(match.service),
          .flag(match.triggered),
          .text(match.file), .text(match.pattern), .text(match.reason),
        ])
    }
    return delivery
  }

  /// A catch-up without a delivery is accepted now: its deployments are their own basis.
  private func start(
    _ trigger: ServiceTrigger, delivery: EndedDelivery?, at now: Timestamp
  ) throws(StoreError) -> DeploymentID {
    let new = NewDeployment(
      service: trigger.service, cause: trigger.cause, actor: trigger.actor,
      reason: trigger.reason, source: trigger.source,
      basisSequence: delivery?.basis(of: trigger.source),
      at: now)
    var number: Int64?
    if trigger.isNewest {
      number = try want(
        BehindRule.Wanted(commit: trigger.source.commit, since: now, reason: trigger.reason),
        for: trigger.service)
    }
    let (id, _) = try insert(
      new, trigger: trigger.trigger, delivery: delivery?.sequence, carries: number)
    return id
  }

  private func pushAside(
    by id: DeploymentID, at now: Timestamp, _ result: inout EvaluationResult
  ) throws(StoreError) {
    let deployment = try connection.record(of: id).deployment
    let replaced = try connection.all(
      SQL.selectQueuedAutomatic, [.text(id.service), .integer(deployment.sequence)]
    ) { row throws(StoreError) in
      DeploymentID(service: id.service, number: try row.count("number"))
    }
    for old in replaced {
      try supersede(old, by: id, at: now, because: "\(id) is newer")
      result.superseded.append(old)
    }
    let ended = try connection.run(
      SQL.deleteServiceHoldByPush, [.text(id.service), .integer(deployment.basisSequence)])
    if ended == 1 {
      result.holdsEnded.append(id.service)
      if let held = try held(of: id.service) {
        try supersede(held, by: id, at: now, because: "\(id) is newer and ended the hold")
        result.superseded.append(held)
      }
    }
  }
}

package import DeployModel

/// What has been said on GitHub, and what is owed.
extension SQLStore {
  package func report(of id: DeploymentID) async throws(StoreError) -> DeploymentReport? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectReport, [.text(id.service), .integer(id.number)]) {
        row throws(StoreError) in try row.report(of: id)
      }
    }
  }

  package func keep(_ report: DeploymentReport) async throws(StoreError) {
    let id = report.deployment
    let (environment, number) = report.environment.columns
    try await writer.write { transaction throws(StoreError) in
      let kept = try transaction.connection.run(
        SQL.upsertReport,
        [
          .text(id.service), .integer(id.number), .text(report.said?.state.rawValue),
          .time(report.said?.updatedAt), .text(report.status), .text(environment),
          .integer(number), .text(report.environmentState?.rawValue),
        ])
      guard kept == 1 else { throw .conflict("there is no deployment \(id)") }
    }
  }

  package func unreported(
    of repository: RepositoryName, changedSince: Timestamp, endedSince: Timestamp, limit: Int
  ) async throws(StoreError) -> [DeploymentID] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(
        SQL.selectUnreported,
        [
          .text(repository), .time(changedSince), .time(endedSince),
          .integer(StoreLimits.page(limit)),
        ]
      ) { row throws(StoreError) in try row.deploymentID() }
    }
  }

  package func rollback(from id: DeploymentID) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectRollbackFrom, [.text(id.service), .integer(id.number)]) {
        row throws(StoreError) in try row.deployment()
      }
    }
  }

  package func notices(
    after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredNotice] {
    try await readers.read { connection throws(StoreError) in
      try connection.all(
        SQL.selectNotices, [.integer(sequence), .integer(StoreLimits.page(limit))]
      ) { row throws(StoreError) in
        StoredNotice(
          sequence: try row.integer("sequence"),
          notice: CommitNotice(
            service: try row.value("service", ServiceName.init),
            repository: try row.value("repository", RepositoryName.init),
            commit: try row.value("commit_id", CommitSHA.init),
            description: try row.text("description")))
      }
    }
  }

  package func endNotice(_ sequence: Int64) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteNotice, [.integer(sequence)])
    }
  }

  package func pruneNotices(before time: Timestamp) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      _ = try transaction.connection.run(SQL.deleteNotices, [.time(time)])
    }
  }
}

extension Transaction {
  func add(_ notice: CommitNotice, at now: Timestamp) throws(StoreError) {
    try connection.run(
      SQL.insertNotice,
      [
        .integer(try nextSequence()), .text(notice.repository), .text(notice.commit),
        .text(notice.service), .text(notice.description), .time(now),
      ])
  }
}

extension DeploymentReport.Environment {
  fileprivate var columns: (name: String, id: Int64?) {
    switch self {
    case .none: ("none", nil)
    case .asked: ("asked", nil)
    case .open(let id): ("open", id)
    case .refused: ("refused", nil)
    }
  }

  fileprivate init?(_ name: String, id: Int64?) {
    switch (name, id) {
    case ("none", nil): self = .none
    case ("asked", nil): self = .asked
    case ("open", let id?): self = .open(id)
    case ("refused", nil): self = .refused
    default: return nil
    }
  }
}

extension SQLRow {
  fileprivate func report(of id: DeploymentID) throws(StoreError) -> DeploymentReport {
    var report = DeploymentReport(deployment: id, status: try textIfAny("status"))
    if let state = try valueIfAny("said_state", DeploymentState.init(rawValue:)) {
      report.said = DeploymentReport.Said(state: state, updatedAt: try time("said_at"))
    }
    let number = try integerIfAny("environment_id")
    report.environment = try value("environment") {
      DeploymentReport.Environment($0, id: number)
    }
    report.environmentState = try valueIfAny(
      "environment_state", EnvironmentStatus.State.init(rawValue:))
    return report
  }
}

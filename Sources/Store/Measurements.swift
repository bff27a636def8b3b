package import DeployModel

extension SQLStore {
  package func measurements(
    of service: ServiceName?, since time: Timestamp
  ) async throws(StoreError) -> Measurements {
    try await readers.read { connection throws(StoreError) in
      let deployments = try connection.measured(service, since: time)
      return Measurements(
        deployments: Array(deployments.prefix(StoreLimits.measured)),
        visits: try connection.stageVisits(service, since: time),
        isComplete: deployments.count <= StoreLimits.measured)
    }
  }
}

extension SQLConnection {
  /// One more than is looked at, which tells that there are more.
  fileprivate func measured(
    _ service: ServiceName?, since time: Timestamp
  ) throws(StoreError) -> [MeasuredDeployment] {
    let range: [SQLValue] = [.time(time), .integer(StoreLimits.measured + 1)]
    guard let service else {
      return try all(SQL.selectMeasured, range) { row throws(StoreError) in
        try row.measuredDeployment()
      }
    }
    return try all(SQL.selectMeasuredOfService, range + [.text(service)]) {
      row throws(StoreError) in try row.measuredDeployment()
    }
  }

  fileprivate func stageVisits(
    _ service: ServiceName?, since time: Timestamp
  ) throws(StoreError) -> [StageVisit] {
    let range: [SQLValue] = [.time(time), .integer(StoreLimits.timed)]
    var visits: [StageVisit] = []
    var timeline: (of: Int64, rows: [Transition]) = (0, [])
    func take(_ row: any SQLRow) throws(StoreError) -> Bool {
      let deployment = try row.integer("deployment")
      if deployment != timeline.of {
        visits += StageVisit.visits(in: timeline.rows)
        timeline = (deployment, [])
      }
      timeline.rows.append(
        Transition(
          state: try row.value("state", DeploymentState.init(rawValue:)),
          at: try row.time("entered_at"), reason: ""))
      return true
    }
    if let service {
      try query(SQL.selectStageEntriesOfService, range + [.text(service)], take)
    } else {
      try query(SQL.selectStageEntries, range, take)
    }
    return visits + StageVisit.visits(in: timeline.rows)
  }
}

extension SQLRow {
  fileprivate func measuredDeployment() throws(StoreError) -> MeasuredDeployment {
    let id = try deploymentID()
    return MeasuredDeployment(
      id: id,
      state: try value("state", DeploymentState.init(rawValue:)),
      cause: try value("cause", DeploymentCause.init(rawValue:)),
      createdAt: try time("created_at"),
      landedAt: try timeIfAny("landed_at"),
      finishedAt: try time("finished_at"),
      committedAt: try timeIfAny("source_committed_at"),
      failedIn: try valueIfAny("failure_stage", DeploymentState.init(rawValue:)),
      recovered: try flag("recovered"),
      rolledBackFrom: try integerIfAny("rolled_back_from").map {
        DeploymentID(service: id.service, number: Int($0))
      })
  }
}

package import DeployModel

extension SQLStore {
  package func deployments(
    _ query: DeploymentQuery
  ) async throws(StoreError) -> Page<Deployment> {
    let limit = StoreLimits.page(query.limit)
    return try await readers.read { connection throws(StoreError) in
      let found =
        if query.states.isEmpty && query.causes.isEmpty {
          try connection.newest(of: query.service, before: query.before, limit: limit + 1)
        } else {
          try connection.newestFiltered(query, limit: limit + 1)
        }
      return Page(found, limit: limit, sequence: \.sequence)
    }
  }
}

extension SQLConnection {
  fileprivate func newest(
    of service: ServiceName?, before: Int64?, limit: Int
  ) throws(StoreError) -> [Deployment] {
    let range: [SQLValue] = [.integer(before ?? .max), .integer(limit)]
    guard let service else {
      return try all(SQL.selectDeployments, range) { row throws(StoreError) in
        try row.deployment()
      }
    }
    return try all(SQL.selectDeploymentsOfService, [.text(service)] + range) {
      row throws(StoreError) in try row.deployment()
    }
  }

  /// Each pair of state and cause is one range of an index, in order; the newest of all ranges are
  /// the page. So a rare state is found as fast as a common one, whatever the history's size.
  fileprivate func newestFiltered(
    _ query: DeploymentQuery, limit: Int
  ) throws(StoreError) -> [Deployment] {
    let states = Set(query.states.isEmpty ? DeploymentState.allCases : query.states)
    let causes = Set(query.causes.isEmpty ? DeploymentCause.allCases : query.causes)
    var sequences: [Int64] = []
    for state in states {
      for cause in causes {
        let values: [SQLValue] = [
          .text(state.rawValue), .text(cause.rawValue), .integer(query.before ?? .max),
          .integer(limit),
        ]
        if let service = query.service {
          sequences += try all(SQL.selectFilteredSequencesOfService, [.text(service)] + values) {
            row throws(StoreError) in try row.integer("sequence")
          }
        } else {
          sequences += try all(SQL.selectFilteredSequences, values) { row throws(StoreError) in
            try row.integer("sequence")
          }
        }
      }
    }
    var found: [Deployment] = []
    for sequence in sequences.sorted(by: >).prefix(limit) {
      let deployment = try first(SQL.selectDeploymentBySequence, [.integer(sequence)]) {
        row throws(StoreError) in try row.deployment()
      }
      if let deployment { found.append(deployment) }
    }
    return found
  }
}

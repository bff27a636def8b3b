import DeployModel

extension MortalStore {
  func report(of id: DeploymentID) async throws(StoreError) -> DeploymentReport? {
    try await passing { base throws(StoreError) in try await base.report(of: id) }
  }

  func keep(_ report: DeploymentReport) async throws(StoreError) {
    try await passing { base throws(StoreError) in try await base.keep(report) }
  }

  func unreported(
    of repository: RepositoryName, changedSince: Timestamp, endedSince: Timestamp, limit: Int
  ) async throws(StoreError) -> [DeploymentID] {
    try await passing { base throws(StoreError) in
      try await base.unreported(
        of: repository, changedSince: changedSince, endedSince: endedSince, limit: limit)
    }
  }

  func rollback(from id: DeploymentID) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in try await base.rollback(from: id) }
  }

  func notices(
    after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredNotice] {
    try await passing { base throws(StoreError) in
      try await base.notices(after: sequence, limit: limit)
    }
  }

  func endNotice(_ sequence: Int64) async throws(StoreError) {
    try await passing { base throws(StoreError) in try await base.endNotice(sequence) }
  }

  func pruneNotices(before time: Timestamp) async throws(StoreError) {
    try await passing { base throws(StoreError) in try await base.pruneNotices(before: time) }
  }
}

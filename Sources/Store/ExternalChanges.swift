package import DeployModel

/// R14: what git says, where that is not what was landed.
extension SQLStore {
  package func adopt(
    _ image: CurrentImage?, entryName: String, for service: ServiceName
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      try transaction.addService(service)
      if let image {
        _ = try transaction.connection.run(SQL.updateServiceAdopted, try image.values(for: service))
      }
      _ = try transaction.connection.run(
        SQL.updateServiceEntryName, [.text(service), .text(entryName)])
    }
  }

  package func record(_ change: ExternalChange) async throws(StoreError) -> Deployment? {
    try await writer.write { transaction throws(StoreError) in try transaction.record(change) }
  }
}

extension Transaction {
  /// 1. The record is as it was when git was compared with it. 2. The deployment, landed at once.
  /// 3. It is what is deployed; a rollout that was being watched is over. 4. Its hold, which replaces
  /// none.
  fileprivate func record(_ change: ExternalChange) throws(StoreError) -> Deployment? {
    let service = change.service
    let state = try connection.serviceState(of: service)
    guard state.current == change.replaces else { return nil }
    let new = NewDeployment(
      service: service, cause: .external, actor: change.actor, reason: change.reason,
      source: change.source, image: change.image, rollbackOf: change.rollbackOf,
      rolledBackFrom: change.rolledBackFrom, covers: change.covers, at: change.at)
    let (id, sequence) = try number(
      new, trigger: nil, delivery: nil, carries: try carries(new, state))
    try connection.run(
      SQL.updateDeploymentManifest, [.text(service), .integer(id.number), .text(change.commit)])
    let record = try connection.record(of: id)
    for other in try others(than: record.deployment, in: .syncing) {
      try supersede(
        other.id, by: id, at: change.at, because: "the entry changed before the rollout was over")
    }
    try move(record, Step(to: .committed, at: change.at, reason: change.reason))
    try setCurrent(change, by: id)
    if let hold = change.hold, state.hold?.isInForce(at: change.at) != true {
      try place(hold, on: service, sequence: sequence)
    }
    return try connection.record(of: id).deployment
  }

  private func setCurrent(_ change: ExternalChange, by id: DeploymentID) throws(StoreError) {
    let service = change.service
    let name = change.entry?.name ?? ""
    try connection.run(SQL.updateServiceEntryChanged, [.text(service), .text(name)])
    guard let entry = change.entry else {
      try connection.run(SQL.deleteServiceCurrent, [.text(service)])
      return
    }
    let current = CurrentImage(
      deployment: id, tag: entry.tag, digest: change.image?.digest ?? entry.digest,
      sourceCommit: change.source?.commit, manifestCommit: change.commit, since: change.at)
    try connection.run(SQL.updateServiceCurrent, try current.values(for: service))
  }
}

package import DeployModel

extension SQLStore {
  package func recordIntents(
    _ intents: [ManifestIntent], decidedOn grounds: [LandingGround], at time: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      for ground in grounds { try transaction.check(ground, at: time) }
      for intent in intents { try transaction.record(intent) }
    }
  }

  package func intents(for id: DeploymentID) async throws(StoreError) -> [ManifestIntent] {
    try await readers.read { connection throws(StoreError) in
      guard let record = try connection.recordIfAny(of: id) else { return [] }
      return try connection.all(
        SQL.selectIntents, [.integer(record.deployment.sequence)]
      ) { row throws(StoreError) in
        ManifestIntent(
          deployment: id,
          target: RepositoryBranch(
            repository: try row.value("repository", RepositoryName.init),
            branch: try row.value("branch") { BranchName($0) }),
          commit: try row.value("manifest_commit", CommitSHA.init),
          file: ManifestBlob(path: try row.text("path"), blob: try row.text("blob_id")),
          at: try row.time("intended_at"))
      }
    }
  }

  package func deployment(
    intending commit: CommitSHA, in repository: RepositoryName
  ) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectIntending, [.text(repository), .text(commit)]) {
        row throws(StoreError) in try row.deployment()
      }
    }
  }

  package func ownCommits(
    among commits: [CommitSHA], repository: RepositoryName
  ) async throws(StoreError) -> Set<CommitSHA> {
    try await readers.read { connection throws(StoreError) in
      var own: Set<CommitSHA> = []
      for commit in commits
      where try connection.exists(SQL.selectOwnCommit, [.text(repository), .text(commit)]) {
        own.insert(commit)
      }
      return own
    }
  }

  package func ownBlobs(
    among files: [ManifestBlob], repository: RepositoryName
  ) async throws(StoreError) -> Set<ManifestBlob> {
    try await readers.read { connection throws(StoreError) in
      var own: Set<ManifestBlob> = []
      for file in files
      where try connection.exists(
        SQL.selectOwnBlob, [.text(repository), .text(file.path), .text(file.blob)])
      {
        own.insert(file)
      }
      return own
    }
  }

  @discardableResult
  package func land(_ landing: Landing) async throws(StoreError) -> Deployment {
    guard landing.state == .syncing || landing.state == .committed else {
      throw .bug("a deployment lands as syncing or committed, not \(landing.state.rawValue)")
    }
    return try await writer.write { transaction throws(StoreError) in
      try transaction.land(landing)
    }
  }
}

extension Transaction {
  /// What would stop it was there when it was decided, or is not there now.
  fileprivate func check(_ ground: LandingGround, at now: Timestamp) throws(StoreError) {
    let id = ground.deployment
    let hold = try connection.serviceState(of: id.service).hold
    if !ground.holdInForce, let hold, hold.isInForce(at: now) {
      throw .conflict("\(id.service) has been put on hold since it was decided")
    }
    let record = try connection.record(of: id)
    if let owner = ground.owner, !record.isCommitted(by: owner) {
      throw .conflict("\(id) is no longer committed by \(owner)")
    }
    if let later = try connection.overruling(
      id.service, after: record.deployment.basisSequence,
      onceLanded: record.deployment.cause.givesWayOnceLanded),
      later != ground.overruledBy
    {
      throw .conflict("\(later) was accepted since it was decided")
    }
  }

  fileprivate func record(_ intent: ManifestIntent) throws(StoreError) {
    let sequence = try connection.record(of: intent.deployment).deployment.sequence
    try connection.run(
      SQL.insertIntent,
      [
        .integer(sequence), .text(intent.target.repository), .text(intent.target.branch),
        .text(intent.commit), .text(intent.file.path), .text(intent.file.blob), .time(intent.at),
        .integer(try nextSequence()),
      ])
  }

  /// Whatever was being rolled out before, its entry has been rewritten by this commit. One whose
  /// commit lies below what is recorded already has landed as well, and is not what is deployed.
  /// Whoever committed it is done: the lease ends with it.
  func land(_ landing: Landing) throws(StoreError) -> Deployment {
    let id = landing.deployment
    let record = try connection.record(of: id)
    let deployment = record.deployment
    guard deployment.state.canBecome(landing.state) else {
      throw .conflict(
        "\(id) is \(deployment.state.rawValue): it cannot become \(landing.state.rawValue)")
    }
    if let owner = landing.owner, record.leaseOwner != owner {
      throw .conflict("\(id) is no longer worked on by \(owner)")
    }
    guard let image = deployment.image else { throw .bug("\(id) cannot land: it has no image") }
    try connection.run(
      SQL.updateDeploymentManifest,
      [.text(id.service), .integer(id.number), .text(landing.commit)])
    let newer = try landedAbove(landing, of: deployment)
    if newer == nil {
      for other in try others(than: deployment, in: .syncing) {
        try supersede(
          other.id, by: id, at: landing.at, because: "\(id) landed before the rollout was over")
      }
    }
    try move(
      record,
      Step(
        to: landing.state, at: landing.at, reason: landing.reason, details: landing.details,
        releasesLease: true))
    if let newer {
      if landing.state == .syncing {
        try supersede(id, by: newer, at: landing.at, because: "\(newer) landed on top of it")
      }
      return try connection.record(of: id).deployment
    }
    let current = CurrentImage(
      deployment: id, tag: image.tag.name, digest: image.digest,
      sourceCommit: deployment.source?.commit, manifestCommit: landing.commit, since: landing.at)
    try connection.run(SQL.updateServiceCurrent, try current.values(for: id.service))
    return try connection.record(of: id).deployment
  }

  /// Each landing is recorded by whoever waited for it, and of two the later may be first.
  private func landedAbove(
    _ landing: Landing, of deployment: Deployment
  ) throws(StoreError) -> DeploymentID? {
    let current = try connection.serviceState(of: deployment.id.service).current
    guard let newest = current?.deployment, let commit = current?.manifestCommit,
      let own = try number(of: landing.commit, intendedBy: deployment.sequence),
      let other = try number(
        of: commit, intendedBy: try connection.record(of: newest).deployment.sequence)
    else { return nil }
    return own < other ? newest : nil
  }

  private func number(
    of commit: CommitSHA, intendedBy sequence: Int64
  ) throws(StoreError) -> Int64? {
    try connection.first(SQL.selectIntentNumber, [.integer(sequence), .text(commit)]) {
      row throws(StoreError) in try row.integer("number")
    }
  }
}

import DeployModel

extension MortalStore {
  func delivery(
    _ guid: DeliveryGUID
  ) async throws(StoreError) -> Delivery? {
    try await passing { base throws(StoreError) in
      try await base.delivery(guid)
    }
  }

  func deliveries(
    before cursor: Int64?, limit: Int
  ) async throws(StoreError) -> Page<Delivery> {
    try await passing { base throws(StoreError) in
      try await base.deliveries(before: cursor, limit: limit)
    }
  }

  func pendingPushes(
    repository: RepositoryName, branch: BranchName, limit: Int
  ) async throws(StoreError) -> [PendingPush] {
    try await passing { base throws(StoreError) in
      try await base.pendingPushes(repository: repository, branch: branch, limit: limit)
    }
  }

  func branchesWithPendingPushes() async throws(StoreError) -> [RepositoryBranch] {
    try await passing { base throws(StoreError) in
      try await base.branchesWithPendingPushes()
    }
  }

  func cursor(
    repository: RepositoryName, branch: BranchName
  ) async throws(StoreError) -> CommitSHA? {
    try await passing { base throws(StoreError) in
      try await base.cursor(repository: repository, branch: branch)
    }
  }

  func deployment(
    _ id: DeploymentID
  ) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in
      try await base.deployment(id)
    }
  }

  func timeline(
    _ id: DeploymentID
  ) async throws(StoreError) -> [Transition] {
    try await passing { base throws(StoreError) in
      try await base.timeline(id)
    }
  }

  func deployments(
    _ query: DeploymentQuery
  ) async throws(StoreError) -> Page<Deployment> {
    try await passing { base throws(StoreError) in
      try await base.deployments(query)
    }
  }

  func intents(
    for id: DeploymentID
  ) async throws(StoreError) -> [ManifestIntent] {
    try await passing { base throws(StoreError) in
      try await base.intents(for: id)
    }
  }

  func ownCommits(
    among commits: [CommitSHA], repository: RepositoryName
  ) async throws(StoreError) -> Set<CommitSHA> {
    try await passing { base throws(StoreError) in
      try await base.ownCommits(among: commits, repository: repository)
    }
  }

  func ownBlobs(
    among files: [ManifestBlob], repository: RepositoryName
  ) async throws(StoreError) -> Set<ManifestBlob> {
    try await passing { base throws(StoreError) in
      try await base.ownBlobs(among: files, repository: repository)
    }
  }

  func deployment(
    intending commit: CommitSHA, in repository: RepositoryName
  ) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in
      try await base.deployment(intending: commit, in: repository)
    }
  }

  func serviceState(
    _ service: ServiceName
  ) async throws(StoreError) -> ServiceState {
    try await passing { base throws(StoreError) in
      try await base.serviceState(service)
    }
  }

  func serviceStates() async throws(StoreError) -> [ServiceState] {
    try await passing { base throws(StoreError) in
      try await base.serviceStates()
    }
  }

  func serviceStates(
    of services: [ServiceName]
  ) async throws(StoreError) -> [ServiceState] {
    try await passing { base throws(StoreError) in
      try await base.serviceStates(of: services)
    }
  }

  func serviceNames() async throws(StoreError) -> [ServiceName] {
    try await passing { base throws(StoreError) in
      try await base.serviceNames()
    }
  }

  func overruling(
    _ service: ServiceName, after sequence: Int64, onceLanded: Bool
  ) async throws(StoreError) -> DeploymentID? {
    try await passing { base throws(StoreError) in
      try await base.overruling(service, after: sequence, onceLanded: onceLanded)
    }
  }

  func landed(
    _ service: ServiceName, limit: Int
  ) async throws(StoreError) -> [Deployment] {
    try await passing { base throws(StoreError) in
      try await base.landed(service, limit: limit)
    }
  }

  func landed(
    _ service: ServiceName, tag: ImageTag
  ) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in
      try await base.landed(service, tag: tag)
    }
  }

  func deployment(
    of service: ServiceName, tag: ImageTag
  ) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in
      try await base.deployment(of: service, tag: tag)
    }
  }

  func condemnedImages(
    of service: ServiceName, in repository: ImageRepository
  ) async throws(StoreError) -> [ImageDigest] {
    try await passing { base throws(StoreError) in
      try await base.condemnedImages(of: service, in: repository)
    }
  }

  func isCommitted(_ id: DeploymentID, by owner: String) async throws(StoreError) -> Bool {
    try await passing { base throws(StoreError) in try await base.isCommitted(id, by: owner) }
  }

  func expiredHolds(
    at time: Timestamp
  ) async throws(StoreError) -> [(service: ServiceName, sequence: Int64)] {
    try await passing { base throws(StoreError) in try await base.expiredHolds(at: time) }
  }

  func condemned(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(StoreError) -> Timestamp? {
    try await passing { base throws(StoreError) in
      try await base.condemned(digest, in: repository)
    }
  }

  func published(
    _ service: ServiceName, inputs: InputDigest, since time: Timestamp
  ) async throws(StoreError) -> Deployment? {
    try await passing { base throws(StoreError) in
      try await base.published(service, inputs: inputs, since: time)
    }
  }

  func log(
    _ id: DeploymentID, fromChunk index: Int
  ) async throws(StoreError) -> (bytes: [UInt8], nextChunk: Int) {
    try await passing { base throws(StoreError) in
      try await base.log(id, fromChunk: index)
    }
  }

  func logChunkSizes(
    _ id: DeploymentID
  ) async throws(StoreError) -> [Int] {
    try await passing { base throws(StoreError) in
      try await base.logChunkSizes(id)
    }
  }

  func auditEntries(
    before cursor: Int64?, limit: Int
  ) async throws(StoreError) -> Page<AuditEntry> {
    try await passing { base throws(StoreError) in
      try await base.auditEntries(before: cursor, limit: limit)
    }
  }

  func checkWritable() async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.checkWritable()
    }
  }

  func measurements(
    of service: ServiceName?, since time: Timestamp
  ) async throws(StoreError) -> Measurements {
    try await passing { base throws(StoreError) in
      try await base.measurements(of: service, since: time)
    }
  }
}

import DeployModel

extension MortalStore: DeploymentStore {
  func record(
    _ delivery: Delivery
  ) async throws(StoreError) -> DeliveryReceipt {
    try await passing(.delivery) { base throws(StoreError) in
      try await base.record(delivery)
    }
  }

  func noteFailedAttempt(
    _ guid: DeliveryGUID, reason: String
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.noteFailedAttempt(guid, reason: reason)
    }
  }

  func reopen(
    _ delivery: Delivery, byItself: Bool
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.reopen(delivery, byItself: byItself)
    }
  }

  func pruneDeliveries(
    keeping count: Int, receivedBefore time: Timestamp
  ) async throws(StoreError) -> Int {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.pruneDeliveries(keeping: count, receivedBefore: time)
    }
  }

  func pruneDeployments(
    keeping count: Int, finishedBefore time: Timestamp
  ) async throws(StoreError) -> Int {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.pruneDeployments(keeping: count, finishedBefore: time)
    }
  }

  func pruneLogs(finishedBefore time: Timestamp) async throws(StoreError) -> Int {
    try await passing { base throws(StoreError) in
      try await base.pruneLogs(finishedBefore: time)
    }
  }

  func condemnImages(
    _ retention: ImageRetention, at time: Timestamp
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.condemnImages(retention, at: time)
    }
  }

  @discardableResult
  func endRemoval(
    of digest: ImageDigest, in repository: ImageRepository, removedAt time: Timestamp?
  ) async throws(StoreError) -> Bool {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.endRemoval(of: digest, in: repository, removedAt: time)
    }
  }

  func conclude(
    _ evaluation: Evaluation
  ) async throws(StoreError) -> EvaluationResult {
    try await passing(.conclusion) { base throws(StoreError) in
      try await base.conclude(evaluation)
    }
  }

  func create(
    _ new: NewDeployment
  ) async throws(StoreError) -> Deployment {
    try await passing(.creation) { base throws(StoreError) in
      try await base.create(new)
    }
  }

  @discardableResult
  func advance(
    _ id: DeploymentID, _ change: DeploymentChange
  ) async throws(StoreError) -> Deployment {
    try await passing(.advance) { base throws(StoreError) in
      try await base.advance(id, change)
    }
  }

  func note(
    _ id: DeploymentID, _ reason: String, details: String?, at: Timestamp
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.note(id, reason, details: details, at: at)
    }
  }

  func claim(
    states: [DeploymentState], excluding: [ServiceName], makers: [ServiceName: Set<ServiceName>],
    owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Deployment? {
    try await passing(.claim) { base throws(StoreError) in
      try await base.claim(
        states: states, excluding: excluding, makers: makers, owner: owner, until: until, now: now)
    }
  }

  func renew(
    _ ids: [DeploymentID], owner: String, until: Timestamp
  ) async throws(StoreError) -> [DeploymentID] {
    try await passing { base throws(StoreError) in
      try await base.renew(ids, owner: owner, until: until)
    }
  }

  func release(
    _ id: DeploymentID, owner: String
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.release(id, owner: owner)
    }
  }

  func releaseAll(
    ownedBy ownerPrefix: String
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.releaseAll(ownedBy: ownerPrefix)
    }
  }

  func time() async throws(StoreError) -> Timestamp {
    try await passing { base throws(StoreError) in try await base.time() }
  }

  func recordIntents(
    _ intents: [ManifestIntent], decidedOn grounds: [LandingGround], at: Timestamp
  ) async throws(StoreError) {
    try await passing(.intents) { base throws(StoreError) in
      try await base.recordIntents(intents, decidedOn: grounds, at: at)
    }
  }

  @discardableResult
  func land(
    _ landing: Landing
  ) async throws(StoreError) -> Deployment {
    try await passing(.landing) { base throws(StoreError) in
      try await base.land(landing)
    }
  }

  func adopt(
    _ image: CurrentImage?, entryName: String, for service: ServiceName
  ) async throws(StoreError) {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.adopt(image, entryName: entryName, for: service)
    }
  }

  func record(
    _ change: ExternalChange
  ) async throws(StoreError) -> Deployment? {
    try await passing(.external) { base throws(StoreError) in
      try await base.record(change)
    }
  }

  func placeHold(
    _ hold: Hold, on service: ServiceName, replacing: Int64?
  ) async throws(StoreError) -> Int64? {
    try await passing(changes: true) { base throws(StoreError) in
      try await base.placeHold(hold, on: service, replacing: replacing)
    }
  }

  func releaseHold(
    on service: ServiceName, at: Timestamp, reason: String, onlyIfSequence: Int64?
  ) async throws(StoreError) -> Deployment? {
    try await passing(.release) { base throws(StoreError) in
      try await base.releaseHold(
        on: service, at: at, reason: reason, onlyIfSequence: onlyIfSequence)
    }
  }

  func appendLog(
    _ id: DeploymentID, _ bytes: [UInt8]
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.appendLog(id, bytes)
    }
  }

  func beginRequest(
    _ key: RequestKey, bodySHA256: String, at: Timestamp
  ) async throws(StoreError) -> RequestClaim {
    try await passing { base throws(StoreError) in
      try await base.beginRequest(key, bodySHA256: bodySHA256, at: at)
    }
  }

  func finishRequest(
    _ key: RequestKey, answer: StoredAnswer
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.finishRequest(key, answer: answer)
    }
  }

  func abandonRequest(
    _ key: RequestKey
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.abandonRequest(key)
    }
  }

  func pruneRequests(
    before: Timestamp
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.pruneRequests(before: before)
    }
  }

  func audit(
    _ entry: AuditEntry
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.audit(entry)
    }
  }
}

import DeployModel

extension MortalStore {
  func notify(_ filters: [NotificationFilter]) { base.notify(filters) }

  func tell(_ listener: @escaping @Sendable (DeploymentID) -> Void) {
    base.tell { [weak self] id in
      if self?.isDead == false { listener(id) }
    }
  }

  func owed(to target: TargetName, limit: Int) async throws(StoreError) -> [DeploymentID] {
    try await passing { base throws(StoreError) in try await base.owed(to: target, limit: limit) }
  }

  func nextNotification(
    to target: TargetName, of id: DeploymentID
  ) async throws(StoreError) -> DeploymentNotification? {
    try await passing { base throws(StoreError) in
      try await base.nextNotification(to: target, of: id)
    }
  }

  func settle(
    _ id: NotificationID, _ outcome: NotificationOutcome, at: Timestamp
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in try await base.settle(id, outcome, at: at) }
  }

  func notification(_ id: NotificationID) async throws(StoreError) -> DeploymentNotification? {
    try await passing { base throws(StoreError) in try await base.notification(id) }
  }

  func notifications(
    _ query: NotificationQuery
  ) async throws(StoreError) -> Page<DeploymentNotification> {
    try await passing { base throws(StoreError) in try await base.notifications(query) }
  }

  func reopen(
    _ id: NotificationID, at: Timestamp
  ) async throws(StoreError) -> DeploymentNotification {
    try await passing { base throws(StoreError) in try await base.reopen(id, at: at) }
  }

  func pendingNotifications() async throws(StoreError) -> [TargetName: Int] {
    try await passing { base throws(StoreError) in try await base.pendingNotifications() }
  }

  func giveUpNotifications(
    to target: TargetName, owedBefore time: Timestamp, because reason: String, at: Timestamp
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.giveUpNotifications(
        to: target, owedBefore: time, because: reason, at: at)
    }
  }

  func pruneNotifications(
    keeping count: Int, endedBefore time: Timestamp
  ) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.pruneNotifications(keeping: count, endedBefore: time)
    }
  }

  func takeTurn(
    at listener: String, owner: String, until: Timestamp, now: Timestamp
  ) async throws(StoreError) -> Turn {
    try await passing { base throws(StoreError) in
      try await base.takeTurn(at: listener, owner: owner, until: until, now: now)
    }
  }

  func endTurn(at listener: String, owner: String) async throws(StoreError) {
    try await passing { base throws(StoreError) in
      try await base.endTurn(at: listener, owner: owner)
    }
  }

  func pruneTurns(endedBefore time: Timestamp) async throws(StoreError) {
    try await passing { base throws(StoreError) in try await base.pruneTurns(endedBefore: time) }
  }
}

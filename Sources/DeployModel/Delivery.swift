/// What became of a delivery.
package enum DeliveryOutcome: String, Sendable, CaseIterable {
  /// A push that is stored and waits for its branch to be fetched and evaluated.
  case pending
  case deployed, covered, skipped, ignored, failed
  case noneMatched = "none-matched"
}

/// A branch that moved, as the payload says it. Only `ref`, `before` and `after` decide anything.
package struct PushEvent: Hashable, Sendable {
  package var repository: RepositoryName
  package var branch: BranchName
  package var before: CommitSHA
  package var after: CommitSHA
  package var forced: Bool
  package var pusher: String

  package init(
    repository: RepositoryName, branch: BranchName, before: CommitSHA, after: CommitSHA,
    forced: Bool, pusher: String
  ) {
    self.repository = repository
    self.branch = branch
    self.before = before
    self.after = after
    self.forced = forced
    self.pusher = pusher
  }
}

/// A delivery as it is stored: the push's own fields and the body's SHA-256, never the raw body.
package struct Delivery: Hashable, Sendable {
  package var guid: DeliveryGUID
  /// Order of arrival; 0 until stored.
  package var sequence: Int64
  package var event: String
  package var receivedAt: Timestamp
  package var repository: RepositoryName?
  /// As the payload has them; empty where the event has none.
  package var ref: String
  package var before: String
  package var after: String
  package var forced: Bool
  package var pusher: String
  package var bodySHA256: String
  package var outcome: DeliveryOutcome
  package var reason: String
  /// Fetches that failed so far, while pending.
  package var attempts: Int
  package var deployments: [DeploymentID]
  package var matches: [ServiceMatch]

  package init(
    guid: DeliveryGUID, sequence: Int64 = 0, event: String, receivedAt: Timestamp,
    repository: RepositoryName?, ref: String, before: String, after: String, forced: Bool,
    pusher: String, bodySHA256: String, outcome: DeliveryOutcome, reason: String,
    attempts: Int = 0, deployments: [DeploymentID] = [], matches: [ServiceMatch] = []
  ) {
    self.guid = guid
    self.sequence = sequence
    self.event = event
    self.receivedAt = receivedAt
    self.repository = repository
    self.ref = ref
    self.before = before
    self.after = after
    self.forced = forced
    self.pusher = pusher
    self.bodySHA256 = bodySHA256
    self.outcome = outcome
    self.reason = reason
    self.attempts = attempts
    self.deployments = deployments
    self.matches = matches
  }
}

/// Whether a push reached a service, and the file and pattern that say so (R3).
package struct ServiceMatch: Hashable, Sendable {
  package var service: ServiceName
  package var triggered: Bool
  /// The first changed file that was included; nil if none was, or if no diff could be made.
  package var file: String?
  package var pattern: String?
  package var reason: String

  package init(
    service: ServiceName, triggered: Bool, file: String?, pattern: String?, reason: String
  ) {
    self.service = service
    self.triggered = triggered
    self.file = file
    self.pattern = pattern
    self.reason = reason
  }
}

/// A push that waits for evaluation, oldest first per branch.
package struct PendingPush: Hashable, Sendable {
  package var delivery: DeliveryGUID
  package var sequence: Int64
  package var event: PushEvent
  package var attempts: Int
  /// Compared by its own ends, whatever the cursor says; on request only.
  package var isByItself: Bool

  package init(
    delivery: DeliveryGUID, sequence: Int64, event: PushEvent, attempts: Int,
    isByItself: Bool = false
  ) {
    self.delivery = delivery
    self.sequence = sequence
    self.event = event
    self.attempts = attempts
    self.isByItself = isByItself
  }
}

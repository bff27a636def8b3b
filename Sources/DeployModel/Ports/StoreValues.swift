package struct RepositoryBranch: Hashable, Sendable {
  package var repository: RepositoryName
  package var branch: BranchName

  package init(repository: RepositoryName, branch: BranchName) {
    self.repository = repository
    self.branch = branch
  }
}

extension ManifestLocation {
  package var target: RepositoryBranch { RepositoryBranch(repository: repository, branch: branch) }
}

package enum DeliveryReceipt: Hashable, Sendable {
  /// Its place in the order of arrival.
  case stored(sequence: Int64)
  case duplicate(Delivery)
}

/// One push, evaluated: what moves in one transaction.
package struct Evaluation: Sendable {
  /// Deployments of a service that contain a source, among those up to a number.
  package struct Carriers: Sendable {
    package var deployments: [DeploymentID]
    /// The service's newest when they were looked for. If there is a newer one by now, nobody has asked
    /// git about it, and the evaluation is begun again.
    package var lastNumber: Int

    package init(deployments: [DeploymentID], lastNumber: Int) {
      self.deployments = deployments
      self.lastNumber = lastNumber
    }
  }

  package var target: RepositoryBranch
  /// The delivery that this ends; nil for a catch-up without one.
  package var delivery: DeliveryGUID?
  package var cursorBefore: CommitSHA?
  /// Nil leaves the cursor where it is (covered, branch deleted).
  package var cursorAfter: CommitSHA?
  package var outcome: DeliveryOutcome
  package var reason: String
  package var matches: [ServiceMatch]
  /// In the order in which they are to be created: a catch-up's before its push's.
  package var triggers: [ServiceTrigger]
  /// What a skipped push would have deployed: the services that it touches are behind (R4).
  package var skipped: [ServiceName: BehindRule.Wanted]
  /// What is deployed or in flight already and contains the newest source of these services (R14).
  package var carriers: [ServiceName: Carriers]
  /// What is to be said of services that it does not reach.
  package var notices: [CommitNotice]
  package var at: Timestamp

  package init(
    target: RepositoryBranch, delivery: DeliveryGUID?, cursorBefore: CommitSHA?,
    cursorAfter: CommitSHA?, outcome: DeliveryOutcome, reason: String, matches: [ServiceMatch],
    triggers: [ServiceTrigger], skipped: [ServiceName: BehindRule.Wanted] = [:],
    carriers: [ServiceName: Carriers] = [:],
    notices: [CommitNotice] = [], at: Timestamp
  ) {
    self.target = target
    self.delivery = delivery
    self.cursorBefore = cursorBefore
    self.cursorAfter = cursorAfter
    self.outcome = outcome
    self.reason = reason
    self.matches = matches
    self.triggers = triggers
    self.skipped = skipped
    self.carriers = carriers
    self.notices = notices
    self.at = at
  }
}

/// One service that a push triggers. Creating it drops the service's queued deployments that came
/// from pushes (R10: superseded by the new one), ends a hold `until-next-push` that is older than
/// the push (R9), and makes its source the one that the service wants.
package struct ServiceTrigger: Sendable {
  package var service: ServiceName
  package var cause: DeploymentCause
  package var actor: String
  package var reason: String
  package var source: Source
  package var trigger: DeploymentTrigger?
  /// False for a push that is looked at again and lies before what the service wants by now.
  package var isNewest: Bool

  package init(
    service: ServiceName, cause: DeploymentCause, actor: String, reason: String, source: Source,
    trigger: DeploymentTrigger?, isNewest: Bool = true
  ) {
    self.service = service
    self.cause = cause
    self.actor = actor
    self.reason = reason
    self.source = source
    self.trigger = trigger
    self.isNewest = isNewest
  }
}

package struct EvaluationResult: Sendable {
  package var created: [Deployment]
  /// Those of them that are of the newest push of their service.
  package var newest: Set<DeploymentID> = []
  /// Deployments that the new ones superseded: queued, or held behind a hold that they ended.
  package var superseded: [DeploymentID]
  package var holdsEnded: [ServiceName]

  package init(created: [Deployment], superseded: [DeploymentID], holdsEnded: [ServiceName]) {
    self.created = created
    self.superseded = superseded
    self.holdsEnded = holdsEnded
  }
}

package struct DeploymentQuery: Hashable, Sendable {
  /// Nil for all services.
  package var service: ServiceName?
  /// Empty for all.
  package var states: [DeploymentState]
  package var causes: [DeploymentCause]
  package var before: Int64?
  package var limit: Int

  package init(
    service: ServiceName? = nil, states: [DeploymentState] = [], causes: [DeploymentCause] = [],
    before: Int64? = nil, limit: Int = 50
  ) {
    self.service = service
    self.states = states
    self.causes = causes
    self.before = before
    self.limit = limit
  }
}

/// A deployment that a person (or a retry, or a release) asked for.
package struct NewDeployment: Sendable {
  package var service: ServiceName
  package var cause: DeploymentCause
  package var actor: String
  package var reason: String
  package var source: Source?
  /// Known from the start for a rollback or a release, which then starts in `committing`.
  package var image: PublishedImage?
  /// What the timeline says of that start; nil: "the image is known".
  package var committingReason: String?
  /// Where it is committed, if that is settled already.
  package var location: ManifestLocation?
  package var inputDigest: InputDigest?
  package var rollbackOf: DeploymentID?
  package var rolledBackFrom: DeploymentID?
  package var retryOf: DeploymentID?
  package var rebuild: Bool
  package var released: Bool
  package var overrideHold: Bool
  /// What the service wants, if the source contains it: then this deployment brings it.
  package var covers: CommitSHA?
  /// The first push's sequence, for a retry; nil: its own.
  package var basisSequence: Int64?
  /// Placed with it, replacing any other.
  package var hold: Hold?
  /// The `current` deployment this was planned against; conflict if another has landed since.
  package var expectedCurrent: ExpectedCurrent
  /// Conflict if the service is on hold and `overrideHold` is false.
  package var refusedByHold: Bool
  package var at: Timestamp

  package enum ExpectedCurrent: Hashable, Sendable {
    case any
    case deployment(DeploymentID?)
  }

  package init(
    service: ServiceName, cause: DeploymentCause, actor: String, reason: String, source: Source?,
    image: PublishedImage? = nil, committingReason: String? = nil,
    location: ManifestLocation? = nil, inputDigest: InputDigest? = nil,
    rollbackOf: DeploymentID? = nil, rolledBackFrom: DeploymentID? = nil,
    retryOf: DeploymentID? = nil, rebuild: Bool = false, released: Bool = false,
    overrideHold: Bool = false, covers: CommitSHA? = nil, basisSequence: Int64? = nil,
    hold: Hold? = nil, expectedCurrent: ExpectedCurrent = .any, refusedByHold: Bool = false,
    at: Timestamp
  ) {
    self.service = service
    self.cause = cause
    self.actor = actor
    self.reason = reason
    self.source = source
    self.image = image
    self.committingReason = committingReason
    self.location = location
    self.inputDigest = inputDigest
    self.rollbackOf = rollbackOf
    self.rolledBackFrom = rolledBackFrom
    self.retryOf = retryOf
    self.rebuild = rebuild
    self.released = released
    self.overrideHold = overrideHold
    self.covers = covers
    self.basisSequence = basisSequence
    self.hold = hold
    self.expectedCurrent = expectedCurrent
    self.refusedByHold = refusedByHold
    self.at = at
  }
}

/// One step of a deployment, and what changes with it. A nil field stays as it is.
package struct DeploymentChange: Sendable {
  package var from: Set<DeploymentState>
  package var to: DeploymentState
  package var at: Timestamp
  package var reason: String
  package var details: String?
  package var image: PublishedImage?
  package var inputDigest: InputDigest?
  /// Work on it begins: it keeps the place that it is to be committed to, whatever is configured
  /// later.
  package var location: ManifestLocation?
  package var failure: DeploymentFailure?
  package var supersededBy: DeploymentID?
  package var released: Bool?
  /// The lease holder's name: conflict if the lease is not his.
  package var owner: String?
  /// The lease ends with this step.
  package var releasesLease: Bool

  package init(
    from: Set<DeploymentState>, to: DeploymentState, at: Timestamp, reason: String,
    details: String? = nil, image: PublishedImage? = nil, inputDigest: InputDigest? = nil,
    location: ManifestLocation? = nil, failure: DeploymentFailure? = nil,
    supersededBy: DeploymentID? = nil, released: Bool? = nil, owner: String? = nil,
    releasesLease: Bool = false
  ) {
    self.from = from
    self.to = to
    self.at = at
    self.reason = reason
    self.details = details
    self.image = image
    self.inputDigest = inputDigest
    self.location = location
    self.failure = failure
    self.supersededBy = supersededBy
    self.released = released
    self.owner = owner
    self.releasesLease = releasesLease
  }
}

/// A file as a commit has it: what R3 compares.
package struct ManifestBlob: Hashable, Sendable {
  package var path: String
  /// The blob's object id.
  package var blob: String

  package init(path: String, blob: String) {
    self.path = path
    self.blob = blob
  }
}

/// A manifest commit that was made and is about to be pushed. Never deleted while its deployment
/// is kept: by it, a restart knows its own commit.
package struct ManifestIntent: Hashable, Sendable {
  package var deployment: DeploymentID
  package var target: RepositoryBranch
  package var commit: CommitSHA
  package var file: ManifestBlob
  package var at: Timestamp

  package init(
    deployment: DeploymentID, target: RepositoryBranch, commit: CommitSHA, file: ManifestBlob,
    at: Timestamp
  ) {
    self.deployment = deployment
    self.target = target
    self.commit = commit
    self.file = file
    self.at = at
  }
}

/// A deployment whose manifest commit is on the branch.
package struct Landing: Sendable {
  package var deployment: DeploymentID
  /// `syncing` where somebody watches the rollout, `committed` where nobody does.
  package var state: DeploymentState
  package var commit: CommitSHA
  package var at: Timestamp
  package var reason: String
  package var details: String?
  /// Refused if somebody else has the lease; nil: nobody asks.
  package var owner: String?

  package init(
    deployment: DeploymentID, state: DeploymentState, commit: CommitSHA, at: Timestamp,
    reason: String, details: String? = nil
  ) {
    self.deployment = deployment
    self.state = state
    self.commit = commit
    self.at = at
    self.reason = reason
    self.details = details
  }
}

/// An `Idempotency-Key`, kept 24 h per token and route.
package struct RequestKey: Hashable, Sendable {
  package var token: String
  package var route: String
  package var key: String

  package init(token: String, route: String, key: String) {
    self.token = token
    self.route = route
    self.key = key
  }
}

package struct StoredAnswer: Hashable, Sendable {
  package var status: Int
  package var location: String?
  package var body: String

  package init(status: Int, location: String?, body: String) {
    self.status = status
    self.location = location
    self.body = body
  }
}

package enum RequestClaim: Hashable, Sendable {
  case new
  case inProgress
  case answered(StoredAnswer)
  /// The same key with another body.
  case mismatch
}

/// Who changed what, and why (R13).
package struct AuditEntry: Hashable, Sendable {
  package var sequence: Int64
  package var at: Timestamp
  package var actor: String
  /// `rollback`, `hold`, …
  package var action: String
  /// A service, deployment or delivery.
  package var subject: String
  package var reason: String
  package var requestID: String

  package init(
    sequence: Int64 = 0, at: Timestamp, actor: String, action: String, subject: String,
    reason: String, requestID: String
  ) {
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.action = action
    self.subject = subject
    self.reason = reason
    self.requestID = requestID
  }
}

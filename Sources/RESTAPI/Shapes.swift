import DeployModel

// The shapes of openapi.yaml. A key whose value is null is written, not left out: a client sees
// every key of a shape always.

struct ListShape<Item: Encodable>: Encodable {
  var items: [Item]
  @Nullable var nextCursor: String?
}

/// Encodes nil as null.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
  var wrappedValue: Value?

  init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

struct SourceShape: Encodable {
  var repository: String
  var branch: String
  var commit: String
  var subject: String
  var author: String

  init(_ source: Source) {
    repository = source.repository.name
    branch = source.branch.name
    commit = source.commit.hex
    subject = source.subject
    author = source.author
  }
}

struct ImageShape: Encodable {
  var name: String
  var tag: String
  var digest: String
  var tags: [String]
  @Nullable var reusedFrom: String?

  init(_ image: PublishedImage) {
    name = image.repository.description
    tag = image.tag.name
    digest = image.digest.text
    tags = image.tags.map(\.name)
    reusedFrom = image.reusedFrom?.description
  }
}

struct TriggerShape: Encodable {
  @Nullable var deliveryGuid: String?
  var file: String
  var pattern: String

  init(_ trigger: DeploymentTrigger) {
    deliveryGuid = trigger.delivery?.text
    file = trigger.file
    pattern = trigger.pattern
  }
}

struct FailureShape: Encodable {
  var stage: String
  var code: String
  var message: String

  init(_ failure: DeploymentFailure) {
    stage = failure.stage.rawValue
    code = failure.code.rawValue
    message = failure.message
  }
}

struct TransitionShape: Encodable {
  var state: String
  var at: String
  var reason: String
  var details: String?

  init(_ transition: Transition) {
    state = transition.state.rawValue
    at = transition.at.rfc3339
    reason = transition.reason
    details = transition.details
  }
}

struct DeploymentShape: Encodable {
  var id: String
  var service: String
  var number: Int
  var state: String
  var cause: String
  var actor: String
  var reason: String
  var createdAt: String
  var updatedAt: String
  @Nullable var finishedAt: String?
  @Nullable var source: SourceShape?
  @Nullable var image: ImageShape?
  @Nullable var manifestCommit: String?
  @Nullable var trigger: TriggerShape?
  @Nullable var rollbackOf: String?
  @Nullable var retryOf: String?
  @Nullable var supersededBy: String?
  var recovered: Bool
  @Nullable var failure: FailureShape?
  var timeline: [TransitionShape]?

  init(_ deployment: Deployment, timeline: [Transition]? = nil) {
    id = deployment.id.description
    service = deployment.id.service.name
    number = deployment.id.number
    state = deployment.state.rawValue
    cause = deployment.cause.rawValue
    actor = deployment.actor
    reason = deployment.reason
    createdAt = deployment.createdAt.rfc3339
    updatedAt = deployment.updatedAt.rfc3339
    finishedAt = deployment.finishedAt?.rfc3339
    source = deployment.source.map(SourceShape.init)
    image = deployment.image.map(ImageShape.init)
    manifestCommit = deployment.manifestCommit?.hex
    trigger = deployment.trigger.map(TriggerShape.init)
    rollbackOf = deployment.rollbackOf?.description
    retryOf = deployment.retryOf?.description
    supersededBy = deployment.supersededBy?.description
    recovered = deployment.recovered
    failure = deployment.failure.map(FailureShape.init)
    self.timeline = timeline.map { $0.map(TransitionShape.init) }
  }
}

struct CurrentShape: Encodable {
  @Nullable var deployment: String?
  var adopted: Bool
  var tag: String
  @Nullable var digest: String?
  @Nullable var sourceCommit: String?
  @Nullable var manifestCommit: String?
  var since: String

  init(_ current: CurrentImage) {
    deployment = current.deployment?.description
    adopted = current.adopted
    tag = current.tag
    digest = current.digest?.text
    sourceCommit = current.sourceCommit?.hex
    manifestCommit = current.manifestCommit?.hex
    since = current.since.rfc3339
  }
}

struct HoldShape: Encodable {
  /// `released`, `next-push`, or the time at which it ends.
  var until: String
  var reason: String
  var actor: String
  var since: String

  init(_ hold: Hold) {
    switch hold.until {
    case .released: until = "released"
    case .nextPush: until = "next-push"
    case .time(let end): until = end.rfc3339
    }
    reason = hold.reason
    actor = hold.actor
    since = hold.since.rfc3339
  }
}

struct BehindShape: Encodable {
  var commit: String
  var since: String
  var reason: String

  init(_ behind: Behind) {
    commit = behind.commit.hex
    since = behind.since.rfc3339
    reason = behind.reason
  }
}

struct HealthShape: Encodable {
  var status: String
  var message: String
  var observedAt: String
}

struct ServiceShape: Encodable {
  var name: String
  @Nullable var repository: String?
  @Nullable var current: CurrentShape?
  var inFlight: [String]
  @Nullable var held: String?
  @Nullable var behind: BehindShape?
  @Nullable var hold: HoldShape?
  @Nullable var health: HealthShape?

  init(_ state: ServiceState, repository: RepositoryName?, now: Timestamp) {
    name = state.service.name
    self.repository = repository?.name
    current = state.current.map(CurrentShape.init)
    inFlight = state.inFlight.map(\.description)
    held = state.held?.description
    behind = state.behind.map(BehindShape.init)
    hold = state.hold.flatMap { $0.isInForce(at: now) ? HoldShape($0) : nil }
    health = nil
  }
}

struct MatchShape: Encodable {
  var name: String
  var triggered: Bool
  @Nullable var file: String?
  @Nullable var pattern: String?
  var reason: String

  init(_ match: ServiceMatch) {
    name = match.service.name
    triggered = match.triggered
    file = match.file
    pattern = match.pattern
    reason = match.reason
  }
}

struct DeliveryShape: Encodable {
  var guid: String
  var event: String
  var receivedAt: String
  @Nullable var repository: String?
  var ref: String
  var before: String
  var after: String
  var outcome: String
  var reason: String
  var deployments: [String]
  var services: [MatchShape]

  init(_ delivery: Delivery) {
    guid = delivery.guid.text
    event = delivery.event
    receivedAt = delivery.receivedAt.rfc3339
    repository = delivery.repository?.name
    ref = delivery.ref
    before = delivery.before
    after = delivery.after
    outcome = delivery.outcome.rawValue
    reason = delivery.reason
    deployments = delivery.deployments.map(\.description)
    services = delivery.matches.map(MatchShape.init)
  }
}

struct PlanShape: Encodable {
  @Nullable var base: String?
  var after: String
  var files: [String]
  var services: [MatchShape]
}

struct AuditShape: Encodable {
  var at: String
  var actor: String
  var action: String
  var subject: String
  var reason: String
  var requestId: String

  init(_ entry: AuditEntry) {
    at = entry.at.rfc3339
    actor = entry.actor
    action = entry.action
    subject = entry.subject
    reason = entry.reason
    requestId = entry.requestID
  }
}

import DeployModel

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
  @Nullable var givenUpAt: String?

  init(_ image: PublishedImage, givenUpAt: Timestamp?) {
    name = image.repository.description
    tag = image.tag.name
    digest = image.digest.text
    tags = image.tags.map(\.name)
    reusedFrom = image.reusedFrom?.description
    self.givenUpAt = givenUpAt?.rfc3339
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
    image = deployment.image.map { ImageShape($0, givenUpAt: deployment.imageGivenUpAt) }
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

import DeployModel
import FoundationEssentials

/// A step of a deployment as a CloudEvent (CloudEvents 1.0.2, JSON format 1.0.2, structured mode). Its
/// members stand in `openapi.yaml` under `webhooks`.
struct CloudEvent: Encodable {
  static let contentType = "application/cloudevents+json; charset=utf-8"

  var specversion = "1.0"
  /// The same for every attempt.
  var id: String
  var source: String
  var type: String
  var subject: String
  var time: String
  var datacontenttype = "application/json"
  var data: StepData

  init(_ message: NotificationMessage) {
    let notification = message.notification
    id = notification.event
    // A URI reference that is not empty.
    source = message.server ?? "slipway"
    type = "io.slipway.deployment.\(notification.step.state.rawValue)"
    subject = notification.deployment.description
    time = notification.step.at.rfc3339
    data = StepData(message)
  }

  /// The same bytes whenever it is encoded: they are signed.
  func bytes() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self))
  }
}

/// What became of which deployment. A key whose value is null is written, not left out.
struct StepData: Encodable {
  struct SourceData: Encodable {
    var repository: String
    var branch: String
    var commit: String
    var subject: String
    var author: String
  }

  struct ImageData: Encodable {
    var name: String
    var tag: String
    var digest: String
  }

  struct FailureData: Encodable {
    var stage: String
    var code: String
    var message: String
  }

  private enum Key: String, CodingKey {
    case deployment, service, state, previousState, at, reason, summary, cause, actor, createdAt
    case source, image, manifestCommit, failure, rollbackOf, retryOf, supersededBy, recovered, url
  }

  private let message: NotificationMessage

  init(_ message: NotificationMessage) { self.message = message }

  func encode(to encoder: any Encoder) throws {
    let (notification, deployment) = (message.notification, message.deployment)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(deployment.id.description, forKey: .deployment)
    try container.encode(deployment.id.service.name, forKey: .service)
    try container.encode(notification.step.state.rawValue, forKey: .state)
    try container.encode(notification.before?.rawValue, forKey: .previousState)
    try container.encode(notification.step.at.rfc3339, forKey: .at)
    try container.encode(notification.step.reason, forKey: .reason)
    try container.encode(message.sentence, forKey: .summary)
    try container.encode(deployment.cause.rawValue, forKey: .cause)
    try container.encode(deployment.actor, forKey: .actor)
    try container.encode(deployment.createdAt.rfc3339, forKey: .createdAt)
    try container.encode(Self.source(of: deployment), forKey: .source)
    try container.encode(Self.image(of: deployment), forKey: .image)
    try container.encode(deployment.manifestCommit?.hex, forKey: .manifestCommit)
    try container.encode(Self.failure(of: deployment), forKey: .failure)
    try container.encode(deployment.rollbackOf?.description, forKey: .rollbackOf)
    try container.encode(deployment.retryOf?.description, forKey: .retryOf)
    try container.encode(deployment.supersededBy?.description, forKey: .supersededBy)
    try container.encode(deployment.recovered, forKey: .recovered)
    try container.encode(message.page, forKey: .url)
  }

  private static func source(of deployment: Deployment) -> SourceData? {
    deployment.source.map {
      SourceData(
        repository: $0.repository.name, branch: $0.branch.name, commit: $0.commit.hex,
        subject: $0.subject, author: $0.author)
    }
  }

  private static func image(of deployment: Deployment) -> ImageData? {
    deployment.image.map {
      ImageData(name: $0.repository.description, tag: $0.tag.name, digest: $0.digest.text)
    }
  }

  private static func failure(of deployment: Deployment) -> FailureData? {
    deployment.failure.map {
      FailureData(stage: $0.stage.rawValue, code: $0.code.rawValue, message: $0.message)
    }
  }
}

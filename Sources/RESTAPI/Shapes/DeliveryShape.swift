import DeployModel

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

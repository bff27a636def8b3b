import DeployModel
import GitHub
import HTTPServer
import HTTPTypes
package import Logging
package import Pipeline

/// `POST /webhooks/github`: verified before parsed (R13), on disk before answered (R1), once (R2).
package struct WebhookEndpoint: Sendable {
  private let intake: Intake
  private let door: WebhookDoor
  private let logger: Logger

  package init(intake: Intake, door: WebhookDoor, logger: Logger) {
    self.intake = intake
    self.door = door
    self.logger = logger
  }

  func receive(_ request: ServerRequest, limit: BodyLimit) async -> ServerResponse {
    do throws(Problem) {
      return try await accept(request, limit)
    } catch {
      return ProblemAnswers(logger: logger).answer(error, to: request)
    }
  }

  private func accept(
    _ request: ServerRequest, _ limit: BodyLimit
  ) async throws(Problem) -> ServerResponse {
    let rules = door.current
    let signed = try verify(request, rules)
    if let refusal = WebhookContentType(header: request.headers[.contentType]).refusal {
      throw .unsupportedType(refusal)
    }
    let verified = try await signed.unpacked { body throws(Problem) in
      try await RequestCoding.plain(
        body, coding: request.headers[.contentEncoding], limit: limit)
    }
    let answer = try await storing { () async throws(StoreError) in
      try await intake.accept(verified, in: rules.directory)
    }
    switch answer {
    case .accepted(let guid):
      return try respond(202, WebhookShape(status: "accepted", delivery: guid.text))
    case .duplicate(let known):
      return try respond(
        200,
        WebhookShape(
          status: "duplicate", delivery: known.guid.text,
          reason: "this delivery was stored before: \(known.outcome.rawValue)",
          outcome: known.outcome.rawValue, deployments: known.deployments.map(\.description)))
    case .ignored(let guid, let reason):
      return try respond(
        200, WebhookShape(status: "ignored", delivery: guid.text, reason: reason))
    case .pong(let hookID, let warnings):
      return try respond(
        200,
        WebhookShape(
          status: "pong", delivery: verified.guid.text,
          reason: warnings.isEmpty ? nil : warnings.joined(separator: "; "), hookId: hookID))
    case .malformed(let reason):
      throw .badRequest(reason)
    case .foreign(let reason):
      throw Problem(401, "Unauthorized", reason)
    }
  }

  private func verify(
    _ request: ServerRequest, _ rules: WebhookDoor.Rules
  ) throws(Problem) -> VerifiedDelivery {
    var repository: RepositoryName?
    if let name = request.parameters["repository"] {
      repository = RepositoryName(name)
      if repository == nil { throw Problem(WebhookRejection.unknownRepository) }
    }
    do {
      return try rules.keyring.verify(
        repository: repository, signature: request.headers[.hubSignature],
        event: request.headers[.githubEvent], guid: request.headers[.githubDelivery],
        body: request.body)
    } catch {
      throw Problem(error)
    }
  }

  private func respond(_ status: Int, _ shape: WebhookShape) throws(Problem) -> ServerResponse {
    ServerResponse(try APIAnswer.json(shape, status: status))
  }
}

struct WebhookShape: Encodable {
  var status: String
  var delivery: String
  var reason: String?
  var outcome: String?
  var deployments: [String]?
  var hookId: Int64?

  init(
    status: String, delivery: String, reason: String? = nil, outcome: String? = nil,
    deployments: [String]? = nil, hookId: Int64? = nil
  ) {
    self.status = status
    self.delivery = delivery
    self.reason = reason
    self.outcome = outcome
    self.deployments = deployments
    self.hookId = hookId
  }
}

extension Problem {
  init(_ rejection: WebhookRejection) {
    let text = rejection.description
    switch rejection {
    case .unsigned, .malformedSignature, .wrongSignature:
      self = Problem(401, "Unauthorized", text)
    case .unknownRepository, .tooManySecrets: self = .notFound(text)
    case .missingEvent, .missingGUID: self = .badRequest(text)
    case .unavailable: self = .unavailable(text)
    }
  }
}

extension HTTPField.Name {
  static let hubSignature = HTTPField.Name(validated: "X-Hub-Signature-256")
  static let githubEvent = HTTPField.Name(validated: "X-GitHub-Event")
  static let githubDelivery = HTTPField.Name(validated: "X-GitHub-Delivery")
}

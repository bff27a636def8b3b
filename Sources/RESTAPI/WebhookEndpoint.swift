import DeployModel
import GitHub
import HTTPServer
import HTTPTypes
import HTTPWire
package import Logging
package import Pipeline
package import Posix

/// `POST /webhooks/github` and `/webhooks/gitlab`: verified before parsed (R13), on disk before answered (R1), once (R2).
package struct WebhookEndpoint: Sendable {
  private let intake: Intake
  private let door: WebhookDoor
  private let senders: WebhookSenders
  private let logger: Logger
  private let verifiers: BlockingPool

  /// Up to this many bytes are gone over where the request is, in about a millisecond; beyond it
  /// elsewhere, as a reactor has other connections to look after. Nobody has vouched for the body yet.
  static let verifiedAtOnce = 1 << 20

  package init(
    intake: Intake, door: WebhookDoor, senders: WebhookSenders, logger: Logger,
    verifiers: BlockingPool = BlockingPool(width: 2, label: "slipway.http.verify")
  ) {
    self.intake = intake
    self.verifiers = verifiers
    self.door = door
    self.senders = senders
    self.logger = logger
  }

  func receive(
    _ request: ServerRequest, from forge: Forge, limit: BodyLimit
  ) async -> ServerResponse {
    do throws(Problem) {
      try senders.admit(request.remoteAddress)
      let rules = door.current
      var verified = try await authenticate(request, from: forge, rules)
      if let coding = request.headers[.contentEncoding] {
        verified = try await verified.unpacked { body throws(Problem) in
          try await RequestCoding.plain(body, coding: coding, limit: limit)
        }
      }
      return try answer(try await store(verified, in: rules.directory), to: verified.guid)
    } catch {
      return ProblemAnswers(logger: logger).answer(error, to: request)
    }
  }

  /// R13: the signature first, over the bytes as they came; then what is said about the body.
  private func authenticate(
    _ request: ServerRequest, from forge: Forge, _ rules: WebhookDoor.Rules
  ) async throws(Problem) -> VerifiedDelivery {
    let repository = try repository(of: request)
    let keyring = rules.keyring
    let verified =
      if keyring.work(toVerify: request.body, of: repository) <= Self.verifiedAtOnce {
        try Self.verify(request, from: forge, repository, keyring)
      } else {
        try await verifiers.run { () throws(Problem) in
          try Self.verify(request, from: forge, repository, keyring)
        }
      }
    if let refusal = WebhookContentType(header: request.headers[.contentType]).refusal {
      throw .unsupportedType(refusal)
    }
    return verified
  }

  /// Nil: none is named, and every secret is tried.
  private func repository(of request: ServerRequest) throws(Problem) -> RepositoryName? {
    guard let name = request.parameters["repository"] else { return nil }
    guard let repository = RepositoryName(name) else {
      throw Problem(WebhookRejection.unknownRepository)
    }
    return repository
  }

  private static func verify(
    _ request: ServerRequest, from forge: Forge, _ repository: RepositoryName?,
    _ keyring: WebhookKeyring
  ) throws(Problem) -> VerifiedDelivery {
    do {
      switch forge {
      case .github:
        return try keyring.verify(
          repository: repository, signature: request.headers[.hubSignature],
          event: request.headers[.githubEvent], guid: request.headers[.githubDelivery],
          body: request.body)
      case .gitlab:
        return try keyring.verify(
          repository: repository, token: request.headers[.gitlabToken],
          event: request.headers[.gitlabEvent],
          guid: request.headers[.idempotencyKey] ?? request.headers[.gitlabEventUUID],
          body: request.body)
      }
    } catch {
      throw Problem(error)
    }
  }

  private func store(
    _ verified: VerifiedDelivery, in directory: RepositoryDirectory
  ) async throws(Problem) -> IntakeAnswer {
    do {
      return try await intake.accept(verified, in: directory)
    } catch {
      throw Problem(error)
    }
  }

  private func answer(
    _ answer: IntakeAnswer, to guid: DeliveryGUID
  ) throws(Problem) -> ServerResponse {
    switch answer {
    case .accepted(let guid):
      return respond(202, WebhookShape(status: "accepted", delivery: guid.text))
    case .duplicate(let known):
      return respond(
        200,
        WebhookShape(
          status: "duplicate", delivery: known.guid.text,
          reason: "this delivery was stored before: \(known.outcome.rawValue)",
          outcome: known.outcome.rawValue, deployments: known.deployments.map(\.description)))
    case .ignored(let guid, let reason):
      return respond(
        200, WebhookShape(status: "ignored", delivery: guid.text, reason: reason))
    case .pong(let hookID, let warnings):
      return respond(
        200,
        WebhookShape(
          status: "pong", delivery: guid.text,
          reason: warnings.isEmpty ? nil : warnings.joined(separator: "; "), hookId: hookID))
    case .malformed(let reason): throw .badRequest(reason)
    case .foreign(let reason): throw Problem(401, "Unauthorized", reason)
    }
  }

  private func respond(_ status: Int, _ shape: WebhookShape) -> ServerResponse {
    ServerResponse(APIAnswer(status: status, body: shape.json))
  }
}

struct WebhookShape {
  var status: String
  var delivery: String
  var reason: String?
  var outcome: String?
  var deployments: [String]?
  var hookId: Int64?

  /// By hand: `JSONEncoder` would take more time than parsing the whole delivery does.
  var json: [UInt8] {
    var object = JSONObjectText()
    object.add("status", status)
    object.add("delivery", delivery)
    if let reason { object.add("reason", reason) }
    if let outcome { object.add("outcome", outcome) }
    if let deployments { object.add("deployments", deployments) }
    if let hookId { object.add("hookId", hookId) }
    return object.finish()
  }

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
    case .unsigned, .malformedSignature, .wrongSignature, .withoutToken, .wrongToken:
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
  static let gitlabToken = HTTPField.Name(validated: "X-Gitlab-Token")
  static let gitlabEvent = HTTPField.Name(validated: "X-Gitlab-Event")
  static let gitlabEventUUID = HTTPField.Name(validated: "X-Gitlab-Event-UUID")
}

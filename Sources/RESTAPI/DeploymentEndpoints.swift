import DeployModel
import Pipeline

/// History, one deployment, deploying by hand, rollback, cancel and retry.
struct DeploymentEndpoints: Sendable {
  let pipeline: Pipeline

  func list(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["state", "cause", "timeline", "limit", "cursor"])
    let withTimeline = try call.query.flag("timeline")
    var query = DeploymentQuery(
      before: try call.query.cursor(), limit: try call.query.limit())
    if call.parameters["service"] != nil {
      let service = try call.service()
      try await requireKnown(service)
      query.service = service
    }
    for text in call.query.values("state") {
      guard let state = DeploymentState(rawValue: text) else {
        throw .badRequest("there is no state \(text.prefix(50))")
      }
      query.states.append(state)
    }
    for text in call.query.values("cause") {
      guard let cause = DeploymentCause(rawValue: text) else {
        throw .badRequest("there is no cause \(text.prefix(50))")
      }
      query.causes.append(cause)
    }
    let asked = query
    let store = pipeline.parts.store
    let page = try await storing { () async throws(StoreError) in
      try await store.deployments(asked)
    }
    var items: [DeploymentShape] = []
    for deployment in page.items {
      let timeline = try await storing { () async throws(StoreError) -> [Transition]? in
        withTimeline ? try await store.timeline(deployment.id) : nil
      }
      items.append(DeploymentShape(deployment, timeline: timeline))
    }
    return try .json(
      ListShape(
        items: items,
        nextCursor: QueryReader.cursorText(page.nextCursor)))
  }

  func one(_ call: APICall) async throws(Problem) -> APIAnswer {
    let id = try call.deploymentID()
    let found = try await storing { () async throws(StoreError) -> (Deployment, [Transition])? in
      guard let deployment = try await pipeline.parts.store.deployment(id) else { return nil }
      return (deployment, try await pipeline.parts.store.timeline(id))
    }
    guard let (deployment, timeline) = found else {
      throw .notFound("there is no deployment \(id)")
    }
    return try .json(DeploymentShape(deployment, timeline: timeline))
  }

  func deploy(_ call: APICall) async throws(Problem) -> APIAnswer {
    let service = try call.service()
    try call.requireChange(of: service)
    var body = try BodyReader(call.body)
    let isDryRun = body.bool("dryRun")
    let request = ManualDeployRequest(
      service: service, reference: body.string("ref", atMost: 255),
      rebuild: body.bool("rebuild"), overrideHold: body.bool("overrideHold"),
      offBranch: body.bool("offBranch"), reason: body.reason(unless: isDryRun),
      actor: call.caller.name)
    try body.finish()
    if request.offBranch { try call.requireAdmin() }
    if isDryRun {
      return try .json(
        PreviewShape(
          try await refusing { () async throws(Refusal) in
            try await pipeline.manualDeploy.preview(request)
          }))
    }
    let deployment = try await refusing { () async throws(Refusal) in
      try await pipeline.manualDeploy.request(request)
    }
    return try await accepted(deployment, call, "deploy", reason: request.reason)
  }

  func rollback(_ call: APICall) async throws(Problem) -> APIAnswer {
    let service = try call.service()
    try call.requireChange(of: service)
    var body = try BodyReader(call.body)
    let strategy = body.string("strategy") ?? "git"
    if let strategy = DirectRollbackRequest.Strategy(rawValue: strategy) {
      return try await rollBack(service, through: strategy, body, call)
    }
    if strategy != "git" { body.fail("strategy", "must be git, argocd or kubernetes") }
    return try await rollBack(service, body, call)
  }

  private func rollBack(
    _ service: ServiceName, _ reader: BodyReader, _ call: APICall
  ) async throws(Problem) -> APIAnswer {
    var body = reader
    let isDryRun = body.bool("dryRun")
    let request = RollbackRequest(
      service: service, target: body.string("to", atMost: 200), hold: Self.hold(in: &body),
      acceptMigrations: body.bool("acceptMigrations"), reason: body.reason(unless: isDryRun),
      actor: call.caller.name)
    try body.finish()
    if isDryRun {
      return try .json(
        PreviewShape(
          try await refusing { () async throws(Refusal) in
            try await pipeline.rollback.preview(request)
          }))
    }
    let deployment = try await refusing { () async throws(Refusal) in
      try await pipeline.rollback.request(request)
    }
    return try await accepted(deployment, call, "rollback", reason: request.reason)
  }

  /// Past git: nothing is deployed, so there is no deployment to answer with.
  private func rollBack(
    _ service: ServiceName, through strategy: DirectRollbackRequest.Strategy, _ reader: BodyReader,
    _ call: APICall
  ) async throws(Problem) -> APIAnswer {
    var body = reader
    let isDryRun = body.bool("dryRun")
    let target = body.string("to", atMost: 200)
    let number = target.flatMap { Int($0) }
    if target != nil, number.map({ $0 < 0 }) ?? true {
      body.fail("to", "must be a number here: an id of Argo CD's history, or a revision")
    }
    let request = DirectRollbackRequest(
      service: service, strategy: strategy, target: number, hold: Self.hold(in: &body),
      acceptMigrations: body.bool("acceptMigrations"), reason: body.reason(unless: isDryRun),
      actor: call.caller.name)
    try body.finish()
    if isDryRun {
      let outcome = try await refusing { () async throws(Refusal) in
        try await pipeline.directRollback.preview(request)
      }
      return try .json(DirectRollbackShape(outcome, dryRun: true))
    }
    let outcome = try await changing(
      call, "rollback", subject: service.name,
      reason: "through \(strategy.name): \(request.reason)", in: pipeline
    ) { () async throws(Refusal) in
      try await pipeline.directRollback.request(request)
    }
    return try .json(DirectRollbackShape(outcome, dryRun: false))
  }

  private static func hold(in body: inout BodyReader) -> RollbackRequest.HoldChoice {
    switch body.string("hold") {
    case nil, "until-released": return .untilReleased
    case "until-next-push": return .untilNextPush
    case "none": return .none
    default:
      body.fail("hold", "must be until-released, until-next-push or none")
      return .untilReleased
    }
  }

  func cancel(_ call: APICall) async throws(Problem) -> APIAnswer {
    let id = try call.deploymentID()
    try call.requireChange(of: id.service)
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    let (deployment, changed) = try await refusing { () async throws(Refusal) in
      try await pipeline.cancelAndRetry.cancel(id, actor: call.caller.name, reason: reason)
    }
    guard changed else { return try .json(DeploymentShape(deployment)) }
    return try await accepted(deployment, call, "cancel", reason: reason)
  }

  func retry(_ call: APICall) async throws(Problem) -> APIAnswer {
    let id = try call.deploymentID()
    try call.requireChange(of: id.service)
    var body = try BodyReader(call.body)
    let reason = body.string("reason") ?? ""
    try body.finish()
    let deployment = try await refusing { () async throws(Refusal) in
      try await pipeline.cancelAndRetry.retry(id, actor: call.caller.name, reason: reason)
    }
    return try await accepted(deployment, call, "retry", reason: reason)
  }

  func compare(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["from", "to"])
    let from = try call.query.deploymentID("from")
    let to = try call.query.deploymentID("to")
    let comparison = try await refusing { () async throws(Refusal) in
      try await pipeline.comparisons.compare(from, with: to)
    }
    return try .json(ComparisonShape(comparison, from: from, to: to))
  }

  private func accepted(
    _ deployment: Deployment, _ call: APICall, _ action: String, reason: String
  ) async throws(Problem) -> APIAnswer {
    await pipeline.wake(deployment.id.service)
    await pipeline.audit(
      call, action, subject: deployment.id.description, reason: reason)
    return try .json(
      DeploymentShape(deployment), status: 202,
      location: "/api/v1/deployments/\(deployment.id)")
  }

  private func requireKnown(_ service: ServiceName) async throws(Problem) {
    guard try await pipeline.knows(service) else {
      throw .notFound("there is no service \(service)")
    }
  }
}

extension Pipeline {
  /// A removed service stays readable.
  func knows(_ service: ServiceName) async throws(Problem) -> Bool {
    if parts.configuration.current.services[service] != nil { return true }
    let recorded = try await storing { () async throws(StoreError) in
      try await parts.store.serviceStates(of: [service])
    }
    return !recorded.isEmpty
  }
}

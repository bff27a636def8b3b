package import DeployModel
import GitHub
package import HTTPServer
import HTTPTypes
import HTTPWire
package import Logging
package import Pipeline

/// Every call of the contract, as the router needs it. `openapi.yaml` is held against this table by
/// a test.
package struct APIRoutes: Sendable {
  private let pipeline: Pipeline
  private let authentication: Authentication
  private let webhooks: WebhookEndpoint
  private let probes: ProbeEndpoints
  private let metrics: MetricsEndpoint
  private let logger: Logger
  /// To be ended before the server stops.
  package let longAnswers: LongAnswers

  package init(
    pipeline: Pipeline, access: AccessTable, sessions: any SessionStore,
    webhooks: WebhookEndpoint, probes: ProbeEndpoints, metrics: MetricsEndpoint, logger: Logger
  ) {
    self.pipeline = pipeline
    authentication = Authentication(
      access: access,
      sessions: Sessions(store: sessions, clock: pipeline.parts.clock))
    self.webhooks = webhooks
    self.probes = probes
    self.metrics = metrics
    self.logger = logger
    longAnswers = LongAnswers(authentication: authentication, clock: pipeline.parts.clock)
  }

  package func router(webhookBodyLimit: Int) -> Router {
    var router = Router(problem: ProblemAnswers(logger: logger).answer)
    let limit = BodyLimit.webhooks(webhookBodyLimit)
    for forge in [Forge.github, .gitlab] {
      for pattern in ["/webhooks/\(forge.rawValue)", "/webhooks/\(forge.rawValue)/{repository}"] {
        router.add(.post, pattern, bodyLimit: limit.bytes, tooLarge: limit.refusal) {
          await webhooks.receive($0, from: forge, limit: limit)
        }
      }
    }
    router.add(.get, "/livez", bodyLimit: 0) { await probes.live($0) }
    router.add(.get, "/readyz", bodyLimit: 0) { await probes.ready($0) }
    router.add(.get, "/openapi.yaml", bodyLimit: 0) { request in
      await refusing(request) { () throws(Problem) in try probes.contract(request) }
    }
    router.add(.get, "/metrics", bodyLimit: 0) { request in
      await refusing(request) { () async throws(Problem) in
        try await metrics.show(request, authentication: authentication)
      }
    }
    addReading(to: &router)
    addChanging(to: &router)
    addDashboard(to: &router)
    return router
  }

  private func addReading(to router: inout Router) {
    let services = ServiceEndpoints(pipeline: pipeline)
    let deployments = DeploymentEndpoints(pipeline: pipeline)
    let deliveries = DeliveryEndpoints(pipeline: pipeline)
    read(&router, "/api/v1/services", services.list)
    read(&router, "/api/v1/services/{service}", services.one)
    read(
      &router, "/api/v1/services/{service}/rollout", RolloutEndpoints(pipeline: pipeline).show)
    read(&router, "/api/v1/services/{service}/deployments", deployments.list)
    read(&router, "/api/v1/deployments", deployments.list)
    read(&router, "/api/v1/deployments/{id}", deployments.one)
    read(&router, "/api/v1/compare", deployments.compare)
    read(&router, "/api/v1/stats", StatsEndpoint(pipeline: pipeline).show)
    read(&router, "/api/v1/deliveries", deliveries.list)
    read(&router, "/api/v1/deliveries/{guid}", deliveries.one)
    let notifications = NotificationEndpoints(pipeline: pipeline)
    read(&router, "/api/v1/notifications", notifications.list)
    read(&router, "/api/v1/notifications/{notification}", notifications.one)
    read(&router, "/api/v1/audit", deliveries.audit)
    let log = LogEndpoint(pipeline: pipeline, answers: longAnswers)
    router.add(.get, "/api/v1/deployments/{id}/log", bodyLimit: 0) { request in
      await answering(request) { call throws(Problem) in try await log.answer(call, request) }
    }
    let events = EventsEndpoint(pipeline: pipeline, answers: longAnswers)
    router.add(.get, "/api/v1/events", bodyLimit: 0) { request in
      await answering(request) { call throws(Problem) in try await events.open(call, request) }
    }
  }

  private func addChanging(to router: inout Router) {
    let services = ServiceEndpoints(pipeline: pipeline)
    let deployments = DeploymentEndpoints(pipeline: pipeline)
    let deliveries = DeliveryEndpoints(pipeline: pipeline)
    change(&router, .post, "/api/v1/services/{service}/deployments", deployments.deploy)
    change(&router, .post, "/api/v1/services/{service}/rollback", deployments.rollback)
    change(&router, .post, "/api/v1/services/{service}/hold", services.placeHold)
    change(&router, .delete, "/api/v1/services/{service}/hold", services.release)
    change(
      &router, .post, "/api/v1/services/{service}/sync", RolloutEndpoints(pipeline: pipeline).sync)
    change(&router, .post, "/api/v1/deployments/{id}/cancel", deployments.cancel)
    change(&router, .post, "/api/v1/deployments/{id}/retry", deployments.retry)
    change(&router, .post, "/api/v1/deliveries/{guid}/redeliver", deliveries.redeliver)
    change(
      &router, .post, "/api/v1/notifications/{notification}/redeliver",
      NotificationEndpoints(pipeline: pipeline).redeliver)
    let limit = BodyLimit.calls
    let plans = PlanEndpoint(pipeline: pipeline)
    router.add(.post, "/api/v1/plan", bodyLimit: limit.bytes, tooLarge: limit.refusal) { request in
      await elsewhere(request) { call throws(Problem) in
        ServerResponse(try await plans.plan(call))
      }
    }
  }

  private func addDashboard(to router: inout Router) {
    let dashboard = DashboardEndpoint()
    for page in DashboardEndpoint.pages {
      router.add(.get, page, bodyLimit: 0) { request in
        await refusing(request) { () throws(Problem) in try dashboard.page(request) }
      }
    }
    router.add(.get, "/assets/{version}/{file}", bodyLimit: 0) { request in
      await refusing(request) { () throws(Problem) in try dashboard.file(request) }
    }
    let session = SessionEndpoint(authentication: authentication, answers: longAnswers)
    router.add(.get, "/session", bodyLimit: 0) { request in
      await refusing(request) { () throws(Problem) in try await session.show(request) }
    }
    let limit = BodyLimit.calls
    router.add(.post, "/session", bodyLimit: limit.bytes, tooLarge: limit.refusal) { request in
      await refusing(request) { () throws(Problem) in
        try requireJSON(request)
        return try await session.signIn(request)
      }
    }
    router.add(.delete, "/session", bodyLimit: 0) { request in
      await refusing(request) { () throws(Problem) in try await session.signOut(request) }
    }
  }

  private typealias Endpoint = @Sendable (APICall) async throws(Problem) -> APIAnswer

  private func read(_ router: inout Router, _ pattern: String, _ endpoint: @escaping Endpoint) {
    router.add(.get, pattern, bodyLimit: 0) { request in
      await answering(request) { call throws(Problem) in
        // Taken before anything is read: who follows the events from here misses none.
        let event = EventID(
          process: pipeline.parts.owner, number: pipeline.parts.events.newest)
        var response = ServerResponse(try await endpoint(call))
        response.headers[.slipwayEvent] = event.description
        return response
      }
    }
  }

  private func change(
    _ router: inout Router, _ method: HTTPRequest.Method, _ pattern: String,
    _ endpoint: @escaping Endpoint
  ) {
    let idempotency = Idempotency(pipeline: pipeline)
    let limit = BodyLimit.calls
    router.add(method, pattern, bodyLimit: limit.bytes, tooLarge: limit.refusal) { request in
      await elsewhere(request) { call throws(Problem) in
        // Before the key is looked at: to claim one is a write.
        try call.requireChanges()
        return ServerResponse(try await idempotency.once(call, endpoint))
      }
    }
  }

  /// For calls that ask git and compute: what is not bound to the reactor leaves it.
  private func elsewhere(
    _ request: ServerRequest,
    _ body: (APICall) async throws(Problem) -> ServerResponse
  ) async -> ServerResponse {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      await answering(request) { call throws(Problem) in
        try requireJSON(request)
        return try await body(call)
      }
    }
  }

  private func requireJSON(_ request: ServerRequest) throws(Problem) {
    guard !request.body.isEmpty else { return }
    let type = request.headers[.contentType] ?? ""
    guard type.split(separator: ";").first?.lowercased() == "application/json" else {
      throw .unsupportedType("the body must be application/json")
    }
  }

  /// Authenticates, reads what every call has, and turns problems into answers.
  private func answering(
    _ request: ServerRequest,
    _ body: (APICall) async throws(Problem) -> ServerResponse
  ) async -> ServerResponse {
    await refusing(request) { () throws(Problem) in
      // First who calls, then what: for strangers nothing is unpacked (R13).
      let (caller, credential) = try await authentication.authenticate(request)
      let call = APICall(
        requestID: request.id, method: request.method.rawValue, path: request.path,
        parameters: request.parameters,
        query: try QueryReader(request.query),
        body: try await RequestCoding.plain(
          request.body, coding: request.headers[.contentEncoding], limit: .calls),
        idempotencyKey: request.headers[.idempotencyKey], caller: caller,
        credential: credential)
      return try await body(call)
    }
  }

  private func refusing(
    _ request: ServerRequest, _ body: () async throws(Problem) -> ServerResponse
  ) async -> ServerResponse {
    do throws(Problem) {
      return try await body()
    } catch {
      return ProblemAnswers(logger: logger).answer(error, to: request)
    }
  }
}

extension HTTPField.Name {
  static let idempotencyKey = HTTPField.Name(validated: "Idempotency-Key")
  static let slipwayEvent = HTTPField.Name(validated: "X-Slipway-Event")
}

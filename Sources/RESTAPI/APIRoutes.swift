package import HTTPServer
import HTTPTypes
import HTTPWire
package import Logging
package import Pipeline

/// Every call of the contract, as the router needs it. `openapi.yaml` is held against this table by
/// a test.
package struct APIRoutes: Sendable {
  private let pipeline: Pipeline
  private let access: AccessTable
  private let webhooks: WebhookEndpoint
  private let probes: ProbeEndpoints
  private let logger: Logger

  package init(
    pipeline: Pipeline, access: AccessTable, webhooks: WebhookEndpoint, probes: ProbeEndpoints,
    logger: Logger
  ) {
    self.pipeline = pipeline
    self.access = access
    self.webhooks = webhooks
    self.probes = probes
    self.logger = logger
  }

  /// R12: what a body of `/api/v1` may measure; webhooks have their own limit.
  private static let bodyLimit = 64 * 1024

  package func router(webhookBodyLimit: Int) -> Router {
    var router = Router(problem: ProblemAnswers(logger: logger).answer)
    for pattern in ["/webhooks/github", "/webhooks/github/{repository}"] {
      router.add(.post, pattern, bodyLimit: webhookBodyLimit) { await webhooks.receive($0) }
    }
    router.add(.get, "/livez", bodyLimit: 0) { await probes.live($0) }
    router.add(.get, "/readyz", bodyLimit: 0) { await probes.ready($0) }
    router.add(.get, "/openapi.yaml", bodyLimit: 0) { probes.contract($0) }
    addReading(to: &router)
    addChanging(to: &router)
    return router
  }

  private func addReading(to router: inout Router) {
    let services = ServiceEndpoints(pipeline: pipeline)
    let deployments = DeploymentEndpoints(pipeline: pipeline)
    let deliveries = DeliveryEndpoints(pipeline: pipeline)
    read(&router, "/api/v1/services", services.list)
    read(&router, "/api/v1/services/{service}", services.one)
    read(&router, "/api/v1/services/{service}/deployments", deployments.list)
    read(&router, "/api/v1/deployments", deployments.list)
    read(&router, "/api/v1/deployments/{id}", deployments.one)
    read(&router, "/api/v1/deliveries", deliveries.list)
    read(&router, "/api/v1/deliveries/{guid}", deliveries.one)
    read(&router, "/api/v1/audit", deliveries.audit)
    let log = LogEndpoint(pipeline: pipeline)
    router.add(.get, "/api/v1/deployments/{id}/log", bodyLimit: 0) { request in
      await answering(request) { call throws(Problem) in try await log.answer(call) }
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
    change(&router, .post, "/api/v1/deployments/{id}/cancel", deployments.cancel)
    change(&router, .post, "/api/v1/deployments/{id}/retry", deployments.retry)
    change(&router, .post, "/api/v1/deliveries/{guid}/redeliver", deliveries.redeliver)
    router.add(.post, "/api/v1/plan", bodyLimit: Self.bodyLimit) { request in
      await elsewhere(request) { call throws(Problem) in
        ServerResponse(try await deliveries.plan(call))
      }
    }
  }

  private typealias Endpoint = @Sendable (APICall) async throws(Problem) -> APIAnswer

  private func read(_ router: inout Router, _ pattern: String, _ endpoint: @escaping Endpoint) {
    router.add(.get, pattern, bodyLimit: 0) { request in
      await answering(request) { call throws(Problem) in
        ServerResponse(try await endpoint(call))
      }
    }
  }

  private func change(
    _ router: inout Router, _ method: HTTPRequest.Method, _ pattern: String,
    _ endpoint: @escaping Endpoint
  ) {
    let idempotency = Idempotency(pipeline: pipeline)
    router.add(method, pattern, bodyLimit: Self.bodyLimit) { request in
      await elsewhere(request) { call throws(Problem) in
        ServerResponse(try await idempotency.once(call, endpoint))
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
      throw Problem(415, "Unsupported Media Type", "the body must be application/json")
    }
  }

  /// Authenticates, reads what every call has, and turns problems into answers.
  private func answering(
    _ request: ServerRequest,
    _ body: (APICall) async throws(Problem) -> ServerResponse
  ) async -> ServerResponse {
    do throws(Problem) {
      let call = APICall(
        requestID: request.id, method: request.method.rawValue, path: request.path,
        parameters: request.parameters,
        query: try QueryReader(request.query), body: request.body,
        idempotencyKey: request.headers[.idempotencyKey],
        caller: try access.caller(authorization: request.headers[.authorization]))
      return try await body(call)
    } catch {
      return ProblemAnswers(logger: logger).answer(error, to: request)
    }
  }
}

extension HTTPField.Name {
  static let idempotencyKey = HTTPField.Name(validated: "Idempotency-Key")
}

import HTTPServer
import HTTPTypes
import HTTPWire
package import Metrics
import Synchronization

/// `GET /metrics` in Prometheus's text format: for tokens that may read, or for everybody.
package final class MetricsEndpoint: Sendable {
  private let registry: MetricRegistry
  private let anonymous: Atomic<Bool>

  package init(_ registry: MetricRegistry, anonymous: Bool) {
    self.registry = registry
    self.anonymous = Atomic(anonymous)
  }

  /// `server.metrics.anonymous`, as a reload has it.
  package func set(anonymous: Bool) { self.anonymous.store(anonymous, ordering: .relaxed) }

  func show(
    _ request: ServerRequest, authentication: Authentication
  ) async throws(Problem) -> ServerResponse {
    if !anonymous.load(ordering: .relaxed) {
      _ = try await authentication.authenticate(request)
    }
    return ServerResponse(
      .ok, headers: [.contentType: Exposition.contentType, .cacheControl: "no-store"],
      body: .bytes(Array(await registry.exposition().text.utf8)))
  }
}

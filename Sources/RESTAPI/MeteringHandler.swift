package import HTTPServer
import HTTPTypes
package import Metrics

/// Counts what another handler answers, and how long it took.
package struct MeteringHandler<Inner: HTTPHandler>: HTTPHandler {
  private let inner: Inner
  private let requests: Family<Counter>
  private let times: Family<Histogram>

  package init(_ inner: Inner, registry: MetricRegistry) {
    self.inner = inner
    requests = registry.counters(
      "slipway_http_requests_total", "Answered requests, refused ones too.",
      labels: ["area", "code"])
    times = registry.histograms(
      "slipway_http_request_seconds",
      "From a request's last byte to its answer's first; of streams, not how long they go on.",
      labels: ["area"], bounds: .answerTimes)
  }

  package func bodyLimit(for head: RequestHeadView) -> Int { inner.bodyLimit(for: head) }

  package func refusal(of refused: RefusedRequest) -> ServerResponse {
    let response = inner.refusal(of: refused)
    requests[Self.area(of: refused.head?.path), "\(response.status.code)"].add()
    return response
  }

  package func respond(to request: ServerRequest) async -> ServerResponse {
    let start = ContinuousClock.now
    let response = await inner.respond(to: request)
    let area = Self.area(of: request.path)
    requests[area, "\(response.status.code)"].add()
    times[area].observe(ContinuousClock.now - start)
    return response
  }

  /// Paths come from outside: a handful of words stands for them.
  private static func area(of path: String?) -> String {
    guard let path else { return "none" }
    if path.hasPrefix("/webhooks/") { return "webhooks" }
    if path.hasPrefix("/api/") { return "api" }
    switch path {
    case "/livez", "/readyz", "/metrics": return "operation"
    default: return "other"
    }
  }
}

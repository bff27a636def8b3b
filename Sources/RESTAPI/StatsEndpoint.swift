import DeployModel
import Pipeline

/// DORA's measures, for all services together or for each that is asked for.
struct StatsEndpoint: Sendable {
  let pipeline: Pipeline

  /// A longer history is measured by month, from outside.
  private static let longest: Duration = .seconds(366 * 86_400)
  /// R12: each is a query of its own.
  private static let services = 50

  func show(_ call: APICall) async throws(Problem) -> APIAnswer {
    try call.query.refuseUnknown(["service", "window"])
    let text = try call.query.value("window") ?? "30d"
    guard let window = DurationText.parse(text), window > .zero, window <= Self.longest else {
      throw .badRequest("window must be a duration such as 12h, 7d or 90d, at most 366d")
    }
    let names = call.query.values("service")
    guard names.count <= Self.services else {
      throw .badRequest("service may stand at most \(Self.services) times")
    }
    var services: [ServiceName?] = []
    for text in names {
      guard let name = ServiceName(text), try await pipeline.knows(name) else {
        throw .badRequest("there is no service \(text.prefix(100))")
      }
      services.append(name)
    }
    if services.isEmpty { services = [nil] }
    let now = pipeline.parts.clock.now()
    var shapes: [PerformanceShape] = []
    for service in services {
      let found = try await storing { () async throws(StoreError) in
        try await pipeline.parts.store.measurements(of: service, since: now.before(window))
      }
      let performance = DeliveryPerformance(
        of: found.deployments, visits: found.visits, window: window)
      shapes.append(PerformanceShape(performance, of: service, complete: found.isComplete))
    }
    return try .json(
      StatsShape(
        window: text, from: now.before(window).rfc3339, to: now.rfc3339, services: shapes))
  }
}

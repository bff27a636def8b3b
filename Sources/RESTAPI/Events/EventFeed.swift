import DeployModel
import Pipeline

/// Which events a client wants, and what each of them says: the shape that the API answers for the
/// same thing, as it is by now.
struct EventFeed: Sendable {
  let pipeline: Pipeline
  /// Empty: all.
  let services: Set<ServiceName>

  /// Nil where there is nothing to say: it concerns no service that is wanted, or is gone.
  func content(
    of event: PipelineEvent
  ) async throws -> (name: String, data: [UInt8])? {
    switch event {
    case .log: return nil
    case .deployment(let id):
      guard wants(id.service), let deployment = try await pipeline.parts.store.deployment(id)
      else { return nil }
      return ("deployment", try encodeJSON(DeploymentShape(deployment)))
    case .service(let name):
      guard wants(name) else { return nil }
      let state = try await pipeline.parts.store.serviceState(name)
      return ("service", try encodeJSON(ServiceShape(state, in: pipeline)))
    case .delivery(let guid):
      guard let delivery = try await pipeline.parts.store.delivery(guid), wants(delivery) else {
        return nil
      }
      return ("delivery", try encodeJSON(DeliveryShape(delivery)))
    }
  }

  private func wants(_ service: ServiceName) -> Bool {
    services.isEmpty || services.contains(service)
  }

  /// Of a delivery, the services that it triggers decide; before its evaluation it has none.
  private func wants(_ delivery: Delivery) -> Bool {
    services.isEmpty
      || delivery.matches.contains { $0.triggered && services.contains($0.service) }
      || delivery.deployments.contains { services.contains($0.service) }
  }
}

import DeployModel
import Pipeline
import PipelineKit

extension APIWorld {
  /// A deployment of `backend` that nobody works on: queued, with an empty log, until a test says
  /// otherwise.
  @discardableResult
  func makeDeployment() async throws -> DeploymentID {
    try await pipeline.store.create(
      NewDeployment(
        service: try serviceName("backend"), cause: .manual, actor: "ada",
        reason: "a reason that is as long as those that people give", source: nil,
        at: pipeline.clock.now())
    ).id
  }

  func appendLog(_ id: DeploymentID, _ bytes: [UInt8]) async throws {
    try await pipeline.store.appendLog(id, bytes)
    pipeline.pipeline.parts.events.publish(.log(id))
  }

  func end(_ id: DeploymentID) async throws {
    _ = try await pipeline.store.advance(
      id,
      DeploymentChange(
        from: [.queued], to: .cancelled, at: pipeline.clock.now(), reason: "the test ends it"))
    pipeline.pipeline.parts.events.publish(.deployment(id))
  }
}

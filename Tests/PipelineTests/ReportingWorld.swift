import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

/// A pipeline that reports to a board. Its clock stands still: between two calls the board asks for a
/// second, and nothing more is said until the test lets it pass.
struct ReportingWorld {
  let world: PipelineWorld
  let clock = ManualClock()
  var board: FakeBoard { world.board }

  init(
    services: [String] = ["backend"], statuses: Bool = true, deployments: Bool = false,
    required: [String] = [], isObserved: Bool = false
  ) async throws {
    let world = try await PipelineWorld.make(services: services, concurrency: 0, clock: clock)
    self.world = world
    board.ask(for: .seconds(1))
    let names = try required.map { try #require(ServiceName($0)) }
    try world.reconfigure { configuration in
      configuration.publicURL = "https://slipway.example.com"
      configuration.repositories[try PipelineWorld.repositoryName()]?.reporting =
        PipelineConfiguration.Reporting(
          statuses: statuses, deployments: deployments, required: Set(names))
      for name in configuration.services.keys where isObserved {
        configuration.services[name]?.argocd = [
          ArgoCDApplication(
            application: "shop-\(name)", project: nil, appNamespace: nil)
        ]
        configuration.services[name]?.rolloutDeadline = .seconds(86_400)
      }
    }
    world.start()
  }

  /// Builders are free from now on.
  func build() async {
    world.reconfigure { $0.buildConcurrency = 2 }
    await world.pipeline.wake()
  }

  /// Lets seconds pass until so many calls were taken, and none after: whatever becomes true from then
  /// on is not said before the test lets another second pass.
  func said(_ count: Int) async throws {
    try await eventually("\(count) calls; there are \(board.record)") {
      if board.record.count >= count { return true }
      clock.advance(by: .seconds(1))
      return false
    }
  }

  /// Lets seconds pass until everything that is true was said.
  func saidAll(of id: String) async throws {
    try await eventually("all of \(id); there is \(board.record)") {
      clock.advance(by: .seconds(1))
      let deployment = try await world.deployment(id)
      return try await world.store.report(of: deployment.id)?.said
        == DeploymentReport.Said(deployment)
    }
  }

  @discardableResult
  func reach(_ id: String, _ state: DeploymentState) async throws -> Deployment {
    try await world.reach(id, state)
  }

  /// A push whose deployment ends as committed, with all of it said.
  @discardableResult
  func deploy(
    _ id: String, of service: String = "backend", version: String
  ) async throws -> Deployment {
    try await world.push([service], version: version)
    let deployment = try await reach(id, .committed)
    try await saidAll(of: id)
    return deployment
  }

  func rollBack(hold: RollbackRequest.HoldChoice = .untilReleased) async throws -> Deployment {
    let rollback = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: try #require(ServiceName("backend")), target: nil, hold: hold,
        acceptMigrations: false, reason: "broken login", actor: "ada"))
    await world.pipeline.wake()
    return try await reach(rollback.id.description, .committed)
  }

  /// What was said of a service on a commit.
  func said(of service: String = "backend", on commit: String) -> [String] {
    board.record(of: "\(commit.prefix(7)) slipway/\(service)")
  }
}

/// `in 12s`, whatever it took, is `in …`.
func timeless(_ lines: [String]) -> [String] {
  lines.map { line in
    line.replacing(#/ in (\d+[smhd] ?)+/#, with: " in …")
  }
}

extension Deployment {
  var commit: String { source?.commit.hex ?? "" }
  var short: String { String(commit.prefix(7)) }
}

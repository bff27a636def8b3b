import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit

/// What people ask the API for, and what breaks.
extension Town {
  func command(_ step: Step) async throws {
    switch step {
    case .cancel(let pick):
      let all = try await records().filter { !$0.state.isFinal }
      guard !all.isEmpty else { return }
      _ = try await world.pipeline.cancelAndRetry.cancel(
        all[pick % all.count].id, actor: "ada", reason: "")
    case .retry(let pick):
      let all = try await records().filter { $0.state == .failed || $0.state == .cancelled }
      guard !all.isEmpty else { return }
      let retried = try await world.pipeline.cancelAndRetry.retry(
        all[pick % all.count].id, actor: "ada", reason: "")
      await world.pipeline.wake(retried.id.service)
    case .rollBack(let service, let pick, let length):
      try await rollBack(Self.services[service], pick, length)
    case .hold(let service, let length):
      let service = Self.services[service]
      _ = try await world.pipeline.holds.place(
        on: try name(service), until: length == .nextPush ? .nextPush : .released, reason: "",
        actor: "ada")
      granted.append(.hold(service, isNextPush: length == .nextPush))
    case .release(let service):
      let service = Self.services[service]
      _ = try await world.pipeline.holds.release(try name(service), reason: "", actor: "ada")
      granted.append(.release(service))
      await world.pipeline.wake(try name(service))
    case .deploy(let service, let pick, let rebuild, let overrideHold):
      let foreign = developer.foreign
      let created = try await world.pipeline.manualDeploy.request(
        ManualDeployRequest(
          service: try name(Self.services[service]),
          reference: pick.map { foreign[$0 % foreign.count] }, rebuild: rebuild,
          overrideHold: overrideHold, offBranch: false, reason: "", actor: "ada"))
      await world.pipeline.wake(created.id.service)
    default: try await disturb(step)
    }
  }

  private func rollBack(
    _ service: String, _ pick: Int?, _ length: Step.HoldLength
  ) async throws {
    let all = try await records().filter { $0.id.service.description == service }
    let target = pick.flatMap { all.isEmpty ? nil : all[$0 % all.count].id.description }
    let choice: RollbackRequest.HoldChoice =
      switch length {
      case .released: .untilReleased
      case .nextPush: .untilNextPush
      case .none: .none
      }
    let created = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: try name(service), target: target, hold: choice, acceptMigrations: true,
        reason: "", actor: "ada"))
    granted.append(.rollBack(created.id, isPrevious: target == nil))
    if length != .none { granted.append(.hold(service, isNextPush: length == .nextPush)) }
    await world.pipeline.wake(created.id.service)
  }

  private func disturb(_ step: Step) async throws {
    let files = FileManager.default
    let origin = world.monorepo.origin
    switch step {
    case .registry(let isDown):
      registryIsDown = isDown
      world.registry.fail(
        with: isDown
          ? RegistryError(
            code: .registryUnavailable, message: "down", disposition: .retry(after: nil)) : nil)
    case .refuse(let service):
      blame.pushes.insert(Self.services[service])
      try world.monorepo.directory.write(
        "\(Self.services[service])\n", to: "origin.git/refuse")
    case .accept:
      if files.fileExists(atPath: "\(origin)/refuse") {
        try files.removeItem(atPath: "\(origin)/refuse")
      }
    case .lock:
      guard !isLocked else { return }
      try world.monorepo.directory.write("", to: "origin.git/refs/heads/main.lock")
      isLocked = true
    case .unlock: if isLocked { try unlock() }
    case .loseAnswer: try world.monorepo.directory.write("", to: "origin.git/drop")
    case .restart:
      process.die()
      try await start()
    case .crash(let moment, let isAfter): process.die(at: moment, isAfter: isAfter)
    case .stall(let moment): process.stall(at: moment)
    case .overtake(let service):
      process.stall(at: .landing)
      for _ in 1...2 { try await land(service) }
    case .refuseWrite(let moment): process.refuse(moment)
    default: throw ShellFailure("nobody takes \(step)")
    }
  }

  func unlock() throws {
    try FileManager.default.removeItem(atPath: "\(world.monorepo.origin)/refs/heads/main.lock")
    isLocked = false
  }

  /// Every deployment, oldest first.
  func records() async throws -> [Deployment] {
    var all: [Deployment] = []
    var cursor: Int64?
    repeat {
      let page = try await world.store.deployments(DeploymentQuery(before: cursor, limit: 200))
      all += page.items
      cursor = page.nextCursor
    } while cursor != nil
    return all.sorted { $0.sequence < $1.sequence }
  }
}

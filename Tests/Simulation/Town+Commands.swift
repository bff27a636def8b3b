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
    case .rollBack(let service, let pick, let length, let accepts):
      try await rollBack(Self.services[service], pick, length, acceptsMigrations: accepts)
    case .hold(let service, let length): try await hold(Self.services[service], length)
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
    case .waitAnHour: told.jump(by: Step.hour)
    case .argo(let service, let condition):
      try await refresh()
      let name = try await rollingOut() ?? Self.services[service]
      if argo.observed.contains(name) { try argo.show(name, condition, manifests) }
    default: try await disturb(step)
    }
  }

  private func hold(_ service: String, _ length: Step.HoldLength) async throws {
    let until: Holds.Length =
      switch length {
      case .nextPush: .nextPush
      case .hour: .duration(Step.hour)
      case .released, .none: .released
      }
    try await world.pipeline.holds.place(
      on: try name(service), until: until, reason: "", actor: "ada")
    let state = try await world.store.serviceState(try name(service))
    if let hold = state.hold { granted.append(.hold(service, hold.until)) }
  }

  private func disturb(_ step: Step) async throws {
    switch step {
    case .registry(let isDown):
      registryIsDown = isDown
      registryWasDown = registryWasDown || isDown
      world.registry.fail(
        with: isDown
          ? RegistryError(
            code: .registryUnavailable, message: "down", disposition: .retry(after: nil)) : nil)
    case .refuse(let service):
      blame.pushes.insert(Self.services[service])
      try installHooks()
      try write("\(Self.services[service])\n", to: "refuse")
    case .accept:
      let path = "\(manifests.origin)/refuse"
      let files = FileManager.default
      if files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
    case .lock:
      guard !isLocked else { return }
      try write("", to: "refs/heads/main.lock")
      isLocked = true
    case .unlock: if isLocked { try unlock() }
    case .loseAnswer:
      try installHooks()
      try write("", to: "drop")
    case .race:
      try installHooks()
      try write("", to: "race")
    case .argoIsSilent(let isSilent): argo.fall(silent: isSilent)
    case .restart:
      process.die()
      try await start()
    case .crash(let moment, let isAfter): process.die(at: moment, isAfter: isAfter)
    case .stall(let moment): process.stall(at: moment)
    case .outrun(let service): try await outrun(service)
    case .overtake(let service):
      process.stall(at: .landing)
      for _ in 1...2 { try await land(service) }
    case .refuseWrite(let moment): process.refuse(moment)
    default: throw ShellFailure("nobody takes \(step)")
    }
  }

  private func rollingOut() async throws -> String? {
    try await world.store.deployments(DeploymentQuery(states: [.syncing], limit: 1)).items.first
      .map { "\($0.id.service)" }
  }

  func unlock() throws {
    try FileManager.default.removeItem(atPath: "\(manifests.origin)/refs/heads/main.lock")
    isLocked = false
  }
}

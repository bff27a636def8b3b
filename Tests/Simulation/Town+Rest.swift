import DeployModel
import Pipeline
import PipelineKit
import TestKit

/// When nothing moves any more without a next step.
extension Town {
  /// What is broken and not given up at once: what waits for it is no fault.
  var isHindered: Bool { registryIsDown || isLocked }

  /// Returns false if something is broken, so that rest cannot be waited for.
  func settle() async throws -> Bool {
    process.goOn()
    if isHindered {
      try await Task.sleep(for: .milliseconds(60))
      try await replaceTheDead()
      return false
    }
    var calm = 0
    var last: [String] = []
    try await eventually("rest", within: .seconds(40)) {
      try await self.replaceTheDead()
      let moving = try await self.moving()
      if !moving.isEmpty {
        calm = 0
        last = moving
        return false
      }
      calm += 1
      // Whatever was recorded wakes somebody; git is compared once more when all is quiet.
      // What could not be written is tried again at the next look.
      let tip = try tip(of: self.world.monorepo.origin) + " \(self.process.refusals)"
      if tip != self.lookedAt {
        await self.world.pipeline.lookAtGit(catchingUp: false)
        self.lookedAt = tip
        calm = 0
        return false
      }
      return calm > 2
    } orTell: {
      last.joined(separator: ", ")
    }
    return !process.isDead
  }

  /// What still goes on by itself.
  private func moving() async throws -> [String] {
    let target = RepositoryBranch(
      repository: try PipelineWorld.repositoryName(), branch: try PipelineWorld.branchName())
    var moving = try await world.store.pendingPushes(
      repository: target.repository, branch: target.branch, limit: 10
    ).map { "\($0.delivery) is pending" }
    let open = try await world.store.deployments(
      DeploymentQuery(
        states: [.queued, .building, .publishing, .committing, .syncing], limit: 200)
    ).items
    let building = world.builder.running
    for deployment in open {
      let id = deployment.id
      let waits =
        switch deployment.state {
        case .building: building.contains(id)
        case .queued:
          building.contains { $0.service == id.service } || building.count >= concurrency
        default: false
        }
      if !waits { moving.append("\(id) is \(deployment.state.rawValue)") }
    }
    return moving
  }
}

private func eventually(
  _ what: String, within limit: Duration, _ condition: () async throws -> Bool,
  orTell words: () -> String
) async throws {
  do {
    try await eventually(what, within: limit, condition)
  } catch let never as NeverHappened {
    throw Violation("R1", "\(never.description): \(words())")
  }
}

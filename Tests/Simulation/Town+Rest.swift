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
      if try await self.catchesUp() {
        calm = 0
        last = ["the branch is caught up"]
        return false
      }
      let moving = try await self.moving()
      if !moving.isEmpty {
        calm = 0
        last = moving
        return false
      }
      calm += 1
      // Whatever was recorded wakes somebody; git is compared once more when all is quiet.
      // What could not be written is tried again at the next look.
      let tips = try Set([self.sources, self.manifests].map(\.origin)).map { try tip(of: $0) }
      let seen = "\(tips.sorted()) \(self.process.refusals)"
      if seen != self.lookedAt {
        await self.world.pipeline.lookAtGit(catchingUp: false)
        self.lookedAt = seen
        calm = 0
        return false
      }
      return calm > 2
    } orTell: {
      last.joined(separator: ", ")
    }
    return !process.isDead
  }

  /// Each look is one of those that go on for ever; what was missed is found by the second.
  private func catchesUp() async throws -> Bool {
    guard isCatchingUp else { return false }
    let cursor = try await world.store.cursor(
      repository: PipelineWorld.repositoryName(), branch: PipelineWorld.branchName())?.hex
    isCatchingUp = try cursor != tip(of: sources.origin)
    if isCatchingUp { await world.pipeline.lookAtGit() }
    return isCatchingUp
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
          building.contains { $0.service == id.service } || building.count >= schedule.concurrency
        case .syncing: !isDecided(deployment)
        default: false
        }
      if !waits { moving.append("\(id) is \(deployment.state.rawValue)") }
    }
    for service in Self.services {
      let state = try await world.state(service)
      if case .time(let end) = state.hold?.until, end <= told.now() {
        moving.append("the hold of \(service) is over")
      }
      if let id = state.current?.deployment, let failed = try await world.store.deployment(id),
        failed.failure?.code == .rolloutFailed, argo.last(service)?.isBroken == false,
        isDecided(failed)
      {
        moving.append("\(id) has recovered")
      }
    }
    return moving
  }

  /// What Argo CD shows, or the time that has passed, leaves nothing to wait for (R11).
  private func isDecided(_ deployment: Deployment) -> Bool {
    guard !argo.isSilent, let showing = argo.last("\(deployment.id.service)") else { return false }
    if deployment.state == .syncing, told.now() - deployment.updatedAt > Step.hour { return true }
    guard deployment.image?.tags.contains(where: { $0.name == showing.tag }) == true else {
      return false
    }
    return showing.isBroken || showing.isWell && shows(showing, deployment)
  }

  /// At its commit or a descendant of it.
  func shows(_ showing: ArgoCDDouble.Showing, _ deployment: Deployment) -> Bool {
    guard let commit = deployment.manifestCommit?.hex else { return false }
    return manifests.isAncestor(commit, of: showing.revision)
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

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
    let isAtRest = try await comes {
      try await self.replaceTheDead()
      if try await self.catchesUp() {
        calm = 0
        last = ["the branch is caught up"]
        return false
      }
      let moving = try await self.moving()
      if !moving.isEmpty {
        // A process that has just begun takes a minute before it gives up what is overdue.
        if try await self.isOverdue() { self.told.jump(by: .seconds(60)) }
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
    }
    guard isAtRest else {
      throw Violation("R1", "it never comes to rest: \(last.joined(separator: ", "))")
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
    let ledger = try await ledger()
    var moving = ledger.pending.map { "\($0) is pending" }
    let building = world.builder.running
    for deployment in ledger.deployments where !deployment.state.isFinal {
      let id = deployment.id
      let waits =
        switch deployment.state {
        case .building: building.contains(id)
        case .queued:
          building.contains { $0.service == id.service } || building.count >= schedule.concurrency
        case .syncing: !isDecided(deployment)
        case .held: true
        default: false
        }
      if !waits { moving.append("\(id) is \(deployment.state.rawValue)") }
    }
    for state in ledger.services {
      let service = "\(state.service)"
      if case .time(let end) = state.hold?.until, end <= told.now() {
        moving.append("the hold of \(service) is over")
      }
      if argo.observed.contains(service), argo.last(service)?.isBroken == false,
        let id = state.current?.deployment,
        let failed = ledger.deployments.first(where: { $0.id == id }),
        failed.failure?.code == .rolloutFailed, isDecided(failed)
      {
        moving.append("\(id) has recovered")
      }
    }
    return moving
  }

  /// What Argo CD shows, or the time that has passed, leaves nothing to wait for (R11).
  private func isDecided(_ deployment: Deployment) -> Bool {
    guard !argo.isSilent, let showing = argo.last("\(deployment.id.service)") else { return false }
    if isOverdue(deployment) { return true }
    guard deployment.image?.tags.contains(where: { $0.name == showing.tag }) == true else {
      return false
    }
    // A revision that a force push took away cannot be fetched any more.
    return showing.isBroken
      || showing.isWell && manifests.isOnBranch(showing.revision) && shows(showing, deployment)
  }

  private func isOverdue() async throws -> Bool {
    try await ledger().deployments.contains { isOverdue($0) && isDecided($0) }
  }

  private func isOverdue(_ deployment: Deployment) -> Bool {
    deployment.state == .syncing && told.now() - deployment.updatedAt > Step.hour
  }

  /// At its commit or a descendant of it.
  func shows(_ showing: ArgoCDDouble.Showing, _ deployment: Deployment) -> Bool {
    guard let commit = deployment.manifestCommit?.hex else { return false }
    return manifests.isAncestor(commit, of: showing.revision)
  }
}

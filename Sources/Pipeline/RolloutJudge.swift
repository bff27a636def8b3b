import DeployModel
import Git
import Logging

/// Holds what an application looks like against the deployments that wait there, and records what
/// follows (R11).
actor RolloutJudge {
  /// What is known of a deployment beyond its record; gone with the process, and found again.
  private struct Memory {
    var said = ""
    var notes = 0
    var doubtSince: Timestamp?
    var wasAskedToSync = false
  }

  private let parts: PipelineParts
  private var memories: [DeploymentID: Memory] = [:]
  /// Whose failure was handed on: once each, though it is seen again and again.
  private var handedOn: Set<DeploymentID> = []

  /// A degraded application may be well again a moment later.
  private static let doubt: Duration = .seconds(10)
  /// R12: rows of one timeline that waiting may add.
  private static let noteLimit = 50

  init(parts: PipelineParts) { self.parts = parts }

  /// What waits for its rollout.
  func underWay(of services: [Service]) async throws(StoreError) -> [Deployment] {
    var found: [Deployment] = []
    for service in services {
      for id in try await parts.store.serviceState(service.name).inFlight {
        if let deployment = try await parts.store.deployment(id), deployment.state == .syncing {
          found.append(deployment)
        }
      }
    }
    return found
  }

  /// - Returns: what has failed now, or had failed when an earlier process died.
  func decide(
    _ waiting: [Deployment], _ rollout: Rollout, _ services: [Service]
  ) async throws(StoreError) -> [Deployment] {
    let names = Set(services.map(\.name))
    let ids = Set(waiting.map(\.id))
    memories = memories.filter { !names.contains($0.key.service) || ids.contains($0.key) }
    var failed: [Deployment] = []
    for deployment in waiting {
      guard let service = services.first(where: { $0.name == deployment.id.service }) else {
        continue
      }
      let verdict = await verdict(on: rollout, deployment)
      await record(verdict, of: deployment, service, rollout)
    }
    for service in services {
      if let deployment = try await stillFailed(service, rollout) { failed.append(deployment) }
    }
    return failed
  }

  /// Nobody watches it any more.
  func leave(_ deployment: Deployment) async {
    await conclude(
      deployment,
      DeploymentChange(
        from: [.syncing], to: .committed, at: parts.clock.now(),
        reason: "no application of Argo CD is configured for the service any more"))
  }

  /// R11: that Argo CD is down delays, and decides nothing.
  func noteSilence(_ waiting: [Deployment], _ error: RolloutError) async {
    for deployment in waiting {
      await say("\(error.message); it is asked again", of: deployment)
      guard error.kind != .unavailable,
        let service = parts.configuration.current.services[deployment.id.service],
        isOverdue(deployment, service)
      else { continue }
      await fail(deployment, because: overdue(service, error.message))
    }
  }

  // MARK: The verdict

  private func verdict(
    on rollout: Rollout, _ deployment: Deployment
  ) async -> RolloutRule.Verdict {
    guard let image = deployment.image, let commit = deployment.manifestCommit else {
      return .waiting("there is no image to look for")
    }
    var reached: Set<String> = []
    for revision in Set(rollout.revisions + (rollout.operation?.revisions ?? []))
    where await contains(revision, commit, deployment) {
      reached.insert(revision)
    }
    return RolloutRule.verdict(on: rollout, image: image) { reached.contains($0) }
  }

  /// A revision that the mirror does not know may be newer than its last fetch.
  private func contains(
    _ revision: String, _ commit: CommitSHA, _ deployment: Deployment
  ) async -> Bool {
    if revision == commit.hex { return true }
    guard let tip = CommitSHA(revision), let location = deployment.location,
      let mirror = parts.mirrors[location.repository]
    else { return false }
    do {
      if try await mirror.descends(tip, from: commit) { return true }
      guard try await !mirror.contains(tip) else { return false }
      _ = try await mirror.fetch(location.branch)
      return try await mirror.descends(tip, from: commit)
    } catch {
      parts.logger.notice(
        "ancestry is not known", metadata: ["revision": "\(revision)", "error": "\(error)"])
      return false
    }
  }

  private func record(
    _ verdict: RolloutRule.Verdict, of deployment: Deployment, _ service: Service,
    _ rollout: Rollout
  ) async {
    let now = parts.clock.now()
    switch verdict {
    case .live:
      await conclude(
        deployment,
        DeploymentChange(
          from: [.syncing], to: .live, at: now, reason: "synced, healthy, and the image runs"))
    case .failed(let reason): await fail(deployment, because: reason)
    case .doubtful(let reason):
      let since = memories[deployment.id]?.doubtSince ?? now
      memories[deployment.id, default: Memory()].doubtSince = since
      await say(reason, of: deployment)
      if now - since >= Self.doubt { await fail(deployment, because: reason) }
    case .waiting(let reason):
      memories[deployment.id]?.doubtSince = nil
      await say(reason, of: deployment)
      if isOverdue(deployment, service) {
        await fail(deployment, because: overdue(service, reason))
      } else {
        await syncIfAsked(deployment, service, rollout)
      }
    }
  }

  private func isOverdue(_ deployment: Deployment, _ service: Service) -> Bool {
    parts.clock.now() - deployment.updatedAt > service.rolloutDeadline
  }

  private func overdue(_ service: Service, _ reason: String) -> String {
    "not live within \(DurationText.format(service.rolloutDeadline)): \(reason)"
  }

  /// Where auto-sync is off somebody has to start it; the exact commit, so that what is rolled out is
  /// what this deployment says. Beside auto-sync it would deploy the new, the old, then the new.
  private func syncIfAsked(
    _ deployment: Deployment, _ service: Service, _ rollout: Rollout
  ) async {
    guard !rollout.isAutoSynced, rollout.sync == .outOfSync, !rollout.isOperationAsked,
      memories[deployment.id]?.wasAskedToSync != true, let application = service.argocd,
      let commit = deployment.manifestCommit
    else { return }
    do throws(RolloutError) {
      try await parts.rollouts.sync(application, to: commit)
      memories[deployment.id, default: Memory()].wasAskedToSync = true
      await say("auto-sync is off: asked Argo CD to sync \(commit.short())", of: deployment)
    } catch {
      await say(error.message, of: deployment)
    }
  }

  // MARK: The record

  /// What is deployed although its rollout was given up: live if it is well after all.
  ///
  /// - Returns: it, if it failed so shortly ago that it is news.
  private func stillFailed(
    _ service: Service, _ rollout: Rollout
  ) async throws(StoreError) -> Deployment? {
    guard let id = try await parts.store.serviceState(service.name).current?.deployment,
      let deployment = try await parts.store.deployment(id),
      deployment.failure?.code == .rolloutFailed
    else { return nil }
    let now = parts.clock.now()
    if await verdict(on: rollout, deployment) == .live {
      await conclude(
        deployment,
        DeploymentChange(
          from: [.failed], to: .live, at: now,
          reason: "it recovered: synced, healthy, and the image runs"))
      return nil
    }
    guard let end = deployment.finishedAt, now - end < service.rolloutDeadline,
      handedOn.insert(id).inserted
    else { return nil }
    return deployment
  }

  private func fail(_ deployment: Deployment, because reason: String) async {
    await conclude(
      deployment,
      DeploymentChange(
        from: [.syncing], to: .failed, at: parts.clock.now(), reason: reason,
        failure: DeploymentFailure(stage: .syncing, code: .rolloutFailed, message: reason)))
  }

  private func conclude(_ deployment: Deployment, _ change: DeploymentChange) async {
    memories[deployment.id] = nil
    do {
      try await parts.store.advance(deployment.id, change)
    } catch .conflict {
      // It ended otherwise meanwhile.
      return
    } catch {
      parts.logger.warning(
        "the end of a rollout was not recorded",
        metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
      return
    }
    parts.events.publish(.deployment(deployment.id))
  }

  /// In the timeline, where it is not what was said last.
  private func say(_ sentence: String, of deployment: Deployment) async {
    var memory = memories[deployment.id] ?? Memory()
    guard memory.said != sentence, memory.notes < Self.noteLimit else { return }
    memory.said = sentence
    memory.notes += 1
    memories[deployment.id] = memory
    do {
      try await parts.store.note(deployment.id, sentence, details: nil, at: parts.clock.now())
      parts.events.publish(.deployment(deployment.id))
    } catch {
      parts.logger.warning(
        "a rollout's state was not noted",
        metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
    }
  }
}

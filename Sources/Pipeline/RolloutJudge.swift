import DeployModel
import Logging

/// Holds what a place looks like against the deployments that wait there, and records what
/// follows (R11).
actor RolloutJudge {
  /// What is known of a deployment beyond its record; gone with the process, and found again.
  private struct Memory {
    var notes = 0
    /// When this process saw it first.
    var since: Timestamp
    /// Since when it wants its commit in the cluster: what Argo CD did with it before is not its own.
    var wanted: Timestamp?
    /// Until when an earlier process may have seen a window in its way.
    var heldUpBefore: Timestamp?
    var seen: [RolloutPlace: Seen] = [:]
  }

  /// Of one of the service's places.
  private struct Seen {
    var said = ""
    /// States of hooks that were said, by their names.
    var hooks: [String: String] = [:]
    var doubtSince: Timestamp?
    var heldUpAt: Timestamp?
    /// Since when nobody could see what it looks like.
    var unseenSince: Timestamp?
    /// How long that was, in all, since it was held up last.
    var unseen = Duration.zero
    /// The sync that was asked for, once.
    var asked: AskedSync?
    var isLive = false
  }

  private struct AskedSync {
    /// When the operation began that was the last one then; whichever comes after it is ours, whatever
    /// the time is by Argo CD's clock.
    var lastStart: Timestamp?
  }

  private let parts: PipelineParts
  private let revisions: RolloutRevisions
  private var memories: [DeploymentID: Memory] = [:]
  /// Of whose failure nothing follows any more, though it is seen again and again.
  private var handedOn: Set<DeploymentID> = []
  /// Of what has failed, the places where it is well after all.
  private var recovering: [DeploymentID: Set<RolloutPlace>] = [:]

  /// A degraded application may be well again a moment later: an autoscaler says Degraded until it has
  /// the new pods' first figures, which takes most of a minute.
  private static let doubt: Duration = .seconds(60)
  /// A process that takes up what another left has not asked for a sync yet, nor had it compared.
  private static let firstSight: Duration = .seconds(60)
  /// Beside the sentence of what is held up.
  private static let untimed = "takes no time from the rollout's deadline"
  /// R12: rows of one timeline that waiting may add.
  private static let noteLimit = 50

  init(parts: PipelineParts) {
    self.parts = parts
    revisions = RolloutRevisions(mirrors: parts.mirrors)
  }

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
    _ waiting: [Deployment], _ sight: RolloutSight, _ services: [Service], _ place: RolloutPlace
  ) async throws(StoreError) -> [Deployment] {
    let names = Set(services.map(\.name))
    let ids = Set(waiting.map(\.id))
    memories = memories.filter { !names.contains($0.key.service) || ids.contains($0.key) }
    var failed: [Deployment] = []
    for deployment in waiting {
      try await takeUp(deployment)
      guard let service = services.first(where: { $0.name == deployment.id.service }) else {
        continue
      }
      let judgement = Judgement(
        deployment: deployment, service: service, place: place, sight: sight)
      let reached: Set<String>
      do {
        reached = try await revisions.reached(sight, deployment)
      } catch {
        await sayUnseen("git does not say what Argo CD has: \(error)", of: deployment, place)
        continue
      }
      noteSeen(deployment, place)
      await sayHooks(judgement, reached)
      await record(verdict(on: sight, at: place, deployment, reached), judgement)
    }
    for service in services {
      if let deployment = try await stillFailed(service, sight, place) {
        failed.append(deployment)
      }
    }
    return failed
  }

  /// What an earlier process saw stands in the timeline: a window was in the way until something
  /// else was said, or until now.
  private func takeUp(_ deployment: Deployment) async throws(StoreError) {
    guard memories[deployment.id] == nil else { return }
    let timeline = try await parts.store.timeline(deployment.id)
    let now = parts.clock.now()
    let heldUpBefore = timeline.lastIndex { $0.details == Self.untimed }.map { last in
      timeline.dropFirst(last + 1).first?.at ?? now
    }
    // Not `syncing`: Argo CD may hear of the commit before that is on record.
    let wanted = timeline.first { $0.state == .committing }?.at
    memories[deployment.id] = Memory(since: now, wanted: wanted, heldUpBefore: heldUpBefore)
  }

  /// One look at one of the places of a deployment's service.
  private struct Judgement {
    var deployment: Deployment
    var service: Service
    var place: RolloutPlace
    var sight: RolloutSight

    var wellness: String { sight.wellness(of: deployment.image) }

    /// Where there are several, each says its name.
    func sentence(_ text: String) -> String {
      service.places.count > 1 ? "\(place.name): \(text)" : text
    }
  }

  /// Nobody watches it any more.
  func leave(_ deployment: Deployment) async {
    await conclude(
      deployment,
      DeploymentChange(
        from: [.syncing], to: .committed, at: parts.clock.now(),
        reason: "nothing is configured any more by which its rollout could be seen"))
  }

  /// R11: that nobody answers delays, and decides nothing: the time that it takes does not count.
  func noteSilence(
    _ waiting: [Deployment], _ error: RolloutError, of place: RolloutPlace
  ) async throws(StoreError) {
    for deployment in waiting {
      try await takeUp(deployment)
      let sentence = "\(error.message); it is asked again"
      guard error.kind != .unavailable else {
        await sayUnseen(sentence, of: deployment, place)
        continue
      }
      memories[deployment.id]?.seen[place]?.doubtSince = nil
      await say(sentence, of: deployment, place)
      guard let service = parts.configuration.current.services[deployment.id.service],
        isOverdue(deployment, service)
      else { continue }
      await fail(deployment, because: overdue(service, error.message))
    }
  }

  private func sayUnseen(
    _ sentence: String, of deployment: Deployment, _ place: RolloutPlace
  ) async {
    var seen = memories[deployment.id]?.seen[place] ?? Seen()
    // Nobody saw what was doubted in between.
    seen.doubtSince = nil
    seen.unseenSince = seen.unseenSince ?? parts.clock.now()
    memories[deployment.id]?.seen[place] = seen
    await say(sentence, of: deployment, place, details: Self.untimed)
  }

  /// After a while it is as at first sight: nothing was asked for, nor compared.
  private func noteSeen(_ deployment: Deployment, _ place: RolloutPlace) {
    guard var memory = memories[deployment.id], var seen = memory.seen[place],
      let since = seen.unseenSince
    else { return }
    let now = parts.clock.now()
    seen.unseenSince = nil
    seen.unseen += now - since
    memory.seen[place] = seen
    if now - since >= Self.firstSight { memory.since = now }
    memories[deployment.id] = memory
  }

  // MARK: The verdict

  private func verdict(
    on sight: RolloutSight, at place: RolloutPlace, _ deployment: Deployment,
    _ reached: Set<String>
  ) -> RolloutRule.Verdict {
    guard let image = deployment.image, deployment.manifestCommit != nil else {
      return .waiting("there is no image to look for")
    }
    switch sight {
    case .application(let rollout):
      let asked = memories[deployment.id]?.seen[place]?.asked
      let isOurs = asked.map { $0.lastStart != rollout.operation?.startedAt } ?? false
      return RolloutRule.verdict(
        on: rollout, image: image, wanted: isOurs ? nil : memories[deployment.id]?.wanted
      ) { reached.contains($0) }
    case .workload(let workload): return WorkloadRule.verdict(on: workload, image: image)
    }
  }

  private func record(_ verdict: RolloutRule.Verdict, _ judgement: Judgement) async {
    let now = parts.clock.now()
    let deployment = judgement.deployment
    var seen = memories[deployment.id]?.seen[judgement.place] ?? Seen()
    seen.isLive = verdict == .live
    if case .doubtful = verdict {
      seen.doubtSince = seen.doubtSince ?? now
    } else {
      seen.doubtSince = nil
    }
    if case .heldUp = verdict {
      seen.heldUpAt = now
      seen.unseen = .zero
    }
    memories[deployment.id]?.seen[judgement.place] = seen
    switch verdict {
    case .live: await recordLive(judgement)
    case .failed(let reason): await fail(deployment, because: judgement.sentence(reason))
    case .doubtful(let reason):
      await say(reason, judgement)
      if let since = seen.doubtSince, now - since >= Self.doubt {
        await fail(deployment, because: judgement.sentence(reason))
      }
    case .heldUp(let reason):
      await say(
        judgement.sentence(reason), of: deployment, judgement.place, details: Self.untimed)
    case .waiting(let reason): await wait(reason, judgement)
    case .waitingForSync(let reason):
      if await wait(reason, judgement) { await sync(judgement) }
    }
  }

  /// - Returns: false where it was waited for too long.
  @discardableResult
  private func wait(_ reason: String, _ judgement: Judgement) async -> Bool {
    let (deployment, service) = (judgement.deployment, judgement.service)
    await say(reason, judgement)
    guard isOverdue(deployment, service) else { return true }
    await fail(deployment, because: overdue(service, judgement.sentence(reason)))
    return false
  }

  /// Live is what is live in all of the service's places.
  private func recordLive(_ judgement: Judgement) async {
    let seen = memories[judgement.deployment.id]?.seen ?? [:]
    guard judgement.service.places.allSatisfy({ seen[$0]?.isLive == true }) else {
      await say(judgement.wellness, judgement)
      return
    }
    await conclude(
      judgement.deployment,
      DeploymentChange(
        from: [.syncing], to: .live, at: parts.clock.now(),
        reason: judgement.wellness))
  }

  /// Time that a sync window took does not count, nor that in which nobody could see, nor is anything
  /// overdue at first sight.
  private func isOverdue(_ deployment: Deployment, _ service: Service) -> Bool {
    guard let memory = memories[deployment.id] else { return false }
    let heldUp =
      memory.seen.values.compactMap(\.heldUpAt) + [memory.heldUpBefore].compactMap(\.self)
    let begin = heldUp.reduce(deployment.updatedAt, max)
    let unseen = memory.seen.values.map(\.unseen).max() ?? .zero
    let now = parts.clock.now()
    return now - begin - unseen > service.rolloutDeadline
      && now - memory.since >= min(Self.firstSight, service.rolloutDeadline)
  }

  private func overdue(_ service: Service, _ reason: String) -> String {
    "not live within \(DurationText.format(service.rolloutDeadline)): \(reason)"
  }

  /// Once. Where auto-sync is off the exact commit, so that what is rolled out is what this deployment
  /// says; beside auto-sync Argo CD takes none but what git has.
  private func sync(_ judgement: Judgement) async {
    let (deployment, place) = (judgement.deployment, judgement.place)
    guard case .application(let application) = place,
      case .application(let rollout) = judgement.sight,
      memories[deployment.id]?.seen[place]?.asked == nil,
      let commit = deployment.manifestCommit
    else { return }
    do throws(RolloutError) {
      try await parts.rollouts.sync(application, to: rollout.isAutoSynced ? nil : commit)
      memories[deployment.id]?.seen[place, default: Seen()].asked = AskedSync(
        lastStart: rollout.operation?.startedAt)
      await say(
        rollout.isAutoSynced
          ? "asked Argo CD to sync again"
          : "auto-sync is off: asked Argo CD to sync \(commit.short())", judgement)
    } catch {
      await say(error.message, judgement)
    }
  }

  /// How the jobs before and after a sync ended; that they run is what the verdict waits for.
  private func sayHooks(_ judgement: Judgement, _ reached: Set<String>) async {
    guard case .application(let rollout) = judgement.sight, let operation = rollout.operation,
      operation.revisions.contains(where: { reached.contains($0) })
    else { return }
    for hook in operation.hooks where ["Succeeded", "Failed", "Error"].contains(hook.state) {
      let (id, place) = (judgement.deployment.id, judgement.place)
      guard memories[id]?.seen[place]?.hooks[hook.name] != hook.state else { continue }
      memories[id]?.seen[place, default: Seen()].hooks[hook.name] = hook.state
      let end = hook.state == "Succeeded" ? "succeeded" : "failed"
      await note(
        judgement.sentence("the \(hook.phase) hook \(hook.name) \(end)"),
        of: judgement.deployment, details: hook.message.isEmpty ? nil : hook.message)
    }
  }

  // MARK: The record

  /// What is deployed although its rollout was given up: live if it is well after all.
  ///
  /// - Returns: it, if it failed so shortly ago that it is news.
  private func stillFailed(
    _ service: Service, _ sight: RolloutSight, _ place: RolloutPlace
  ) async throws(StoreError) -> Deployment? {
    guard let id = try await parts.store.serviceState(service.name).current?.deployment,
      let deployment = try await parts.store.deployment(id),
      deployment.failure?.code == .rolloutFailed
    else { return nil }
    let now = parts.clock.now()
    var verdict: RolloutRule.Verdict?
    do {
      verdict = self.verdict(
        on: sight, at: place, deployment, try await revisions.reached(sight, deployment))
    } catch {
      parts.logger.notice(
        "whether a rollout has recovered is not known",
        metadata: ["deployment": "\(id)", "error": "\(error)"])
    }
    if verdict == .live {
      recovering[id, default: []].insert(place)
      guard recovering[id]?.isSuperset(of: service.places) == true else { return nil }
      recovering[id] = nil
      await conclude(
        deployment,
        DeploymentChange(
          from: [.failed], to: .live, at: now,
          reason: "it recovered: \(sight.wellness(of: deployment.image))"))
      return nil
    }
    recovering[id]?.remove(place)
    guard let end = deployment.finishedAt, now - end < service.rolloutDeadline,
      !handedOn.contains(id)
    else { return nil }
    return deployment
  }

  /// What follows from its failure is done, or is not to be.
  func handOn(_ id: DeploymentID) { handedOn.insert(id) }

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
    } catch {
      parts.logger.warning(
        "the end of a rollout was not recorded",
        metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
    }
  }

  private func say(_ sentence: String, _ judgement: Judgement) async {
    await say(judgement.sentence(sentence), of: judgement.deployment, judgement.place)
  }

  /// In the timeline, where it is not what was said last.
  private func say(
    _ sentence: String, of deployment: Deployment, _ place: RolloutPlace, details: String? = nil
  ) async {
    guard memories[deployment.id]?.seen[place]?.said != sentence else { return }
    memories[deployment.id]?.seen[place, default: Seen()].said = sentence
    await note(sentence, of: deployment, details: details)
  }

  private func note(_ sentence: String, of deployment: Deployment, details: String? = nil) async {
    guard let notes = memories[deployment.id]?.notes, notes < Self.noteLimit else { return }
    memories[deployment.id]?.notes += 1
    do {
      try await parts.store.note(
        deployment.id, sentence, details: details, at: parts.clock.now())
    } catch {
      parts.logger.warning(
        "a rollout's state was not noted",
        metadata: ["deployment": "\(deployment.id)", "error": "\(error)"])
    }
  }
}

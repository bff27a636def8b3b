import DeployModel
import Git
import Logging

/// What has to be done again and again, each on its own: a slow one delays no other.
struct Housekeeping: Sendable {
  let parts: PipelineParts
  let holds: Holds
  let evaluators: BranchEvaluators
  let images: ImageCleanup
  let wakeScheduler: @Sendable () async -> Void
  let looks: GitLooks

  private static let holdsEvery: Duration = .seconds(1)
  private static let mirrorsEvery: Duration = .seconds(60)
  /// Often, so that there are never many more than are kept, whatever arrives: the store would grow
  /// by what comes in between, and have to delete it in one go.
  private static let deliveriesEvery: Duration = .seconds(5)
  /// What a process left that died beside this one.
  private static let takingOverEvery: Duration = .seconds(15)
  private static let pruningEvery: Duration = .seconds(600)
  private static let clocksEvery: Duration = .seconds(600)
  /// Of two that differ from the store's by so much, one still sees the other's leases renewed.
  private static let clocksDiffer: Duration = .seconds(5)
  /// Layers that no build has used for so long are made again rather than kept.
  private static let imageCacheAge: Duration = .seconds(7 * 86_400)
  private static let imagesEvery: Duration = .seconds(3600)
  private static let requestAge: Duration = .seconds(24 * 3600)

  /// Until the task is cancelled.
  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await repeatedly(every: Self.holdsEvery) {
          if try await holds.releaseExpired() { await wakeScheduler() }
        }
      }
      group.addTask {
        // What people changed while nothing ran is seen at once.
        await withDiscardingTaskGroup { polls in
          await repeatedly(every: parts.configuration.current.pollInterval) {
            polls.addTask { await looks.poll() }
          }
        }
      }
      group.addTask {
        await repeatedly(every: Self.mirrorsEvery) {
          for (name, mirror) in parts.mirrors.all where mirror.needsMaintenance {
            await maintain(mirror, of: name)
          }
        }
      }
      group.addTask {
        await repeatedly(every: Self.deliveriesEvery) { try await pruneDeliveries() }
      }
      group.addTask {
        await repeatedly(every: Self.takingOverEvery) {
          for target in try await parts.store.branchesWithPendingPushes() {
            await evaluators.wake(target)
          }
        }
      }
      group.addTask {
        await repeatedly(every: Self.clocksEvery) { try await compareClocks() }
      }
      group.addTask {
        await repeatedly(every: Self.pruningEvery) {
          try await parts.store.pruneRequests(before: time(before: Self.requestAge))
        }
      }
      group.addTask {
        await repeatedly(every: Self.pruningEvery) { try await pruneNotifications() }
      }
      group.addTask {
        await repeatedly(every: Self.pruningEvery) { try await pruneHistory() }
      }
      group.addTask { await repeatedly(every: Self.imagesEvery) { await images.round() } }
      group.addTask {
        await repeatedly(every: Self.pruningEvery) {
          await parts.builder.prune(madeBefore: time(before: Self.imageCacheAge))
        }
      }
    }
  }

  /// The pause is asked for each time: a reload may have changed it.
  private func repeatedly(
    every pause: @autoclosure () -> Duration, _ chore: () async throws -> Void
  ) async {
    while !Task.isCancelled {
      do {
        try await chore()
      } catch {
        parts.logger.warning("housekeeping failed", metadata: ["error": "\(error)"])
      }
      do {
        try await parts.clock.sleep(for: pause())
      } catch {
        return
      }
    }
  }

  private func maintain(_ mirror: Mirror, of name: RepositoryName) async {
    do {
      try await mirror.maintain()
    } catch {
      parts.logger.warning(
        "a mirror was not packed", metadata: ["repository": "\(name)", "error": "\(error)"])
    }
  }

  /// A process whose clock is ahead finds that the leases of the others have run out, and takes up
  /// what they work on.
  private func compareClocks() async throws {
    let asked = parts.clock.now()
    let told = try await parts.store.time()
    let answered = parts.clock.now()
    guard asked - told > Self.clocksDiffer || told - answered > Self.clocksDiffer else { return }
    parts.logger.warning(
      "this machine's clock is not the database's: replicas take up each other's work by it",
      metadata: ["ahead": "\(answered - told)"])
  }

  private func pruneDeliveries() async throws {
    let retention = parts.configuration.current.retention
    _ = try await parts.store.pruneDeliveries(
      keeping: retention.deliveryCount, receivedBefore: time(before: retention.deliveryAge))
  }

  private func pruneHistory() async throws {
    let retention = parts.configuration.current.retention
    let logs = try await parts.store.pruneLogs(finishedBefore: time(before: retention.logAge))
    let deployments = try await parts.store.pruneDeployments(
      keeping: retention.deploymentsKept, finishedBefore: time(before: retention.deploymentAge))
    guard logs > 0 || deployments > 0 else { return }
    parts.logger.info(
      "old history was deleted", metadata: ["logs": "\(logs)", "deployments": "\(deployments)"])
  }

  /// What is owed to a target that is configured no more is given up a while after what is owed to the
  /// others would be: a replica that has not reloaded yet may still send it.
  private func pruneNotifications() async throws {
    let retention = parts.configuration.current.retention
    // What a configured one is owed, its lane tries once at least, however old it is.
    let targets = parts.configuration.current.notifications.map(\.target)
    for target in try await parts.store.pendingNotifications().keys
    where !targets.contains(target) {
      try await parts.store.giveUpNotifications(
        to: target, owedBefore: time(before: NotificationWork.patience * 2),
        because: "no target of this name is configured", at: parts.clock.now())
    }
    try await parts.store.pruneTurns(endedBefore: time(before: Self.pruningEvery))
    try await parts.store.pruneNotifications(
      keeping: retention.notificationCount, endedBefore: time(before: retention.notificationAge))
  }

  private func time(before age: Duration) -> Timestamp {
    parts.clock.now().before(age)
  }
}

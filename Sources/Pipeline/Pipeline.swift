import DeployModel
import FoundationEssentials
import Git
import Logging

/// The whole line, running: what the API calls, and what goes on by itself.
package final class Pipeline: Sendable {
  package let parts: PipelineParts
  package let intake: Intake
  package let holds: Holds
  package let rollback: Rollback
  package let manualDeploy: ManualDeploy
  package let cancelAndRetry: CancelAndRetry
  package let planner: Planner
  package let redelivery: Redelivery
  private let evaluators: BranchEvaluators
  private let scheduler: Scheduler
  private let writers: ManifestWriters
  private let latest: LatestTag

  package init(parts: PipelineParts) {
    self.parts = parts
    writers = ManifestWriters(parts: parts)
    latest = LatestTag(parts: parts)
    let scheduler = Scheduler(
      parts: parts, line: DeploymentLine(parts: parts, writers: writers, latest: latest))
    self.scheduler = scheduler
    let supersede = Supersede(parts: parts, scheduler: scheduler)
    evaluators = BranchEvaluators(parts: parts) { result in
      await supersede.after(result)
      await scheduler.wake()
    }
    intake = Intake(parts: parts, evaluators: evaluators)
    holds = Holds(parts: parts)
    rollback = Rollback(parts: parts)
    manualDeploy = ManualDeploy(parts: parts)
    cancelAndRetry = CancelAndRetry(parts: parts, scheduler: scheduler)
    planner = Planner(parts: parts)
    redelivery = Redelivery(parts: parts, evaluators: evaluators)
  }

  /// Something was created or released by a request.
  package func wake() async { await scheduler.wake() }

  /// Takes up what an earlier process left, then runs until the task is cancelled.
  package func run() async throws {
    try emptyWorkDirectory()
    try await cancelWorkOfRemovedServices()
    for target in try await parts.store.branchesWithPendingPushes() {
      await evaluators.wake(target)
    }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.scheduler.keep() }
      group.addTask { await self.keepHouse() }
      group.addTask { await self.settleLatest() }
    }
    await scheduler.stop()
  }

  /// R1: what an earlier process of this installation held is free at once. Only to be called where
  /// no other process can be alive, that is under the lock of the state directory.
  package func releaseLeasesOfTheDead() async throws {
    try await parts.store.releaseAll(ownedBy: "")
  }

  /// The new configuration is in force; work of services that are gone ends.
  package func configurationChanged() async throws {
    await writers.forget()
    try await cancelWorkOfRemovedServices()
    await scheduler.wake()
  }

  private func cancelWorkOfRemovedServices() async throws {
    let configured = parts.configuration.current.services
    for state in try await parts.store.serviceStates() where configured[state.service] == nil {
      for id in state.inFlight + [state.held].compactMap({ $0 }) {
        guard let deployment = try await parts.store.deployment(id),
          deployment.state.canBecome(.cancelled)
        else { continue }
        try await parts.store.advance(
          id,
          DeploymentChange(
            from: [deployment.state], to: .cancelled, at: parts.clock.now(),
            reason: "configuration: the service was removed"))
        await scheduler.stopBuild(id)
        parts.events.publish(.deployment(id))
      }
    }
  }

  private func emptyWorkDirectory() throws {
    if FileManager.default.fileExists(atPath: parts.workDirectory) {
      try FileManager.default.removeItem(atPath: parts.workDirectory)
    }
    try FileManager.default.createDirectory(
      atPath: parts.workDirectory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
  }

  /// A process that died between a landing and `latest` left it behind.
  private func settleLatest() async {
    for service in parts.configuration.current.services.keys.sorted() {
      await latest.follow(service)
    }
  }

  private static let housekeeping: Duration = .seconds(1)
  private static let roundsBetweenPruning = 600
  private static let roundsBetweenMaintenance = 60
  /// Layers that no build has used for so long are made again rather than kept.
  private static let imageCacheAge: Duration = .seconds(7 * 86_400)

  /// Ends holds whose time has come, and forgets what retention says to forget.
  private func keepHouse() async {
    var round = 0
    while !Task.isCancelled {
      do {
        if try await holds.releaseExpired() { await scheduler.wake() }
        if round % Self.roundsBetweenPruning == 0 { try await prune() }
        if round % Self.roundsBetweenMaintenance == 0 { try await maintainMirrors() }
      } catch {
        parts.logger.warning("housekeeping failed", metadata: ["error": "\(error)"])
      }
      round += 1
      do {
        try await parts.clock.sleep(for: Self.housekeeping)
      } catch {
        return
      }
    }
  }

  private func maintainMirrors() async throws {
    for mirror in parts.mirrors.all where mirror.needsMaintenance { try await mirror.maintain() }
  }

  private func prune() async throws {
    let retention = parts.configuration.current.retention
    let now = parts.clock.now()
    let oldest = Timestamp(
      milliseconds: now.milliseconds - retention.deliveryAge.wholeMilliseconds)
    _ = try await parts.store.pruneDeliveries(
      keeping: retention.deliveryCount, receivedBefore: oldest)
    await parts.builder.prune(
      madeBefore: Timestamp(
        milliseconds: now.milliseconds - Self.imageCacheAge.wholeMilliseconds))
    try await parts.store.pruneRequests(
      before: Timestamp(milliseconds: now.milliseconds - 24 * 3_600_000))
  }
}

package import DeployModel
import FoundationEssentials
import Git
import Logging

/// The whole line, running: what the API calls, and what goes on by itself.
package final class Pipeline: Sendable {
  package let parts: PipelineParts
  package let intake: Intake
  package let holds: Holds
  package let rollback: Rollback
  package let directRollback: DirectRollback
  package let manualDeploy: ManualDeploy
  package let cancelAndRetry: CancelAndRetry
  package let planner: Planner
  package let comparisons: SourceComparisons
  package let redelivery: Redelivery
  package let renotification: Renotification
  package let rollouts: RolloutWatch
  package let rolloutRequests: RolloutRequests
  private let evaluators: BranchEvaluators
  private let scheduler: Scheduler
  private let writers: ManifestWriters
  private let looks: GitLooks
  private let latest: LatestTag
  private let reporter: CommitReporter
  private let notifier: Notifier

  /// How old a service's health gets while nothing is rolled out.
  private static let healthEvery: Duration = .seconds(30)

  package init(parts: PipelineParts) {
    self.parts = parts
    parts.store.tell { [events = parts.events] id in events.publish(.deployment(id)) }
    let latest = LatestTag(parts: parts)
    self.latest = latest
    let watch = GitWatch(parts: parts) { service in Task { await latest.follow(service) } }
    writers = ManifestWriters(parts: parts, watch: watch)
    let rollback = Rollback(parts: parts)
    self.rollback = rollback
    let rollouts = RolloutWatch(
      parts: parts, autoRollback: AutoRollback(parts: parts, rollback: rollback))
    self.rollouts = rollouts
    rolloutRequests = RolloutRequests(parts: parts, watch: rollouts)
    let scheduler = Scheduler(
      parts: parts,
      line: DeploymentLine(
        parts: parts, writers: writers, watch: watch, latest: latest, rollouts: rollouts))
    self.scheduler = scheduler
    let supersede = Supersede(parts: parts, scheduler: scheduler)
    let reporter = CommitReporter(parts: parts)
    self.reporter = reporter
    evaluators = BranchEvaluators(parts: parts, watch: watch) { result in
      await supersede.after(result)
      await scheduler.wake(for: result.created.map(\.id.service))
      await reporter.takeNotices()
    }
    looks = GitLooks(parts: parts, watch: watch, evaluators: evaluators)
    intake = Intake(parts: parts, evaluators: evaluators)
    let holds = Holds(parts: parts)
    self.holds = holds
    directRollback = DirectRollback(parts: parts, rollback: rollback, holds: holds)
    manualDeploy = ManualDeploy(parts: parts, watch: watch)
    cancelAndRetry = CancelAndRetry(parts: parts, scheduler: scheduler)
    planner = Planner(parts: parts)
    comparisons = SourceComparisons(parts: parts)
    redelivery = Redelivery(parts: parts, evaluators: evaluators)
    renotification = Renotification(parts: parts)
    notifier = Notifier(parts: parts)
    RecordMetrics(parts).register(in: parts.metrics.registry)
  }

  /// Something was created or released by a request.
  ///
  /// - Parameter service: whose queue has changed.
  package func wake(_ service: ServiceName? = nil) async {
    await scheduler.wake(for: service.map { [$0] } ?? [])
  }

  /// R3, R14: looks at every branch that is built from or has manifests.
  ///
  /// - Parameter catchingUp: false to look at manifests alone.
  package func lookAtGit(catchingUp: Bool = true) async {
    await looks.round(catchingUp: catchingUp)
  }

  /// Another process that shares the store has told of these.
  package func hear(_ events: [PipelineEvent]) async {
    var changed: Set<ServiceName> = []
    for event in events {
      parts.events.hear(event)
      if case .deployment(let id) = event {
        changed.insert(id.service)
        await scheduler.heard(of: id)
      }
    }
    if !changed.isEmpty { await scheduler.wake(for: changed.sorted()) }
  }

  /// What others told may have been missed: everything has to be looked at.
  package func missedEvents() async {
    parts.events.forget()
    await scheduler.wake()
  }

  /// Before the first request is taken: what an earlier process of this installation left is put in
  /// order (R1).
  ///
  /// - Parameter predecessors: who is known to be dead. What others left is taken up when their
  ///   leases end.
  package func prepare(after predecessors: Predecessors = .everyone) async throws {
    parts.store.notify(parts.configuration.current.notifications)
    switch predecessors {
    case .everyone:
      try await parts.store.releaseAll(ownedBy: "")
    case .named(let prefix): try await parts.store.releaseAll(ownedBy: prefix)
    }
    try emptyWorkDirectory()
    try await RemovedServices(parts: parts, scheduler: scheduler).cancelTheirWork()
  }

  /// Takes up the work that waits, then goes on until the task is cancelled.
  package func run() async throws {
    for target in try await parts.store.branchesWithPendingPushes() {
      await evaluators.wake(target)
    }
    let housekeeping = Housekeeping(
      parts: parts, holds: holds, evaluators: evaluators, images: ImageCleanup(parts: parts),
      wakeScheduler: { [scheduler] in await scheduler.wake() },
      looks: looks)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.scheduler.keep() }
      group.addTask { await housekeeping.run() }
      group.addTask { await self.settleLatest() }
      group.addTask { await self.reporter.keep() }
      group.addTask { await self.notifier.keep() }
      group.addTask { await DeploymentMeter(parts: self.parts).run() }
      group.addTask {
        await self.rollouts.keep(every: Self.healthEvery) {
          await self.scheduler.wake(for: [$0])
        }
      }
    }
    await scheduler.stop()
  }

  /// The new configuration is in force; work of services that are gone ends.
  package func configurationChanged() async throws(StoreError) {
    parts.store.notify(parts.configuration.current.notifications)
    await writers.forgetRemoved()
    try await RemovedServices(parts: parts, scheduler: scheduler).cancelTheirWork()
    // Services came and went: whoever follows along has to look at all of them.
    parts.events.forget()
    await scheduler.wake()
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
    for service in parts.configuration.current.services.keys.sorted() where !Task.isCancelled {
      await latest.follow(service)
    }
  }
}

/// The processes of which one that starts knows that they have ended.
package enum Predecessors: Sendable {
  /// All that ever used the store: it is in the directory whose lock this one holds.
  case everyone
  /// Those whose `owner` begins so: this directory's, of several that share the store.
  case named(String)
}

import DeployModel
import Logging

/// Decides what runs now: at most N builds and one per service, first come first served; whatever
/// waits to be committed goes to its writer at once. While every builder is taken, what is queued is
/// looked at all the same: an image that was built before needs none (R8).
actor Scheduler {
  /// Ends with the deployment that is running; the reason it was stopped early decides what the
  /// record says, and that was written before the task was cancelled.
  private struct Running {
    var service: ServiceName
    var task: Task<Void, Never>
  }

  private let parts: PipelineParts
  private let line: DeploymentLine
  private let logger: Logger
  private var builds: [DeploymentID: Running] = [:]
  private var commits: [DeploymentID: Running] = [:]
  /// Queued deployments that are looked at without a builder, and the services that nothing is new of
  /// since a look began: another would find, as it did, that a builder is needed.
  private var looks: [DeploymentID: Running] = [:]
  private var lookedAt: Set<ServiceName> = []
  private var isFilling = false
  private var wokenAgain = false
  private var isStopping = false

  /// R12: each asks the registry a few things.
  private static let looksAtOnce = 8
  /// A lease outlives three missed renewals.
  private static let leaseTime: Duration = .seconds(30)
  private static let renewal: Duration = .seconds(8)

  init(parts: PipelineParts, line: DeploymentLine) {
    self.parts = parts
    self.line = line
    logger = parts.logger
  }

  /// Something may be ready: a deployment was queued, or a slot is free.
  func wake() {
    wokenAgain = true
    guard !isFilling, !isStopping else { return }
    isFilling = true
    Task { await fill() }
  }

  /// The service has another queued deployment than before, or has a reason to look again.
  func wake(for services: [ServiceName]) {
    lookedAt.subtract(services)
    wake()
  }

  private func fill() async {
    while wokenAgain, !isStopping {
      wokenAgain = false
      do {
        try await startCommits()
        try await startBuilds()
        try await startLooks()
      } catch {
        logger.error("work could not be claimed", metadata: ["error": "\(error)"])
      }
    }
    isFilling = false
  }

  private func startCommits() async throws(StoreError) {
    while let deployment = try await claim([.committing]) {
      guard commits[deployment.id] == nil else { return }
      guard !isStopping else { return try await giveBack(deployment) }
      commits[deployment.id] = Running(
        service: deployment.id.service,
        task: Task { [line] in
          await line.commit(deployment)
          self.commitEnded(deployment.id)
        })
    }
  }

  private func startBuilds() async throws(StoreError) {
    while builds.count < parts.configuration.current.buildConcurrency {
      guard let deployment = try await claimQueued() else { return }
      guard !isStopping else { return try await giveBack(deployment) }
      lookedAt.remove(deployment.id.service)
      builds[deployment.id] = Running(
        service: deployment.id.service,
        task: Task { [line] in
          await line.build(deployment)
          self.buildEnded(deployment.id)
        })
    }
  }

  private func startLooks() async throws(StoreError) {
    let concurrency = parts.configuration.current.buildConcurrency
    while concurrency > 0, builds.count >= concurrency, looks.count < Self.looksAtOnce {
      guard let deployment = try await claimQueued(excluding: Array(lookedAt)) else { return }
      guard !isStopping else { return try await giveBack(deployment) }
      lookedAt.insert(deployment.id.service)
      looks[deployment.id] = Running(
        service: deployment.id.service,
        task: Task { [line] in
          let isReady = await line.build(deployment, builder: .notYet)
          self.lookEnded(deployment.id, isReady: isReady)
        })
    }
  }

  private func claimQueued(
    excluding others: [ServiceName] = []
  ) async throws(StoreError) -> Deployment? {
    let busy = (Array(builds.values) + Array(looks.values)).map(\.service)
    return try await claim(
      [.queued], excluding: busy + others, makers: parts.configuration.current.makers)
  }

  private func claim(
    _ states: [DeploymentState], excluding services: [ServiceName] = [],
    makers: [ServiceName: Set<ServiceName>] = [:]
  ) async throws(StoreError) -> Deployment? {
    let now = parts.clock.now()
    return try await parts.store.claim(
      states: states, excluding: services, makers: makers, owner: parts.owner,
      until: now + Self.leaseTime, now: now)
  }

  private func giveBack(_ deployment: Deployment) async throws(StoreError) {
    try await parts.store.release(deployment.id, owner: parts.owner)
  }

  private func buildEnded(_ id: DeploymentID) {
    builds[id] = nil
    wake()
  }

  private func lookEnded(_ id: DeploymentID, isReady: Bool) {
    looks[id] = nil
    if isReady { lookedAt.remove(id.service) }
    wake()
  }

  private func commitEnded(_ id: DeploymentID) {
    commits[id] = nil
    wake()
  }

  /// Ends the build's processes; returns when they are gone. A commit is never interrupted.
  func stopBuild(_ id: DeploymentID) async {
    guard let running = builds[id] ?? looks[id] else { return }
    running.task.cancel()
    await running.task.value
  }

  /// Another process changed it: if it has ended, what builds here is in vain.
  func heard(of id: DeploymentID) async {
    guard let running = builds[id] ?? looks[id] else { return }
    do {
      if try await parts.store.deployment(id)?.state.isFinal == true { running.task.cancel() }
    } catch {
      // The lease will tell, when it is renewed.
      logger.warning(
        "a deployment was not looked at",
        metadata: ["deployment": "\(id)", "error": "\(error)"])
    }
  }

  /// Takes over what a dead process left behind, renews what runs here; until cancelled.
  func keep() async {
    while !Task.isCancelled {
      do {
        // First our own: after a pause of the whole machine they look abandoned.
        try await renewLeases()
        try await takeOverAbandoned()
      } catch {
        logger.warning("leases could not be renewed", metadata: ["error": "\(error)"])
      }
      wake()
      do {
        try await parts.clock.sleep(for: Self.renewal)
      } catch {
        return
      }
    }
  }

  /// A commit finds by itself, before it pushes, whose it is; and one that has landed has no lease,
  /// while it still sees to what follows.
  private func renewLeases() async throws(StoreError) {
    let mine = Array(builds.keys) + Array(looks.keys) + Array(commits.keys)
    guard !mine.isEmpty else { return }
    let kept = try await parts.store.renew(
      mine, owner: parts.owner, until: parts.clock.now() + Self.leaseTime)
    for id in Set(mine).subtracting(kept) {
      builds[id]?.task.cancel()
      looks[id]?.task.cancel()
    }
  }

  /// A build whose process died begins again; its layers, and perhaps its image, are still there. One
  /// that a newer push drops from the queue (R10) has no place there any more.
  private func takeOverAbandoned() async throws(StoreError) {
    while let deployment = try await claim([.building, .publishing]) {
      // The clock leapt since our own were renewed, and the claim has renewed this one.
      guard builds[deployment.id] == nil, looks[deployment.id] == nil else { return }
      let newer = try await newerPush(than: deployment)
      let lease = Lease(deployment: deployment, owner: parts.owner, store: parts.store)
      _ = try await lease.finish(
        DeploymentChange(
          from: [.building, .publishing], to: newer == nil ? .queued : .superseded,
          at: parts.clock.now(),
          reason: "the process that worked on it ended; "
            + (newer.map { "\($0) is newer" } ?? "it starts again"),
          supersededBy: newer))
    }
  }

  /// How far back is looked, beyond pushes that were looked at again: those are as old as they were.
  private static let depth = 50

  /// One that waits, is under way or has landed: it would have dropped the old one from the queue.
  private func newerPush(than old: Deployment) async throws(StoreError) -> DeploymentID? {
    guard old.cause.isAutomatic else { return nil }
    let newer = try await parts.store.deployments(
      DeploymentQuery(
        service: old.id.service,
        states: DeploymentState.allCases.filter { !$0.isFinal || $0.hasLanded },
        causes: [.push, .catchUp], limit: Self.depth))
    return newer.items.first {
      ($0.basisSequence, $0.sequence) > (old.basisSequence, old.sequence)
    }?.id
  }

  /// No new work; what builds or waits to be committed is given back. A push under way ends first.
  func stop() async {
    isStopping = true
    let ids = Array(builds.keys) + Array(looks.keys) + Array(commits.keys)
    let running = Array(builds.values) + Array(looks.values) + Array(commits.values)
    for one in running { one.task.cancel() }
    for one in running { await one.task.value }
    // What was given back: other processes of the store need not wait until they look by themselves.
    for id in ids { parts.events.publish(.deployment(id)) }
  }
}

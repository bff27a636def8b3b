import DeployModel
import Logging

/// Decides what runs now: at most N builds and one per service, first come first served; whatever
/// waits to be committed goes to its writer at once.
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
  private var isFilling = false
  private var wokenAgain = false
  private var isStopping = false
  /// R10: by service, the build that was superseded while it ran; until one has ended by itself,
  /// all that follow are left alone.
  private var supersededRunning: [ServiceName: DeploymentID] = [:]

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

  private func fill() async {
    while wokenAgain, !isStopping {
      wokenAgain = false
      do {
        try await startCommits()
        try await startBuilds()
      } catch {
        logger.error("work could not be claimed", metadata: ["error": "\(error)"])
      }
    }
    isFilling = false
  }

  private func startCommits() async throws(StoreError) {
    while let deployment = try await claim([.committing], excluding: []) {
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
      let busy = builds.values.map(\.service)
      guard let deployment = try await claim([.queued], excluding: busy) else { return }
      builds[deployment.id] = Running(
        service: deployment.id.service,
        task: Task { [line] in
          await line.build(deployment)
          self.buildEnded(deployment.id)
        })
    }
  }

  private func claim(
    _ states: [DeploymentState], excluding services: [ServiceName]
  ) async throws(StoreError) -> Deployment? {
    let now = parts.clock.now()
    return try await parts.store.claim(
      states: states, excluding: services, owner: parts.owner, until: now + Self.leaseTime,
      now: now)
  }

  private func buildEnded(_ id: DeploymentID) {
    builds[id] = nil
    if supersededRunning[id.service] != id { supersededRunning[id.service] = nil }
    wake()
  }

  private func commitEnded(_ id: DeploymentID) {
    commits[id] = nil
    wake()
  }

  /// Ends the build's processes; returns when they are gone. A commit is never interrupted.
  func stopBuild(_ id: DeploymentID) async {
    guard let running = builds[id] else { return }
    running.task.cancel()
    await running.task.value
  }

  /// R10, `supersede: running`: the running build that `newer` is to supersede, unless the one
  /// before it was superseded too.
  func buildToSupersede(by newer: DeploymentID) -> DeploymentID? {
    let service = newer.service
    guard let running = builds.first(where: { $0.value.service == service }) else { return nil }
    guard running.key != newer, supersededRunning[service] == nil else { return nil }
    supersededRunning[service] = running.key
    return running.key
  }

  /// Takes over what a dead process left behind, renews what runs here; until cancelled.
  func keep() async {
    while !Task.isCancelled {
      do {
        try await takeOverAbandoned()
        try await renewLeases()
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

  private func renewLeases() async throws(StoreError) {
    let mine = Array(builds.keys) + Array(commits.keys)
    guard !mine.isEmpty else { return }
    let kept = try await parts.store.renew(
      mine, owner: parts.owner, until: parts.clock.now() + Self.leaseTime)
    for id in Set(mine).subtracting(kept) {
      builds[id]?.task.cancel()
    }
  }

  /// A build whose process died begins again; its layers, and perhaps its image, are still there.
  private func takeOverAbandoned() async throws(StoreError) {
    while let deployment = try await claim([.building, .publishing], excluding: []) {
      let lease = Lease(deployment: deployment, owner: parts.owner, store: parts.store)
      _ = try await lease.finish(
        DeploymentChange(
          from: [.building, .publishing], to: .queued, at: parts.clock.now(),
          reason: "the process that worked on it ended; it starts again"))
      parts.events.publish(.deployment(deployment.id))
    }
  }

  /// No new work; what builds is given back, what commits is waited for.
  func stop() async {
    isStopping = true
    for running in builds.values { running.task.cancel() }
    for running in builds.values { await running.task.value }
    for running in commits.values { await running.task.value }
  }
}

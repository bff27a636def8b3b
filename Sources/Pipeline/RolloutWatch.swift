package import DeployModel
import Logging
import Synchronization

/// R11: sees what has landed through to `live` or `failed`. One look at an application serves all of
/// its services; while something is being rolled out there it looks every two seconds, and at once
/// when something new has landed.
///
/// Nothing is lost with the process: what is `syncing` in the store is taken up at the start.
package actor RolloutWatch {
  private struct Following {
    var task: Task<Void, Never>
    var pause: Task<Void, any Error>?
    /// Something landed: compare with git before the next look.
    var isNew = true
  }

  private let parts: PipelineParts
  private let autoRollback: AutoRollback
  private let judge: RolloutJudge
  private var following: [ArgoCDApplication: Following] = [:]
  private let healths = Mutex<[ServiceName: ServiceHealth]>([:])
  private var wakeScheduler: @Sendable (ServiceName) async -> Void = { _ in }

  private static let interval: Duration = .seconds(2)
  /// Where Argo CD does not answer.
  private static let longestInterval: Duration = .seconds(30)

  init(parts: PipelineParts, autoRollback: AutoRollback) {
    self.parts = parts
    self.autoRollback = autoRollback
    judge = RolloutJudge(parts: parts)
  }

  /// What a deployment of the service becomes when its commit is on the branch.
  nonisolated func landing(of service: ServiceName) -> DeploymentState {
    parts.configuration.current.services[service]?.argocd == nil ? .committed : .syncing
  }

  /// How the service's application was last seen; nil: nobody has looked yet, or nobody can.
  package nonisolated func health(of service: ServiceName) -> ServiceHealth? {
    healths.withLock { $0[service] }
  }

  /// Something of the service has landed. Returns at once.
  func follow(_ service: ServiceName) {
    guard let application = parts.configuration.current.services[service]?.argocd else { return }
    guard following[application] == nil else {
      following[application]?.isNew = true
      following[application]?.pause?.cancel()
      return
    }
    following[application] = Following(task: Task { await self.run(application) })
  }

  /// Takes up what an earlier process left, then looks at every application now and then: for their
  /// health, and for what recovered after it was given up. Until cancelled.
  func keep(
    every interval: Duration, wakeScheduler: @escaping @Sendable (ServiceName) async -> Void
  ) async {
    self.wakeScheduler = wakeScheduler
    while !Task.isCancelled {
      do {
        try await resume()
      } catch {
        parts.logger.warning("rollouts were not resumed", metadata: ["error": "\(error)"])
      }
      for application in Set(parts.configuration.current.services.values.compactMap(\.argocd))
      where following[application] == nil && !Task.isCancelled {
        _ = await look(at: application, refreshing: false)
      }
      do {
        try await parts.clock.sleep(for: interval)
      } catch {
        break
      }
    }
    for follower in following.values { follower.task.cancel() }
    // Whoever is to be woken holds on to this.
    self.wakeScheduler = { _ in }
  }

  private func resume() async throws(StoreError) {
    let services = parts.configuration.current.services
    for deployment in try await parts.store.syncing() {
      let service = deployment.id.service
      if services[service]?.argocd == nil {
        await judge.leave(deployment)
      } else {
        follow(service)
      }
    }
  }

  // MARK: One application

  private func run(_ application: ArgoCDApplication) async {
    var failures = 0
    while !Task.isCancelled {
      let isNew = following[application]?.isNew ?? false
      following[application]?.isNew = false
      switch await look(at: application, refreshing: isNew) {
      case .settled:
        if following[application]?.isNew == true { continue }
        following[application] = nil
        return
      case .underWay: failures = 0
      case .unanswered:
        failures += 1
        // The refresh is still owed.
        if isNew { following[application]?.isNew = true }
      }
      await pause(application, after: failures)
    }
    following[application] = nil
  }

  private func pause(_ application: ArgoCDApplication, after failures: Int) async {
    let length = min(Self.interval * (1 << min(failures, 5)), Self.longestInterval)
    if failures == 0, following[application]?.isNew == true { return }
    let clock = parts.clock
    let pause = Task { try await clock.sleep(for: length) }
    following[application]?.pause = pause
    await withTaskCancellationHandler {
      _ = await pause.result
    } onCancel: {
      pause.cancel()
    }
    following[application]?.pause = nil
  }

  private enum Look { case settled, underWay, unanswered }

  private func look(at application: ArgoCDApplication, refreshing: Bool) async -> Look {
    let services = parts.configuration.current.services.values
      .filter { $0.argocd == application }.sorted { $0.name < $1.name }
    do {
      let waiting = try await judge.underWay(of: services)
      let rollout: Rollout
      do {
        rollout = try await parts.rollouts.rollout(
          of: application, refreshing: refreshing, pods: !waiting.isEmpty)
        parts.metrics.asked(argocd: true)
      } catch {
        parts.metrics.asked(argocd: false)
        await judge.noteSilence(waiting, error)
        return waiting.isEmpty ? .settled : .unanswered
      }
      note(rollout, of: services)
      for failed in try await judge.decide(waiting, rollout, services)
      where await autoRollback.consider(failed) {
        await wakeScheduler(failed.id.service)
      }
      return try await judge.underWay(of: services).isEmpty ? .settled : .underWay
    } catch {
      parts.logger.warning(
        "a rollout was not recorded",
        metadata: ["application": "\(application.application)", "error": "\(error)"])
      return .unanswered
    }
  }

  private func note(_ rollout: Rollout, of services: [Service]) {
    let now = parts.clock.now()
    for service in services {
      let before = healths.withLock { healths in
        let before = healths[service.name]
        healths[service.name] = ServiceHealth(
          status: rollout.health, message: rollout.healthMessage, observedAt: now)
        return before
      }
      guard before?.status != rollout.health || before?.message != rollout.healthMessage else {
        continue
      }
      parts.events.publish(.service(service.name))
    }
  }
}

extension DeploymentStore {
  /// Everything that is being rolled out.
  func syncing() async throws(StoreError) -> [Deployment] {
    var found: [Deployment] = []
    var cursor: Int64?
    repeat {
      let page = try await deployments(
        DeploymentQuery(states: [.syncing], before: cursor, limit: 200))
      found += page.items
      cursor = page.nextCursor
    } while cursor != nil
    return found
  }
}

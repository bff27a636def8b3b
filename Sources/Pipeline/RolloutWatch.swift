package import DeployModel
import Logging
import Synchronization

/// R11: sees what has landed through to `live` or `failed`. One look at an application serves all of
/// its services. While something is being rolled out there it looks as soon as Argo CD's streams tell
/// of a change, and every two seconds where they are not open.
///
/// Nothing is lost with the process: what is `syncing` in the store is taken up at the start.
package actor RolloutWatch {
  private struct Following {
    var task: Task<Void, Never>
    var pause: Task<Void, any Error>?
    /// Something landed: compare with git before the next look.
    var isNew = true
    /// Something has changed since the last look began.
    var isStale = false
    /// The pause that a change does not end.
    var isSpacing = false
  }

  private let parts: PipelineParts
  private let autoRollback: AutoRollback
  private let judge: RolloutJudge
  private let listener: RolloutListener
  private var following: [ArgoCDApplication: Following] = [:]
  /// As last seen or told, of those that nobody follows.
  private var states: [ArgoCDApplication: State] = [:]
  private let healths = Mutex<[ServiceName: [ArgoCDApplication: ServiceHealth]]>([:])
  private var wakeScheduler: @Sendable (ServiceName) async -> Void = { _ in }

  private struct State: Equatable {
    var sync: Rollout.Sync
    var health: Rollout.Health
  }

  private static let interval: Duration = .seconds(2)
  /// Where streams tell of changes: they may lose one.
  private static let intervalWhileListening: Duration = .seconds(10)
  /// Where Argo CD does not answer.
  private static let longestInterval: Duration = .seconds(30)
  /// R12: between two looks, however much is told.
  private static let spacing: Duration = .milliseconds(200)
  /// Of the looks at what nobody follows, one in so many while its stream is open.
  private static let roundsWhileListening = 10

  init(parts: PipelineParts, autoRollback: AutoRollback) {
    self.parts = parts
    self.autoRollback = autoRollback
    judge = RolloutJudge(parts: parts)
    listener = RolloutListener(parts: parts)
  }

  /// What a deployment of the service becomes when its commit is on the branch.
  nonisolated func landing(of service: ServiceName) -> DeploymentState {
    parts.configuration.current.services[service]?.argocd.isEmpty == false ? .syncing : .committed
  }

  /// How the service's applications were last seen, the worst of them; nil: nobody has looked yet, or
  /// nobody can.
  package nonisolated func health(of service: ServiceName) -> ServiceHealth? {
    healths.withLock { $0[service]?.values.max { $0.status < $1.status } }
  }

  /// Something of the service has landed. Returns at once.
  func follow(_ service: ServiceName) {
    for application in parts.configuration.current.services[service]?.argocd ?? [] {
      guard following[application] == nil else {
        following[application]?.isNew = true
        following[application]?.pause?.cancel()
        continue
      }
      following[application] = Following(task: Task { await self.run(application) })
    }
  }

  /// Takes up what an earlier process left, then looks at every application now and then: for their
  /// health, and for what recovered after it was given up. Until cancelled.
  func keep(
    every interval: Duration, wakeScheduler: @escaping @Sendable (ServiceName) async -> Void
  ) async {
    self.wakeScheduler = wakeScheduler
    var round = 0
    while !Task.isCancelled {
      do {
        try await resume()
      } catch {
        parts.logger.warning("rollouts were not resumed", metadata: ["error": "\(error)"])
      }
      await listener.listen(toProjects: Set(applications.map(\.project))) { [weak self] in
        await self?.hear($0, $1)
      }
      for application in applications where following[application] == nil && !Task.isCancelled {
        let isHeard = await listener.isOpen(.applications(project: application.project))
        if isHeard, round % Self.roundsWhileListening != 0 { continue }
        _ = await look(at: application, refreshing: false)
      }
      round += 1
      do {
        try await parts.clock.sleep(for: interval)
      } catch {
        break
      }
    }
    for follower in following.values { follower.task.cancel() }
    await listener.endAll()
    // Whoever is to be woken holds on to this.
    self.wakeScheduler = { _ in }
  }

  private var applications: Set<ArgoCDApplication> {
    Set(parts.configuration.current.services.values.flatMap(\.argocd))
  }

  private func resume() async throws(StoreError) {
    let services = parts.configuration.current.services
    for deployment in try await parts.store.syncing() {
      let service = deployment.id.service
      if services[service]?.argocd.isEmpty == false {
        follow(service)
      } else {
        await judge.leave(deployment)
      }
    }
  }

  // MARK: What Argo CD tells

  private func hear(_ topic: RolloutTopic, _ news: RolloutListener.News) async {
    switch (topic, news) {
    case (.resources(let application), _): lookSoon(at: application)
    // It begins with what there is.
    case (.applications, .opened(isResumed: false)): break
    case (.applications(let project), .opened(isResumed: true)):
      // What changed while nothing was heard is not told again.
      for application in applications where application.project == project {
        if following[application] != nil {
          lookSoon(at: application)
        } else {
          _ = await look(at: application, refreshing: false)
        }
      }
    case (.applications, .told(.application(let changed))):
      let state = State(sync: changed.sync, health: changed.health)
      for application in applications where application.isMeant(by: changed) {
        if following[application] != nil {
          lookSoon(at: application)
        } else if states[application] != state {
          _ = await look(at: application, refreshing: false)
        }
      }
    case (.applications, .told(.resources)): break
    }
  }

  private func lookSoon(at application: ArgoCDApplication) {
    guard let follower = following[application] else { return }
    following[application]?.isStale = true
    if !follower.isSpacing { follower.pause?.cancel() }
  }

  // MARK: One application

  private func run(_ application: ArgoCDApplication) async {
    await listener.begin(.resources(of: application)) { [weak self] in
      await self?.hear(.resources(of: application), $0)
    }
    await look(untilSettled: application)
    await listener.end(.resources(of: application))
    // Something may have landed while the stream was being closed.
    if following[application]?.isNew == true, !Task.isCancelled {
      return await run(application)
    }
    following[application] = nil
  }

  private func look(untilSettled application: ArgoCDApplication) async {
    var failures = 0
    while !Task.isCancelled {
      let isNew = following[application]?.isNew ?? false
      following[application]?.isNew = false
      following[application]?.isStale = false
      switch await look(at: application, refreshing: isNew) {
      case .settled:
        if following[application]?.isNew == true { continue }
        return
      case .underWay: failures = 0
      case .unanswered:
        failures += 1
        // The refresh is still owed.
        if isNew { following[application]?.isNew = true }
      }
      await pause(application, after: failures)
    }
  }

  /// 1. Nothing but a landing ends the first moment. 2. Then a change does.
  private func pause(_ application: ArgoCDApplication, after failures: Int) async {
    if failures == 0 {
      if following[application]?.isNew == true { return }
      following[application]?.isSpacing = true
      await pause(application, for: Self.spacing)
      following[application]?.isSpacing = false
      guard following[application]?.isNew == false, following[application]?.isStale == false else {
        return
      }
    }
    let usual = await interval(of: application)
    await pause(
      application,
      for: failures == 0
        ? usual : min(Self.interval * (1 << min(failures, 5)), Self.longestInterval))
  }

  private func interval(of application: ArgoCDApplication) async -> Duration {
    let areOpen = await [
      listener.isOpen(.applications(project: application.project)),
      listener.isOpen(.resources(of: application)),
    ]
    return areOpen.allSatisfy(\.self) ? Self.intervalWhileListening : Self.interval
  }

  private func pause(_ application: ArgoCDApplication, for length: Duration) async {
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
      .filter { $0.argocd.contains(application) }.sorted { $0.name < $1.name }
    do {
      let waiting = try await judge.underWay(of: services)
      let rollout: Rollout
      do {
        rollout = try await parts.rollouts.rollout(
          of: application, refreshing: refreshing, pods: !waiting.isEmpty)
        parts.metrics.asked(argocd: true)
      } catch {
        parts.metrics.asked(argocd: false)
        await judge.noteSilence(waiting, error, of: application)
        return waiting.isEmpty ? .settled : .unanswered
      }
      note(rollout, of: services, application)
      for failed in try await judge.decide(waiting, rollout, services, application)
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

  private func note(
    _ rollout: Rollout, of services: [Service], _ application: ArgoCDApplication
  ) {
    states[application] = State(sync: rollout.sync, health: rollout.health)
    let now = parts.clock.now()
    for service in services {
      let before = healths.withLock { healths in
        let before = healths[service.name]?[application]
        // What is configured no longer does not count.
        let others = healths[service.name]?.filter { service.argocd.contains($0.key) } ?? [:]
        healths[service.name] = others.merging([
          application: ServiceHealth(
            status: rollout.health, message: rollout.healthMessage, observedAt: now)
        ]) { _, new in new }
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

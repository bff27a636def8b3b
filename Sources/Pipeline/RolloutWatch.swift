package import DeployModel
import Logging
import Synchronization

/// R11: sees what has landed through to `live` or `failed`. One look at a place serves all of its
/// services. While something is being rolled out there it looks as soon as Argo CD's streams tell
/// of a change, and every two seconds where they are not open; at Kubernetes every three.
///
/// Nothing is lost with the process: what is `syncing` in the store is taken up at the start.
package actor RolloutWatch {
  private struct Following {
    var task: Task<Void, Never>
    var pause: Task<Void, any Error>?
    var refresh = Refresh.owed
    /// Something has changed since the last look began.
    var isStale = false
    /// The pause that a change does not end.
    var isSpacing = false
  }

  /// Whether Argo CD is to compare with git before the next look.
  private enum Refresh: Equatable {
    /// Something landed.
    case owed
    case asked
    /// It was asked, and did not answer; it compares all the same, if it has heard.
    case unanswered(since: Timestamp)
  }

  private let parts: PipelineParts
  private let autoRollback: AutoRollback
  private let judge: RolloutJudge
  private let listener: RolloutListener
  private var following: [RolloutPlace: Following] = [:]
  /// As last seen or told, of those that nobody follows.
  private var states: [ArgoCDApplication: State] = [:]
  private let healths = Mutex<[ServiceName: [RolloutPlace: ServiceHealth]]>([:])
  private var wakeScheduler: @Sendable (ServiceName) async -> Void = { _ in }

  private struct State: Equatable {
    var sync: Rollout.Sync
    var health: Rollout.Health
  }

  private static let interval: Duration = .seconds(2)
  /// A kubectl takes a tenth of a second of a core.
  private static let intervalOfWorkloads: Duration = .seconds(3)
  /// Where streams tell of changes: they may lose one.
  private static let intervalWhileListening: Duration = .seconds(10)
  /// Where Argo CD does not answer.
  private static let longestInterval: Duration = .seconds(30)
  /// A refresh that took longer than it was waited for is over by then, or was never begun.
  private static let refreshInterval: Duration = .seconds(60)
  /// R12: between two looks, however much is told.
  private static let spacing: Duration = .milliseconds(200)
  /// Of the looks at what nobody follows, one in so many while its stream is open.
  private static let roundsWhileListening = 10
  private static let roundsOfWorkloads = 4

  init(parts: PipelineParts, autoRollback: AutoRollback) {
    self.parts = parts
    self.autoRollback = autoRollback
    judge = RolloutJudge(parts: parts)
    listener = RolloutListener(parts: parts)
  }

  /// What a deployment of the service becomes when its commit is on the branch.
  nonisolated func landing(of service: ServiceName) -> DeploymentState {
    parts.configuration.current.services[service]?.places.isEmpty == false ? .syncing : .committed
  }

  /// How the service was last seen, the worst of its places; nil: nobody has looked yet, or
  /// nobody can.
  package nonisolated func health(of service: ServiceName) -> ServiceHealth? {
    healths.withLock { $0[service]?.values.max { $0.status < $1.status } }
  }

  /// Something of the service has landed. Returns at once.
  func follow(_ service: ServiceName) {
    for place in parts.configuration.current.services[service]?.places ?? [] {
      guard following[place] == nil else {
        following[place]?.refresh = .owed
        following[place]?.pause?.cancel()
        continue
      }
      following[place] = Following(task: Task { await self.run(place) })
    }
  }

  /// Takes up what an earlier process left, then looks at every place now and then: for their
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
      for place in places where following[place] == nil && !Task.isCancelled {
        guard await isTurn(of: place, in: round) else { continue }
        _ = await look(at: place, refreshing: false)
      }
      round += 1
      do {
        try await parts.clock.sleep(for: interval)
      } catch {
        break
      }
    }
    let followers = following.values.map(\.task)
    for follower in followers { follower.cancel() }
    await listener.endAll()
    // What is being recorded is recorded before the process says that it has stopped.
    for follower in followers { await follower.value }
    // Whoever is to be woken holds on to this.
    self.wakeScheduler = { _ in }
  }

  private func isTurn(of place: RolloutPlace, in round: Int) async -> Bool {
    switch place {
    case .application(let application):
      let isHeard = await listener.isOpen(.applications(project: application.project))
      return !isHeard || round % Self.roundsWhileListening == 0
    case .workload: return round % Self.roundsOfWorkloads == 0
    }
  }

  private var places: Set<RolloutPlace> {
    Set(parts.configuration.current.services.values.flatMap(\.places))
  }

  private var applications: Set<ArgoCDApplication> {
    Set(parts.configuration.current.services.values.flatMap(\.argocd))
  }

  private func resume() async throws(StoreError) {
    let services = parts.configuration.current.services
    for deployment in try await parts.store.syncing() {
      let service = deployment.id.service
      if services[service]?.places.isEmpty == false {
        follow(service)
      } else {
        await judge.leave(deployment)
      }
    }
  }

  // MARK: What Argo CD tells

  private func hear(_ topic: RolloutTopic, _ news: RolloutListener.News) async {
    switch (topic, news) {
    case (.resources(let application), _): lookSoon(at: .application(application))
    // It begins with what there is.
    case (.applications, .opened(isResumed: false)): break
    case (.applications(let project), .opened(isResumed: true)):
      // What changed while nothing was heard is not told again.
      for application in applications where application.project == project {
        await hearChange(of: application)
      }
    case (.applications, .told(.application(let changed))):
      let state = State(sync: changed.sync, health: changed.health)
      for application in applications where application.isMeant(by: changed) {
        await hearChange(of: application, to: state)
      }
    case (.applications, .told(.resources)): break
    }
  }

  /// - Parameter state: nil where it is not known.
  private func hearChange(of application: ArgoCDApplication, to state: State? = nil) async {
    if following[.application(application)] != nil {
      lookSoon(at: .application(application))
    } else if state == nil || states[application] != state {
      _ = await look(at: .application(application), refreshing: false)
    }
  }

  private func lookSoon(at place: RolloutPlace) {
    guard let follower = following[place] else { return }
    following[place]?.isStale = true
    if !follower.isSpacing { follower.pause?.cancel() }
  }

  // MARK: One place

  private func run(_ place: RolloutPlace) async {
    if case .application(let application) = place {
      await listener.begin(.resources(of: application)) { [weak self] in
        await self?.hear(.resources(of: application), $0)
      }
    }
    await look(untilSettled: place)
    if case .application(let application) = place {
      await listener.end(.resources(of: application))
    }
    // Something may have landed while the stream was being closed.
    if following[place]?.refresh == .owed, !Task.isCancelled { return await run(place) }
    following[place] = nil
  }

  private func look(untilSettled place: RolloutPlace) async {
    var failures = 0
    while !Task.isCancelled {
      let refreshes = mayRefresh(place)
      if refreshes { following[place]?.refresh = .asked }
      following[place]?.isStale = false
      switch await look(at: place, refreshing: refreshes) {
      case .settled:
        if following[place]?.refresh == .owed { continue }
        return
      case .underWay: failures = 0
      case .unanswered:
        failures += 1
        noteSilence(of: place, refreshing: refreshes)
      }
      await pause(place, after: failures)
    }
  }

  private func mayRefresh(_ place: RolloutPlace) -> Bool {
    switch following[place]?.refresh {
    case .owed: true
    case .unanswered(let since): parts.clock.now() - since >= Self.refreshInterval
    case .asked, nil: false
    }
  }

  /// 1. A refresh may take longer than anybody waits for it: how things stand is asked without one.
  /// 2. Where that is not answered either, Argo CD may not have heard of the refresh.
  private func noteSilence(of place: RolloutPlace, refreshing: Bool) {
    switch following[place]?.refresh {
    case .asked where refreshing:
      following[place]?.refresh = .unanswered(since: parts.clock.now())
    case .unanswered: following[place]?.refresh = .owed
    case .asked, .owed, nil: break
    }
  }

  /// 1. Nothing but a landing ends the first moment. 2. Then a change does.
  private func pause(_ place: RolloutPlace, after failures: Int) async {
    if failures == 0 {
      if following[place]?.refresh == .owed { return }
      following[place]?.isSpacing = true
      await pause(place, for: Self.spacing)
      following[place]?.isSpacing = false
      guard let follower = following[place], follower.refresh != .owed, !follower.isStale else {
        return
      }
    }
    let usual = await interval(of: place)
    await pause(
      place,
      for: failures == 0
        ? usual : min(Self.interval * (1 << min(failures, 5)), Self.longestInterval))
  }

  private func interval(of place: RolloutPlace) async -> Duration {
    guard case .application(let application) = place else { return Self.intervalOfWorkloads }
    let areOpen = await [
      listener.isOpen(.applications(project: application.project)),
      listener.isOpen(.resources(of: application)),
    ]
    return areOpen.allSatisfy(\.self) ? Self.intervalWhileListening : Self.interval
  }

  private func pause(_ place: RolloutPlace, for length: Duration) async {
    let clock = parts.clock
    let pause = Task { try await clock.sleep(for: length) }
    following[place]?.pause = pause
    await withTaskCancellationHandler {
      _ = await pause.result
    } onCancel: {
      pause.cancel()
    }
    following[place]?.pause = nil
  }

  private enum Look { case settled, underWay, unanswered }

  private func look(at place: RolloutPlace, refreshing: Bool) async -> Look {
    let services = parts.configuration.current.services.values
      .filter { $0.places.contains(place) }.sorted { $0.name < $1.name }
    do {
      let waiting = try await judge.underWay(of: services)
      let sight: RolloutSight
      do {
        sight = try await see(place, refreshing: refreshing, inFull: !waiting.isEmpty)
        parts.metrics.asked(place, answered: true)
      } catch {
        parts.metrics.asked(place, answered: false)
        try await judge.noteSilence(waiting, error, of: place)
        return waiting.isEmpty ? .settled : .unanswered
      }
      note(sight, of: services, place)
      var isOwed = false
      for failed in try await judge.decide(waiting, sight, services, place) {
        switch await autoRollback.consider(failed) {
        case .begun: await wakeScheduler(failed.id.service)
        case .settled: break
        case .again:
          isOwed = true
          continue
        }
        await judge.handOn(failed.id)
      }
      if isOwed { return .underWay }
      return try await judge.underWay(of: services).isEmpty ? .settled : .underWay
    } catch {
      parts.logger.warning(
        "a rollout was not recorded", metadata: ["place": "\(place.name)", "error": "\(error)"])
      return .unanswered
    }
  }

  private func see(
    _ place: RolloutPlace, refreshing: Bool, inFull: Bool
  ) async throws(RolloutError) -> RolloutSight {
    switch place {
    case .application(let application):
      return .application(
        try await parts.rollouts.rollout(of: application, refreshing: refreshing, pods: inFull))
    case .workload(let deployment):
      return .workload(try await parts.workloads.workload(deployment, inFull: inFull))
    }
  }

  private func note(_ sight: RolloutSight, of services: [Service], _ place: RolloutPlace) {
    if case (.application(let rollout), .application(let application)) = (sight, place) {
      states[application] = State(sync: rollout.sync, health: rollout.health)
    }
    let now = parts.clock.now()
    let new = ServiceHealth(status: sight.health, message: sight.healthMessage, observedAt: now)
    for service in services {
      let before = healths.withLock { healths in
        let before = healths[service.name]?[place]
        // What is configured no longer does not count.
        var others = healths[service.name]?.filter { service.places.contains($0.key) } ?? [:]
        others[place] = new
        healths[service.name] = others
        return before
      }
      guard before?.status != new.status || before?.message != new.message else { continue }
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

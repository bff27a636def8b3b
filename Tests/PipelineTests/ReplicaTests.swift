import DeployModel
import Metrics
import Notifications
import Pipeline
import PipelineKit
import Store
import TestKit
import Testing

/// Several processes on one PostgreSQL, each with mirrors of its own; remote, registry and builders
/// are the same for all.
@Suite(.enabled(if: PostgresDatabase.isThere, Comment(rawValue: PostgresDatabase.comment)))
struct ReplicaTests {
  private final class Replicas {
    let worlds: [PipelineWorld]
    let url: String
    private let channels: [PostgresChannel]

    init(_ count: Int, services: [String]) async throws {
      url = try await PostgresDatabase.make().url
      var worlds: [PipelineWorld] = []
      var channels: [PostgresChannel] = []
      for number in 0..<count {
        let name = "replica-\(number)"
        let channel = PostgresChannel(url: url, name: name)
        let world = try await PipelineWorld.make(
          services: services,
          store: PipelineWorld.SharedStore(
            try PostgresStore(url: url), events: EventBus { channel.send($0.text) }, owner: name,
            beside: worlds.first))
        let pipeline = world.pipeline
        channel.listen(
          PostgresChannel.Handlers(
            receive: { messages in
              Task { await pipeline.hear(messages.compactMap { PipelineEvent(text: $0) }) }
            }, missed: { Task { await pipeline.missedEvents() } }, lost: { _ in }))
        worlds.append(world)
        channels.append(channel)
      }
      self.worlds = worlds
      self.channels = channels
    }

    deinit { for channel in channels { channel.close() } }

    func start() { for world in worlds { world.start() } }

    /// The sum over the processes, as Prometheus sees it.
    func counted() async throws -> Double {
      var sum = 0.0
      for world in worlds {
        let text = await world.pipeline.parts.metrics.registry.exposition().text
        for line in text.split(separator: "\n")
        where line.hasPrefix("slipway_deployments_total{") {
          sum += try #require(Double(line.split(separator: " ").last ?? ""))
        }
      }
      return sum
    }

    func stop() async { for world in worlds { await world.stop() } }
  }

  @Test("R1: a machine whose clock is not the database's is told so", arguments: [30, -30])
  func clocks(_ seconds: Int) async throws {
    let clock = JumpingClock()
    clock.jump(by: .seconds(seconds))
    let world = try await PipelineWorld.make(services: ["backend"], clock: clock)
    let log = RecordedLog()
    try await world.restart { $0.logger = log.logger }
    try await eventually("a warning") {
      log.lines.contains { $0.hasPrefix("warning this machine's clock") }
    }
    await world.stop()
  }

  @Test("R1, R2, R6: pushes go to any of three processes, twice; each service lands once for each")
  func landsOnce() async throws {
    let services = (1...6).map { "service-\($0)" }
    let replicas = try await Replicas(3, services: services)
    let first = replicas.worlds[0]
    replicas.start()
    for version in 1...3 {
      let (before, after) = try await first.monorepo.change(services, to: "\(version)")
      let guid = try #require(DeliveryGUID("push-\(version)"))
      // A load balancer sends it here, and GitHub's redelivery there.
      try await replicas.worlds[version % 3].store(guid, before, after)
      try await replicas.worlds[(version + 1) % 3].store(guid, before, after)
      for service in services {
        try await first.reach("\(service)-\(version)", .committed)
      }
    }
    try await eventually("each deployment to be counted, in one process") {
      try await replicas.counted() == 18
    }
    await replicas.stop()
    for service in services {
      let last = try await first.deployment("\(service)-3")
      #expect(try await first.tagInGit(service) == last.image?.tag.name)
      let page = try await first.store.deployments(
        DeploymentQuery(service: last.id.service))
      #expect(page.items.map(\.state) == [.committed, .committed, .committed])
    }
    let commits = try await first.monorepo.subjects().filter { $0.hasPrefix("chore: update") }
    #expect(commits.count == 18)
    #expect(Set(first.builder.started).count == first.builder.started.count)
  }

  /// Queued; unless a world's own store is given, without anybody being told.
  private func create(
    _ service: String = "backend", in replicas: Replicas, store: (any DeploymentStore)? = nil
  ) async throws -> DeploymentID {
    let world = replicas.worlds[0]
    let (_, after) = try await world.monorepo.change([service], to: "1")
    return try await (store ?? PostgresStore(url: replicas.url)).create(
      NewDeployment(
        service: try #require(ServiceName(service)), cause: .manual, actor: "ana",
        reason: "by hand",
        source: Source(
          repository: try PipelineWorld.repositoryName(), branch: try PipelineWorld.branchName(),
          commit: try #require(CommitSHA(after)), subject: "Change", author: "Ana",
          committedAt: world.clock.now()), at: world.clock.now())
    ).id
  }

  @Test("An event of one process is heard in the others, and what they queue is taken up")
  func events() async throws {
    let replicas = try await Replicas(2, services: ["backend"])
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    // Only the other one works.
    other.start()
    let id = try await create(in: replicas, store: one.store)
    try await other.reach("backend-1", .committed)
    try await eventually("the event to be heard") {
      one.events.recent(after: 0, atMost: 100)?.contains { $0.event == .deployment(id) } == true
    }
    await replicas.stop()
  }

  @Test("R9: a deployment that is cancelled in one process stops building in another")
  func cancelled() async throws {
    let replicas = try await Replicas(2, services: ["backend"])
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    let name = try #require(ServiceName("backend"))
    _ = one.builder.closeGate(of: name)
    other.start()
    try await one.push(["backend"], version: "1")
    try await one.reach("backend-1", .building)
    let id = try #require(DeploymentID("backend-1"))
    _ = try await one.pipeline.cancelAndRetry.cancel(id, actor: "ana", reason: "not this one")
    try await eventually("the build to end") { !one.builder.running.contains(id) }
    await replicas.stop()
  }

  @Test("R10: with supersede running a push ends the running build of another process as well")
  func superseded() async throws {
    let replicas = try await Replicas(2, services: ["backend"])
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    for world in replicas.worlds { world.reconfigure { $0.supersede = .running } }
    let name = try #require(ServiceName("backend"))
    _ = one.builder.closeGate(of: name)
    one.start()
    try await one.push(["backend"], version: "1")
    try await one.reach("backend-1", .building)
    let (before, after) = try await one.monorepo.change(["backend"], to: "2")
    _ = try await other.deliver(before, after, guid: "another")
    try await one.reach("backend-1", .superseded)
    let id = try #require(DeploymentID("backend-1"))
    try await eventually("the build to end") { !one.builder.running.contains(id) }
    one.builder.openGate(of: name)
    await replicas.stop()
  }

  @Test("A process that starts again takes up at once what it left, and nothing of the living")
  func startedAgain() async throws {
    let replicas = try await Replicas(2, services: ["backend", "frontend"])
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    let mine = try await create(in: replicas)
    let theirs = try await create("frontend", in: replicas)
    let now = one.clock.now()
    for owner in ["replica-1-before", "replica-10-alive"] {
      _ = try await one.store.claim(
        states: [.queued], excluding: [], makers: [:], owner: owner, until: now + .seconds(3600),
        now: now)
    }
    try await other.pipeline.prepare(after: .named("replica-1-"))
    other.start()
    try await other.reach("\(mine)", .committed)
    #expect(try await other.deployment("\(theirs)").state == .queued)
    await replicas.stop()
  }

  @Test("What a dead process left is taken up by another when its lease ends")
  func takenOver() async throws {
    let replicas = try await Replicas(2, services: ["backend"])
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    _ = try await create(in: replicas)
    let now = one.clock.now()
    let claimed = try await one.store.claim(
      states: [.queued], excluding: [], makers: [:], owner: "dead", until: now + .milliseconds(1),
      now: now)
    let id = try #require(claimed?.id)
    try await one.store.advance(
      id, DeploymentChange(from: [.queued], to: .building, at: now, reason: "began", owner: "dead"))
    try await other.pipeline.prepare(after: .named("replica-1-"))
    other.start()
    try await other.reach("backend-1", .committed)
    let timeline = try await other.store.timeline(id)
    #expect(
      timeline.contains { $0.state == .queued && $0.reason.contains("ended; it starts again") })
    await replicas.stop()
  }

  /// Every replica reports to the same board, and to a receiver under the name `ops`.
  private func report(_ replicas: Replicas, to ops: HookReceiver) async throws {
    let target = try #require(TargetName("ops"))
    for world in replicas.worlds {
      try world.reconfigure { configuration in
        configuration.repositories[try PipelineWorld.repositoryName()]?.reporting =
          PipelineConfiguration.Reporting(statuses: true, deployments: true)
        configuration.notifications = [
          NotificationFilter(target: target, states: Set(DeploymentState.allCases))
        ]
      }
      world.receivers.replace(with: [
        try WebhookTarget(name: target, url: ops.url, format: .cloudEvents, secret: nil)
      ])
      try await world.pipeline.prepare(after: .named("nobody-"))
    }
  }

  @Test("R2: of three processes one speaks: statuses and notifications are said once, in order")
  func saidOnce() async throws {
    let services = (1...4).map { "service-\($0)" }
    let replicas = try await Replicas(3, services: services)
    let ops = try HookReceiver()
    try await report(replicas, to: ops)
    let first = replicas.worlds[0]
    replicas.start()
    try await first.push(services, version: "1")
    for service in services { try await first.reach("\(service)-1", .committed) }
    let board = first.board
    try await eventually("all that GitHub is owed; there is \(board.record)") {
      for service in services {
        let deployment = try await first.deployment("\(service)-1")
        let report = try await first.store.report(of: deployment.id)
        guard report?.said == DeploymentReport.Said(deployment) else { return false }
      }
      return true
    }
    try await eventually("all notifications; there is \(ops.lines)") {
      ops.taken.count >= 5 * services.count
    }
    await replicas.stop()
    #expect(board.mostAtOnce == 1)
    #expect(Set(board.record).count == board.record.count, "\(board.record)")
    #expect(Set(ops.taken.map(\.id)).count == ops.attempts.count)
    let steps = ["queued", "building", "publishing", "committing", "committed"]
    for service in services {
      #expect(
        ops.lines.filter { $0.hasPrefix("\(service)-1 ") } == steps.map { "\(service)-1 \($0)" })
    }
  }

  @Test("R1: what a process that died was to say is said by another when its turn runs out")
  func turnTakenOver() async throws {
    let replicas = try await Replicas(2, services: ["backend"])
    let ops = try HookReceiver()
    try await report(replicas, to: ops)
    let (one, other) = (replicas.worlds[0], replicas.worlds[1])
    let now = one.clock.now()
    let end = now + .seconds(4)
    for listener in ["account fake", "target ops"] {
      let turn = try await one.store.takeTurn(at: listener, owner: "dead", until: end, now: now)
      #expect(turn == .mine)
    }
    let id = try await create(in: replicas, store: one.store)
    other.start()
    try await other.reach("backend-1", .committed)
    try await eventually("what was owed; there is \(ops.lines)") { ops.taken.count == 5 }
    try await eventually("GitHub's") {
      let deployment = try await other.deployment("backend-1")
      return try await other.store.report(of: id)?.said == DeploymentReport.Said(deployment)
    }
    // Nobody spoke before: what is said of it is its end alone.
    #expect(other.clock.now() >= end)
    #expect(one.board.record.filter { $0.contains("slipway/backend") }.count == 1)
    await replicas.stop()
  }
}

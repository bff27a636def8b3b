import DeployModel
import HTTPClient
import Notifications
import Pipeline
import PipelineKit
import TestKit
import Testing

/// Real receivers over HTTP, and a clock that the test turns.
@Suite("Targets are told of deployments")
struct NotificationTests {
  private let clock = ManualClock()
  private static let stages: Set<DeploymentState> = [
    .queued, .building, .publishing, .committing, .committed,
  ]

  private func makeWorld(
    _ filters: [NotificationFilter], _ receivers: [HookReceiver],
    services: [String] = ["backend", "frontend"]
  ) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(services: services, clock: clock)
    try name(filters, receivers, in: world)
    try await world.pipeline.prepare()
    world.start()
    return world
  }

  private func name(
    _ filters: [NotificationFilter], _ receivers: [HookReceiver], in world: PipelineWorld
  ) throws {
    world.reconfigure { $0.notifications = filters }
    world.receivers.replace(
      with: try zip(filters, receivers).map { filter, receiver in
        try WebhookTarget(
          name: filter.target, url: receiver.url, format: .cloudEvents, secret: Array("k3y".utf8),
          deadline: .milliseconds(500))
      })
  }

  private func filter(
    _ name: String, services: [String]? = nil,
    states: Set<DeploymentState> = NotificationFilter.ends
  ) throws -> NotificationFilter {
    NotificationFilter(
      target: try #require(TargetName(name)),
      services: try services.map { Set(try $0.map { try #require(ServiceName($0)) }) },
      states: states)
  }

  /// Lets seconds pass until it is so.
  private func pass(_ what: String, until condition: () async throws -> Bool) async throws {
    try await eventually(what) {
      if try await condition() { return true }
      clock.advance(by: .seconds(1))
      return false
    }
  }

  private func list(
    _ world: PipelineWorld, _ statuses: DeploymentNotification.Status...
  ) async throws -> [DeploymentNotification] {
    try await world.store.notifications(NotificationQuery(statuses: statuses)).items
  }

  @Test("a target is told of each step that it wants, in order; others of theirs alone")
  func filters() async throws {
    let (all, ends, other) = (try HookReceiver(), try HookReceiver(), try HookReceiver())
    let world = try await makeWorld(
      [
        try filter("all", states: Self.stages), try filter("ends"),
        try filter("other", services: ["frontend"]),
      ], [all, ends, other])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await world.push(["frontend"], version: "2")
    try await world.reach("frontend-1", .committed)
    try await eventually("what is owed; there is \(all.lines)") { all.taken.count == 10 }
    let steps = ["queued", "building", "publishing", "committing", "committed"]
    for service in ["backend", "frontend"] {
      #expect(
        all.lines.filter { $0.hasPrefix(service) } == steps.map { "\(service)-1 \($0)" })
    }
    try await eventually("the ends") { ends.taken.count == 2 && other.taken.count == 1 }
    #expect(ends.lines == ["backend-1 committed", "frontend-1 committed"])
    #expect(other.lines == ["frontend-1 committed"])
    try await eventually("that it is remembered") {
      try await list(world, .delivered).count == 13
    }
    #expect(try await list(world, .pending, .dead) == [])
    await world.stop()
  }

  @Test("R1: an error is tried again, later and later, with the same event, until it is taken")
  func retried() async throws {
    let ops = try HookReceiver()
    ops.answer(.response(500), .hangUp, .silence)
    let world = try await makeWorld([try filter("ops")], [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    let start = clock.now()
    try await pass("the fourth attempt") { ops.taken.count == 1 }
    #expect(ops.attempts == Array(repeating: "backend-1 committed", count: 4))
    // At least half of 5, 10 and 20 seconds.
    #expect(clock.now() - start >= .milliseconds(17_500))
    try await eventually("that it is remembered") {
      try await list(world, .delivered).first?.attempts == 4
    }
    await world.stop()
  }

  @Test("a rest that a receiver asks for is kept, to the second")
  func limited() async throws {
    let ops = try HookReceiver()
    ops.answer(.response(429, [("Retry-After", "90")]))
    let world = try await makeWorld([try filter("ops")], [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("the refused call") { ops.attempts.count == 1 }
    let start = clock.now()
    try await pass("the call after it") { ops.taken.count == 1 }
    #expect(clock.now() - start >= .seconds(90))
    await world.stop()
  }

  @Test("R12: what was owed for long when Slipway starts is tried, where its target is configured")
  func startedAfterLong() async throws {
    let ops = try HookReceiver()
    ops.answerAll(with: .response(503))
    let filters = [try filter("ops"), try filter("gone")]
    let world = try await makeWorld(filters, [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("the first attempt") { ops.attempts.count == 1 }
    await world.stop()
    clock.advance(by: .seconds(3 * 86_400))
    ops.answerAll(with: nil)
    world.reconfigure { $0.notifications = [filters[0]] }
    try await world.restart()
    try await pass("that it is told") { ops.lines == ["backend-1 committed"] }
    try await pass("that what nobody can be told is given up") {
      try await list(world, .dead).map(\.target) == [filters[1].target]
    }
    #expect(
      try await list(world, .dead).first?.lastError == "no target of this name is configured")
    await world.stop()
  }

  @Test("R12: a rest of no length leaves the target as much as an outage does")
  func restOfNoLength() async throws {
    let ops = try HookReceiver()
    ops.answerAll(with: .response(429, [("Retry-After", "0")]))
    let all = Set(DeploymentState.allCases)
    let world = try await makeWorld([try filter("ops", states: all)], [ops])
    try await world.push(["backend", "frontend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await world.reach("frontend-1", .committed)
    try await eventually("the first call") { !ops.attempts.isEmpty }
    let start = clock.now()
    try await pass("five more") { ops.attempts.count >= 6 }
    // At least 1, 2, 4, 8 and 16 seconds of the target as a whole.
    #expect(clock.now() - start >= .seconds(31))
    await world.stop()
  }

  @Test("R12: a receiver that is gone for long is given up, and told when somebody asks")
  func dead() async throws {
    let ops = try HookReceiver()
    ops.answerAll(with: .response(503))
    let world = try await makeWorld([try filter("ops")], [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("the first attempt") { ops.attempts.count == 1 }
    try await eventually("that it is given up") {
      clock.advance(by: .seconds(600))
      return try await list(world, .dead).count == 1
    }
    let dead = try #require(try await list(world, .dead).first)
    #expect(dead.lastError == "the receiver answered 503")
    #expect(clock.now() - dead.owedSince >= .seconds(86_400))
    // Later and later: not more often than every seven minutes in the end.
    #expect(ops.attempts.count < 220)
    ops.answerAll(with: nil)
    _ = try await world.pipeline.renotification.request(dead.id)
    // The lane may rest from its last failure still.
    try await pass("what was asked for") { ops.lines == ["backend-1 committed"] }
    #expect(ops.taken.first?.id == dead.event)
    try await eventually("that it is remembered") {
      try await list(world, .delivered).map(\.id) == [dead.id]
    }
    await world.stop()
  }

  @Test("a receiver that will never take something is not asked again, and the next is sent")
  func refused() async throws {
    let ops = try HookReceiver()
    ops.answer(.response(410))
    let world = try await makeWorld([try filter("ops")], [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("that it is given up") { try await list(world, .dead).count == 1 }
    try await world.push(["backend"], version: "2")
    try await eventually("the next") { ops.lines == ["backend-2 committed"] }
    await world.stop()
  }

  @Test("deployments and other targets never wait for a receiver that is silent")
  func neverInTheWay() async throws {
    let (silent, ops) = (try HookReceiver(), try HookReceiver())
    silent.answerAll(with: .silence)
    let world = try await makeWorld(
      [try filter("silent", states: Self.stages), try filter("ops", states: Self.stages)],
      [silent, ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("the other's") { ops.taken.count == 5 }
    #expect(silent.taken == [])
    // Its first step is all that it was asked: the others wait for their turn.
    #expect(Set(silent.attempts) == ["backend-1 queued"])
    await world.stop()
  }

  @Test("one event that a receiver chokes on keeps back its own deployment alone")
  func oneBadEvent() async throws {
    let ops = try HookReceiver()
    ops.answer(.response(500), .response(500))
    let world = try await makeWorld([try filter("ops", states: [.building, .committed])], [ops])
    try await world.push(["backend"], version: "1")
    try await eventually("the first failure") { ops.attempts.count == 1 }
    try await world.push(["frontend"], version: "2")
    try await world.reach("frontend-1", .committed)
    try await world.reach("backend-1", .committed)
    try await pass("all; there is \(ops.lines)") { ops.taken.count == 4 }
    for service in ["backend", "frontend"] {
      #expect(
        ops.lines.filter { $0.hasPrefix(service) }
          == ["\(service)-1 building", "\(service)-1 committed"])
    }
    await world.stop()
  }

  @Test("R1: what a process that died had not said is said by the next, and nothing is lost")
  func restart() async throws {
    let ops = try HookReceiver()
    ops.answerAll(with: .hangUp)
    let world = try await makeWorld([try filter("ops", states: Self.stages)], [ops])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("an attempt") { !ops.attempts.isEmpty }
    await world.stop()
    ops.answerAll(with: nil)
    try await world.restart()
    try await pass("the rest; there is \(ops.lines)") { ops.taken.count == 5 }
    #expect(
      ops.lines
        == ["queued", "building", "publishing", "committing", "committed"].map {
          "backend-1 \($0)"
        })
    await world.stop()
  }

  @Test("a reload names others; what was owed to a name goes to where it is now")
  func reload() async throws {
    let (old, new) = (try HookReceiver(), try HookReceiver())
    old.answerAll(with: .response(404))
    let world = try await makeWorld([try filter("ops")], [old])
    try await world.push(["backend"], version: "1")
    try await eventually("an attempt") { old.attempts.count == 1 }
    try name([try filter("ops")], [new], in: world)
    try await world.pipeline.configurationChanged()
    try await pass("the new address") { new.lines == ["backend-1 committed"] }
    world.reconfigure { $0.notifications = [] }
    world.receivers.replace(with: [])
    try await world.pipeline.configurationChanged()
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    #expect(try await list(world).count == 1)
    #expect(old.attempts.count == 1)
    let known = try #require(try await list(world).first)
    await #expect(throws: Refusal.self) {
      _ = try await world.pipeline.renotification.request(known.id)
    }
    await world.stop()
  }
}

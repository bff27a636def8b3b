import DeployModel
import Pipeline
import PipelineKit
import Synchronization
import TestKit
import Testing

/// What a process that died has left, and a remote that is away for a while.
@Suite struct RecoveryTests {
  @Test("R1: a delivery that was stored and not evaluated is taken up at the start")
  func pendingAtStart() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    let id = try await world.receive(before, after)
    #expect(try await world.delivery(id).outcome == .pending)
    world.start()
    try await world.reach("backend-1", .committed)
    #expect(try await world.delivery(id).outcome == .deployed)
  }

  @Test("R1: pushes of a branch are evaluated in the order of their arrival")
  func arrivalOrder() async throws {
    let world = try await PipelineWorld.make(concurrency: 0)
    let (start, first) = try await world.monorepo.change(["backend"], to: "1")
    let (_, second) = try await world.monorepo.change(["frontend"], to: "2")
    let earlier = try await world.receive(start, first)
    let later = try await world.receive(first, second)
    try await world.evaluate()
    try await eventually("both evaluations") {
      try await world.store.branchesWithPendingPushes().isEmpty
    }
    #expect(try await world.delivery(earlier).deployments.map(\.description) == ["backend-1"])
    #expect(try await world.delivery(later).deployments.map(\.description) == ["frontend-1"])
  }

  @Test("R1: while the remote is away a push stays pending, says why, and is tried again")
  func remoteAway() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    try await shell("mv", world.monorepo.origin, "\(world.monorepo.origin).away")
    let id = try await world.receive(before, after)
    try await world.evaluate()
    try await eventually("an attempt that fails") { try await world.delivery(id).attempts > 0 }
    let waiting = try await world.delivery(id)
    #expect(waiting.outcome == .pending)
    #expect(waiting.reason.contains("origin.git"))
    try await shell("mv", "\(world.monorepo.origin).away", world.monorepo.origin)
    try await eventually("the evaluation") { try await world.delivery(id).outcome == .deployed }
  }

  @Test(
    "R1: what a process was working on when it died begins again",
    arguments: [DeploymentState.building, .publishing])
  func abandonedBuild(_ state: DeploymentState) async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    try await leave(world, in: state, leaseFor: .seconds(-1))
    world.reconfigure { $0.buildConcurrency = 1 }
    world.start()
    try await world.reach("backend-1", .committed)
    let states = try await world.store.timeline(world.deployment("backend-1").id).map(\.state)
    #expect(states.filter { $0 == .queued }.count == 2)
  }

  @Test("R10: what a process was working on when it died does not begin again after a newer push")
  func abandonedAndOld() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    try await leave(world, in: .building, leaseFor: .seconds(-1))
    try await world.push(["backend"], version: "2")
    world.reconfigure { $0.buildConcurrency = 1 }
    world.start()
    let newer = try await world.reach("backend-2", .committed)
    let older = try await world.reach("backend-1", .superseded)
    #expect(older.supersededBy == newer.id)
    #expect(world.builder.started == [newer.id])
    await world.stop()
  }

  @Test("R10: an old push that was looked at again is no newer one")
  func abandonedBesideAnOlder() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let before = try await world.monorepo.tip()
    try world.monorepo.write("1\n", to: "docs/guide.md")
    let after = try await world.monorepo.commit("docs: a guide")
    let missed = try await world.deliver(before, after)
    try await leave(world, in: .building, leaseFor: .seconds(-1))
    let name = try #require(ServiceName("backend"))
    world.reconfigure {
      $0.services[name]?.filter = PathFilter(.paths, ["backend/**", "docs/**"])
    }
    _ = try await world.pipeline.redelivery.request(missed.guid)
    try await world.reach("backend-2", .queued)
    world.reconfigure { $0.buildConcurrency = 1 }
    world.start()
    try await world.reach("backend-1", .committed)
    try await eventually("the newer source to be deployed in the end") {
      let state = try await world.state("backend")
      return state.inFlight.isEmpty && state.current?.deployment?.description == "backend-1"
    }
    await world.stop()
  }

  @Test("R10: nor does it where the newer push is being built already")
  func abandonedBesideANewer() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    try await leave(world, in: .building, leaseFor: .seconds(-1))
    try await world.push(["backend"], version: "2")
    let now = world.clock.now()
    let claimed = try await world.store.claim(
      states: [.queued], excluding: [], makers: [:], owner: "alive", until: now + .seconds(3600),
      now: now)
    let newer = try #require(claimed)
    try await world.store.advance(
      newer.id,
      DeploymentChange(
        from: [.queued], to: .building, at: now, reason: "began", owner: "alive"))
    world.reconfigure { $0.buildConcurrency = 1 }
    world.start()
    let older = try await world.reach("backend-1", .superseded)
    #expect(older.supersededBy == newer.id)
    #expect(world.builder.started.isEmpty)
    await world.stop()
  }

  @Test("R1: however the clock leaps, nobody takes his own work for that of the dead")
  func leapingClock() async throws {
    let clock = LeapingClock()
    let world = try await PipelineWorld.make(
      services: ["backend"], patience: .seconds(1_000_000_000), clock: clock)
    let name = try #require(ServiceName("backend"))
    let gate = world.builder.closeGate(of: name)
    world.start()
    try await world.push(["backend"], version: "1")
    let id = try await world.reach("backend-1", .building).id
    let renewals = clock.renewals
    try await eventually("three renewals") { clock.renewals > renewals + 3 }
    world.builder.openGate(of: name)
    gate.open()
    try await world.reach("backend-1", .committed)
    #expect(world.builder.started == [id])
    #expect(try await world.store.timeline(id).map(\.state).count { $0 == .queued } == 1)
    await world.stop()
  }

  @Test("R1: after a restart the work of the dead is free at once, whatever its leases say")
  func leasesOfTheDead() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    try await leave(world, in: .building, leaseFor: .seconds(86_400))
    world.reconfigure { $0.buildConcurrency = 1 }
    try await world.pipeline.prepare()
    world.start()
    try await world.reach("backend-1", .committed)
  }

  @Test("R5: a start puts latest where a process that died should have moved it")
  func latestAtStart() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    try await world.push(["backend"], version: "1")
    let image = try #require(try await world.reach("backend-1", .committed).image)
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest") { world.registry.tags(of: image.repository)[latest] != nil }
    world.registry.remove(latest, from: image.repository)
    world.start()
    try await eventually("latest again") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
  }

  /// As a process leaves it that dies in the middle of backend-1.
  private func leave(
    _ world: PipelineWorld, in state: DeploymentState, leaseFor duration: Duration
  ) async throws {
    try await world.push(["backend"], version: "1")
    let now = world.clock.now()
    let claimed = try await world.store.claim(
      states: [.queued], excluding: [], makers: [:], owner: "dead", until: now + duration, now: now)
    let id = try #require(claimed?.id)
    try await world.store.advance(
      id, DeploymentChange(from: [.queued], to: .building, at: now, reason: "", owner: "dead"))
    guard state == .publishing else { return }
    try await world.store.advance(
      id, DeploymentChange(from: [.building], to: state, at: now, reason: "", owner: "dead"))
  }
}

/// An hour passes between any two looks at it: every lease is over when it is looked at again.
private final class LeapingClock: WallClock {
  private let state = Mutex((ahead: Duration.zero, renewals: 0))

  /// How often the pause between two renewals of leases was slept.
  var renewals: Int { state.withLock { $0.renewals } }

  func now() -> Timestamp {
    TestClock().now()
      + state.withLock { state in
        state.ahead += .seconds(3600)
        return state.ahead
      }
  }

  func sleep(for duration: Duration) async throws {
    if duration == .seconds(8) { state.withLock { $0.renewals += 1 } }
    try await Task.sleep(for: min(duration, .milliseconds(20)))
  }
}

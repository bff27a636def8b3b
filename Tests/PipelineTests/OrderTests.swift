import DeployModel
import Pipeline
import PipelineKit
import Synchronization
import TestKit
import Testing

@Suite struct OrderTests {
  @Test("R10: a newer push drops the service's queued deployment, and lets the running build end")
  func supersedeQueued() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    try await world.push(["backend"], version: "2")
    try await world.push(["backend"], version: "3")
    let dropped = try await world.reach("backend-2", .superseded)
    #expect(dropped.supersededBy?.description == "backend-3")
    #expect(try await world.deployment("backend-1").state == .building)
    world.builder.openGate(of: name)
    try await world.reach("backend-3", .committed)
    #expect(world.builder.started.map(\.number) == [1, 3])
  }

  @Test(
    "R10: with supersede running a newer push also ends the running build, never twice in a row")
  func supersedeRunning() async throws {
    let world = try await PipelineWorld.make(
      services: ["backend"], supersede: .running, clock: ManualClock())
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-1", .superseded)
    try await world.reach("backend-2", .building)
    try await world.push(["backend"], version: "3")
    #expect(try await world.deployment("backend-2").state == .building)
    world.builder.openGate(of: name)
    try await world.reach("backend-3", .committed)
  }

  @Test("R10: a build that was spared once is spared by the pushes after it as well")
  func sparedForGood() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], supersede: .running)
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .building)
    try await world.push(["backend"], version: "3")
    try await world.push(["backend"], version: "4")
    world.builder.openGate(of: name)
    try await world.reach("backend-2", .committed)
    try await world.reach("backend-4", .committed)
    // It ended by itself, so the next one may be superseded again.
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "5")
    try await world.reach("backend-5", .building)
    try await world.push(["backend"], version: "6")
    try await world.reach("backend-5", .superseded)
    world.builder.openGate(of: name)
    try await world.reach("backend-6", .committed)
  }

  @Test("R10: a restart does not forget that the build before was superseded")
  func sparedAfterRestart() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], supersede: .running)
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-1", .superseded)
    // `building` is recorded before the builder hears of it.
    try await eventually("the second build") { world.builder.started.count == 2 }
    try await world.restart()
    try await eventually("the second build again") { world.builder.started.count == 3 }
    try await world.reach("backend-2", .building)
    try await world.push(["backend"], version: "3")
    #expect(try await world.deployment("backend-2").state == .building)
    world.builder.openGate(of: name)
    try await world.reach("backend-2", .committed)
    try await world.reach("backend-3", .committed)
  }

  @Test("R10: with supersede running a build that a person asked for is left alone")
  func manualBuildRuns() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], supersede: .running)
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    world.start()
    _ = try await world.monorepo.change(["backend"], to: "1")
    let manual = try await world.pipeline.manualDeploy.request(
      ManualDeployRequest(
        service: name, reference: nil, rebuild: false, overrideHold: false, offBranch: false,
        reason: "by hand", actor: "ada"))
    await world.pipeline.wake(name)
    try await world.reach(manual.id.description, .building)
    try await world.push(["backend"], version: "2")
    #expect(try await world.deployment(manual.id.description).state == .building)
    world.builder.openGate(of: name)
    try await world.reach(manual.id.description, .committed)
  }

  @Test("R5: a retry whose source left the branch ends before it is built")
  func retryOfWhatIsGone() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    world.builder.fail(
      name, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    world.start()
    let delivery = try await world.push(["backend"], version: "1")
    let failed = try await world.reach("backend-1", .failed)
    try await world.monorepo.rewind(to: delivery.before)
    await world.pipeline.lookAtGit()
    let retried = try await world.pipeline.cancelAndRetry.retry(
      failed.id, actor: "ada", reason: "")
    await world.pipeline.wake()
    try await world.reach(retried.id.description, .superseded)
    #expect(!world.builder.started.contains(retried.id))
  }

  @Test("R10: with supersede running another service's build is not touched")
  func otherServiceRuns() async throws {
    let world = try await PipelineWorld.make(supersede: .running)
    let names = try ["backend", "frontend"].map { try #require(ServiceName($0)) }
    for name in names { _ = world.builder.closeGate(of: name) }
    world.start()
    try await world.push(["frontend"], version: "1")
    try await world.reach("frontend-1", .building)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-1", .building)
    #expect(try await world.deployment("frontend-1").state == .building)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-1", .superseded)
    #expect(try await world.deployment("frontend-1").state == .building)
    for name in names { world.builder.openGate(of: name) }
    try await world.reach("frontend-1", .committed)
    try await world.reach("backend-2", .committed)
  }

  @Test("R5: where latest cannot be moved the deployment stands, and it is tried again")
  func latestIsRetried() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let latest = try #require(ImageTag("latest"))
    world.registry.refuse(
      latest,
      with: RegistryError(
        code: .registryUnavailable, message: "busy", disposition: .retry(after: nil)))
    world.start()
    try await world.push(["backend"], version: "1")
    let image = try #require(try await world.reach("backend-1", .committed).image)
    try await eventually("a refusal") { world.registry.refusals > 0 }
    world.registry.refuse(latest, with: nil)
    try await eventually("latest") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
  }

  /// Everything takes its time but one pause, which is over at once.
  private final class Impatient: WallClock {
    private let skipped: Duration
    private let count = Atomic(0)
    var skips: Int { count.load(ordering: .relaxed) }

    init(of skipped: Duration) { self.skipped = skipped }

    func now() -> Timestamp { TestClock().now() }
    func sleep(for duration: Duration) async throws {
      guard duration == skipped else { return try await TestClock().sleep(for: duration) }
      count.wrappingAdd(1, ordering: .relaxed)
    }
  }

  @Test("R5: latest waits for as long as the registry asks")
  func latestWaits() async throws {
    let clock = Impatient(of: .seconds(61))
    let world = try await PipelineWorld.make(services: ["backend"], clock: clock)
    let latest = try #require(ImageTag("latest"))
    world.registry.refuse(
      latest,
      with: RegistryError(
        code: .registryUnavailable, message: "busy", disposition: .retry(after: .seconds(61))))
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await eventually("two pauses") { clock.skips == 2 }
    try await eventually("the warning") {
      try await world.store.timeline(world.deployment("backend-1").id).contains {
        $0.reason.hasPrefix("warning: the tag latest")
      }
    }
    #expect(world.registry.refusals == 3)
  }

  @Test("R12: a build that prints for ever fills no disk, and its log says where it was cut")
  func endlessLog() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let mebibyte = Array(repeating: UInt8(ascii: "x"), count: 1 << 20)
    world.builder.say(mebibyte, times: 70)
    world.start()
    try await world.push(["backend"], version: "1")
    let id = try await world.reach("backend-1", .committed).id
    var size = 0
    var next = 0
    var last: [UInt8] = []
    while case let (bytes, following) = try await world.store.log(id, fromChunk: next),
      !bytes.isEmpty
    {
      size += bytes.count
      next = following
      last = bytes
    }
    #expect(size < 66 << 20)
    #expect(String(decoding: last.suffix(60), as: UTF8.self).contains("[the log is cut here"))
  }

  @Test("R5: an older source never overwrites a newer one, whichever build ends last")
  func olderBuildEndsLast() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .building)
    let second = try await world.pipeline.cancelAndRetry.cancel(
      try #require(DeploymentID("backend-2")), actor: "ada", reason: "slow")
    #expect(second.deployment.state == .cancelled)
    world.builder.openGate(of: name)
    try await world.push(["backend"], version: "3")
    let third = try await world.reach("backend-3", .committed)
    let retried = try await world.pipeline.cancelAndRetry.retry(
      second.deployment.id, actor: "ada", reason: "")
    await world.pipeline.wake()
    let ended = try await world.reach(retried.id.description, .superseded)
    #expect(ended.retryOf == second.deployment.id)
    // It was decided before a builder was needed.
    #expect(!world.builder.started.contains(retried.id))
    #expect(try await world.store.timeline(retried.id).map(\.state) == [.queued, .superseded])
    #expect(try await world.tagInGit("backend") == third.source?.commit.short())
    #expect(first.source?.commit != third.source?.commit)
  }

  @Test("At most N builds run, and one per service")
  func limits() async throws {
    let services = (1...6).map { "service\($0)" }
    let world = try await PipelineWorld.make(services: services, concurrency: 2)
    let gates = try services.map { world.builder.closeGate(of: try #require(ServiceName($0))) }
    world.start()
    try await world.push(services, version: "1")
    try await eventually("two builds") { world.builder.running.count == 2 }
    for gate in gates { gate.open() }
    for service in services { try await world.reach("\(service)-1", .committed) }
    #expect(world.builder.mostAtOnce == 2)
  }

  @Test("R12: a build that fails says so, and the next push of the service is not held up by it")
  func failingBuild() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    world.builder.fail(
      name, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    world.start()
    try await world.push(["backend"], version: "1")
    let failed = try await world.reach("backend-1", .failed)
    #expect(
      failed.failure == DeploymentFailure(stage: .building, code: .buildFailed, message: "exit 7"))
    #expect(try await world.state("backend").behind?.commit == failed.source?.commit)
    world.builder.fail(name, with: nil)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    #expect(try await world.state("backend").behind == nil)
  }

  @Test("R5: latest follows what another process landed while this one was moving it")
  func latestOfAnother() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    let image = try #require(first.image)
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest to be there") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
    let moved = Gate()
    world.registry.beforeTagging(latest) { [store = world.store, clock = world.clock] in
      do {
        let rollback = try await store.create(
          NewDeployment(
            service: first.id.service, cause: .rollback, actor: "ada", reason: "elsewhere",
            source: first.source, image: image, rollbackOf: first.id, at: clock.now()))
        let commit = try #require(first.manifestCommit)
        try await store.land(
          Landing(
            deployment: rollback.id, state: .committed, commit: commit, at: clock.now(),
            reason: "pushed elsewhere"))
      } catch {
        Issue.record(error)
      }
      moved.open()
    }
    try await world.push(["backend"], version: "2")
    try await moved.pass()
    try await eventually("latest to be what was landed last") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
    try await world.reach("backend-3", .committed)
  }

  @Test("R14: an old push that is evaluated again after a force push leaves nothing behind")
  func evaluatedAgain() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    let first = try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    try await world.monorepo.pull()
    let kept = try await world.monorepo.tip()
    let name = try #require(ServiceName("backend"))
    world.builder.fail(
      name, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .failed)
    world.builder.fail(name, with: nil)
    try await world.monorepo.rewind(to: kept)
    try await world.deliver(first.before, first.after, guid: "again")
    try await world.reach("backend-4", .superseded)
    let state = try await world.state("backend")
    #expect(state.current?.deployment?.description == "backend-2")
    #expect(state.behind == nil)
  }
}

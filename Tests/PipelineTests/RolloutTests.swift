import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite("Rollouts: from the manifest commit to live")
struct RolloutTests {
  private static let application = "shop-backend"

  private func makeWorld(
    deadline: Duration = .seconds(900), autoRollback: Bool = false, migrations: String? = nil,
    clock: any WallClock = TestClock(), store: PipelineWorld.SharedStore? = nil
  ) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(migrations: migrations, clock: clock, store: store)
    for service in ["backend", "frontend"] {
      let name = try #require(ServiceName(service))
      world.reconfigure {
        $0.services[name]?.argocd = [
          ArgoCDApplication(
            application: "shop-\(service)", project: nil, appNamespace: nil)
        ]
        $0.services[name]?.rolloutDeadline = deadline
        $0.services[name]?.autoRollback = autoRollback
      }
    }
    world.start()
    return world
  }

  /// What Argo CD shows when the deployment's commit is rolled out and well.
  private func healthy(_ deployment: Deployment) throws -> Rollout {
    let commit = try #require(deployment.manifestCommit)
    let image = try #require(deployment.image)
    return Rollout(revisions: [commit.hex], images: ["\(image.repository):\(image.tag)"])
  }

  private func shown(_ deployment: Deployment, _ change: (inout Rollout) -> Void) throws -> Rollout
  {
    var rollout = try healthy(deployment)
    change(&rollout)
    return rollout
  }

  private func pod(of deployment: Deployment, reason: String, restarts: Int = 0) throws
    -> Rollout.Pod
  {
    let image = try #require(deployment.image)
    return Rollout.Pod(
      name: "backend-1", images: ["\(image.repository):\(image.tag)"], reason: reason,
      message: "", restarts: restarts)
  }

  @Test("R11: Argo CD is told at once, and the deployment is live when it says so")
  func live() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    try await eventually("the refresh") {
      world.rollouts.calls.contains(.refresh(Self.application))
    }
    world.rollouts.show(try healthy(syncing), for: Self.application)
    let live = try await world.reach("backend-1", .live)
    #expect(live.finishedAt != nil)
    #expect(!world.rollouts.calls.contains { if case .sync = $0 { true } else { false } })
    let name = try #require(ServiceName("backend"))
    #expect(world.pipeline.rollouts.health(of: name)?.status == .healthy)
    await world.stop()
  }

  @Test("R11: a commit on top of ours counts as ours")
  func descendant() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    let (_, tip) = try await world.monorepo.change(["frontend"], to: "later")
    world.rollouts.show(try shown(syncing) { $0.revisions = [tip] }, for: Self.application)
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  @Test("R11: an image that cannot be pulled fails with the pod's reason, and recovers")
  func failsAndRecovers() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    let broken = try pod(of: syncing, reason: "ImagePullBackOff")
    world.rollouts.show(
      try shown(syncing) {
        $0.health = .progressing
        $0.pods = [broken]
      }, for: Self.application)
    let failed = try await world.reach("backend-1", .failed)
    #expect(failed.failure?.code == .rolloutFailed)
    #expect(failed.failure?.message == "pod backend-1: ImagePullBackOff")
    #expect(try await world.state("backend").current?.deployment == failed.id)

    world.rollouts.show(try healthy(syncing), for: Self.application)
    await world.stop()
    try await world.restart()
    let live = try await world.reach("backend-1", .live, .failed)
    try await eventually("the recovery") {
      try await world.deployment("backend-1").state == .live
    }
    #expect(live.id == failed.id)
    #expect(try await world.deployment("backend-1").recovered)
    await world.stop()
  }

  @Test("R1: what is being rolled out when the process dies is taken up by the next")
  func restart() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    await world.stop()
    world.rollouts.show(try healthy(syncing), for: Self.application)
    try await world.restart()
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  @Test("a newer commit of the service supersedes the rollout before")
  func superseded() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    try await world.reach("backend-1", .syncing)
    try await world.push(["backend"], version: "two")
    let second = try await world.reach("backend-2", .syncing)
    let first = try await world.deployment("backend-1")
    #expect(first.state == .superseded && first.supersededBy == second.id)
    await world.stop()
  }

  @Test("while Argo CD is down commits go on, and nothing fails for it")
  func down() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(deadline: .seconds(60), clock: clock)
    world.rollouts.fail(with: RolloutError(.unavailable, "argocd.test cannot be reached"))
    try await world.push(["backend", "frontend"], version: "one")
    try await world.reach("backend-1", .syncing)
    let syncing = try await world.reach("frontend-1", .syncing)
    let looks = world.rollouts.looks
    clock.jump(by: .seconds(120))
    try await eventually("another look") { world.rollouts.looks > looks + 1 }
    #expect(try await world.deployment("frontend-1").state == .syncing)
    let timeline = try await world.store.timeline(syncing.id)
    #expect(timeline.contains { $0.reason.contains("cannot be reached; it is asked again") })
    world.rollouts.fail(with: nil)
    world.rollouts.show(try healthy(syncing), for: "shop-frontend")
    try await world.reach("frontend-1", .live)
    await world.stop()
  }

  @Test("R11: the time in which Argo CD was down takes nothing from the deadline")
  func backAgain() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(deadline: .seconds(300), autoRollback: true, clock: clock)
    world.rollouts.fail(with: RolloutError(.unavailable, "argocd.test cannot be reached"))
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    func comes(_ words: String) async throws {
      try await eventually(words) {
        try await world.store.timeline(syncing.id).contains { $0.reason.contains(words) }
      }
    }
    try await comes("cannot be reached; it is asked again")
    clock.jump(by: .seconds(1200))
    world.rollouts.show(
      try shown(syncing) {
        $0.health = .progressing
        $0.healthMessage = "1 of 3 replicas"
      }, for: Self.application)
    world.rollouts.fail(with: nil)
    try await comes("1 of 3 replicas")
    // The minute of first sight is over, and most of the deadline as well.
    clock.jump(by: .seconds(200))
    let looks = world.rollouts.looks
    try await eventually("more looks") { world.rollouts.looks > looks + 2 }
    #expect(try await world.deployment("backend-1").state == .syncing)
    clock.jump(by: .seconds(101))
    try await world.reach("backend-1", .failed)
    await world.stop()
  }

  @Test("R11: while git does not answer nobody knows what Argo CD has, and nothing fails for it")
  func gitIsDown() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(deadline: .seconds(300), clock: clock)
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    let (_, tip) = try await world.monorepo.change(["frontend"], to: "later")
    let (origin, away) = (world.monorepo.origin, world.monorepo.origin + ".away")
    try FileManager.default.moveItem(atPath: origin, toPath: away)
    world.rollouts.show(try shown(syncing) { $0.revisions = [tip] }, for: Self.application)
    try await eventually("its reason") {
      try await world.store.timeline(syncing.id).contains {
        $0.reason.hasPrefix("git does not say what Argo CD has")
      }
    }
    clock.jump(by: .seconds(1200))
    let looks = world.rollouts.looks
    try await eventually("more looks") { world.rollouts.looks > looks + 2 }
    #expect(try await world.deployment("backend-1").state == .syncing)
    try FileManager.default.moveItem(atPath: away, toPath: origin)
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  @Test("R11: what is not live by its deadline has failed, and says what it waited for")
  func deadline() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(deadline: .seconds(60), clock: clock)
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    world.rollouts.show(
      try shown(syncing) {
        $0.health = .progressing
        $0.healthMessage = "1 of 3 replicas"
      }, for: Self.application)
    try await eventually("its reason") {
      try await world.store.timeline(syncing.id).contains { $0.reason.contains("1 of 3 replicas") }
    }
    clock.jump(by: .seconds(61))
    let failed = try await world.reach("backend-1", .failed)
    #expect(
      failed.failure?.message == "not live within 1m: new pods are starting: 1 of 3 replicas")
    await world.stop()
  }

  @Test("R11: degraded for some seconds is not failed, degraded for a minute is")
  func degraded() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(clock: clock)
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    world.rollouts.show(try shown(syncing) { $0.health = .degraded }, for: Self.application)
    try await eventually("the doubt") {
      try await world.store.timeline(syncing.id).contains { $0.reason.contains("degraded") }
    }
    clock.jump(by: .seconds(50))
    let looks = world.rollouts.looks
    try await eventually("another look") { world.rollouts.looks > looks + 1 }
    #expect(try await world.deployment("backend-1").state == .syncing)
    clock.jump(by: .seconds(11))
    let failed = try await world.reach("backend-1", .failed)
    #expect(failed.failure?.message == "the application is degraded")
    await world.stop()
  }

  @Test("R11: a doubt begins anew after a time in which nobody saw anything")
  func doubtUnseen() async throws {
    let clock = JumpingClock()
    let world = try await makeWorld(clock: clock)
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    world.rollouts.show(try shown(syncing) { $0.health = .degraded }, for: Self.application)
    try await eventually("the doubt") {
      try await world.store.timeline(syncing.id).contains { $0.reason.contains("degraded") }
    }
    world.rollouts.fail(with: RolloutError(.unavailable, "argocd.test cannot be reached"))
    try await eventually("the silence") {
      try await world.store.timeline(syncing.id).contains { $0.reason.contains("cannot be") }
    }
    clock.jump(by: .seconds(61))
    world.rollouts.fail(with: nil)
    let looks = world.rollouts.looks
    try await eventually("another look") { world.rollouts.looks > looks + 1 }
    #expect(try await world.deployment("backend-1").state == .syncing)
    world.rollouts.show(try healthy(syncing), for: Self.application)
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  // MARK: What is told

  @Test("R11: what is told is looked at, and a feed that ends is opened where it was")
  func told() async throws {
    let world = try await makeWorld()
    world.rollouts.beginTelling()
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    world.rollouts.show(
      try shown(syncing) { $0.health = .progressing }, for: Self.application)
    try await eventually("a feed of its resources") {
      world.rollouts.feeds.contains {
        if case .resources(let application) = $0.topic {
          application.application == Self.application
        } else {
          false
        }
      }
    }
    let feed = try #require(world.rollouts.feeds.last)
    world.rollouts.show(try healthy(syncing), for: Self.application)
    feed.tell(.resources)
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  @Test("where auto-sync is off the exact commit is synced, once, when Argo CD lets us")
  func manualSync() async throws {
    let world = try await makeWorld()
    world.rollouts.refuseSync(
      with: RolloutError(.busy, "Argo CD: cannot sync: blocked by sync window"))
    try await world.push(["backend"], version: "one")
    let syncing = try await world.reach("backend-1", .syncing)
    let commit = try #require(syncing.manifestCommit)
    world.rollouts.show(
      try shown(syncing) {
        $0.isAutoSynced = false
        $0.sync = .outOfSync
      }, for: Self.application)
    try await eventually("the window in the timeline") {
      try await world.store.timeline(syncing.id).contains { $0.reason.contains("sync window") }
    }
    world.rollouts.refuseSync(with: nil)
    try await eventually("the sync") {
      world.rollouts.calls.contains(.sync(Self.application, commit))
    }
    let looks = world.rollouts.looks
    try await eventually("more looks") { world.rollouts.looks > looks + 1 }
    #expect(world.rollouts.calls.count { $0 == .sync(Self.application, commit) } == 1)
    world.rollouts.show(try healthy(syncing), for: Self.application)
    try await world.reach("backend-1", .live)
    await world.stop()
  }

  // MARK: Automatic rollback

  /// `one` is live, and `two` cannot be pulled.
  private func failSecond(
    _ world: PipelineWorld, before: () async throws -> Void = {}
  ) async throws {
    try await world.push(["backend"], version: "one")
    let first = try await world.reach("backend-1", .syncing)
    world.rollouts.show(try healthy(first), for: Self.application)
    try await world.reach("backend-1", .live)
    try await world.push(["backend"], version: "two")
    let second = try await world.reach("backend-2", .syncing)
    let broken = try pod(of: second, reason: "CrashLoopBackOff", restarts: 3)
    try await before()
    world.rollouts.show(
      try shown(second) { $0.pods = [broken] }, for: Self.application)
    try await world.reach("backend-2", .failed)
  }

  @Test("R9: a failed rollout goes back to what was live, on hold, and not twice in a row")
  func autoRollback() async throws {
    let world = try await makeWorld(autoRollback: true)
    try await failSecond(world)
    let back = try await world.reach("backend-3", .syncing)
    #expect(back.cause == .autoRollback && back.actor == "slipway")
    #expect(back.rollbackOf?.description == "backend-1")
    #expect(back.reason.contains("backend-2 failed: pod backend-1: CrashLoopBackOff"))
    let state = try await world.state("backend")
    #expect(state.hold?.until == .released)
    #expect(try await world.tagInGit("backend") == world.deployment("backend-1").image?.tag.name)

    let broken = try pod(of: back, reason: "ImagePullBackOff")
    world.rollouts.show(try shown(back) { $0.pods = [broken] }, for: Self.application)
    try await world.reach("backend-3", .failed)
    let looks = world.rollouts.looks
    await world.stop()
    try await world.restart()
    try await eventually("another look") { world.rollouts.looks > looks }
    #expect(try await world.state("backend").inFlight.isEmpty)
    await world.stop()
  }

  @Test("R9: a registry that is away for a moment delays an automatic rollback")
  func registryAway() async throws {
    let world = try await makeWorld(autoRollback: true)
    let away = RegistryError(
      code: .registryUnavailable, message: "503", disposition: .retry(after: .milliseconds(1)))
    try await failSecond(world) { world.registry.fail(with: away) }
    let looks = world.rollouts.looks
    try await eventually("another look") { world.rollouts.looks > looks + 1 }
    #expect(try await world.state("backend").inFlight.isEmpty)
    world.registry.fail(with: nil)
    let back = try await world.reach("backend-3", .syncing)
    #expect(back.cause == .autoRollback)
    let timeline = try await world.store.timeline(world.deployment("backend-2").id)
    #expect(timeline.count { $0.reason.hasPrefix("the automatic rollback waits") } == 1)
    #expect(!timeline.contains { $0.reason == "not rolled back automatically" })
    await world.stop()
  }

  @Test("R9: nor is a store that fails once")
  func storeAway() async throws {
    let store = try LossyStore()
    let world = try await makeWorld(
      autoRollback: true,
      store: PipelineWorld.SharedStore(store, events: EventBus(), owner: "one"))
    try await failSecond(world) { store.lose(.wish) }
    let back = try await world.reach("backend-3", .syncing)
    #expect(back.cause == .autoRollback)
    await world.stop()
  }

  @Test("R9: that another process rolls back already is no refusal")
  func rolledBackByAnother() async throws {
    let world = try await makeWorld(autoRollback: true)
    let origin = world.monorepo.origin
    // It stays under way: nothing can be committed.
    try await failSecond(world) {
      try await shell("mv", origin, "\(origin).away")
      _ = try await world.pipeline.rollback.request(
        RollbackRequest(
          service: try #require(ServiceName("backend")), target: nil, hold: .untilReleased,
          acceptMigrations: false, reason: "", actor: "another", cause: .autoRollback))
    }
    let looks = world.rollouts.looks
    await world.stop()
    try await world.restart()
    try await eventually("another look") { world.rollouts.looks > looks + 1 }
    let timeline = try await world.store.timeline(world.deployment("backend-2").id)
    #expect(!timeline.contains { $0.reason == "not rolled back automatically" })
    try await shell("mv", "\(origin).away", origin)
    await world.pipeline.wake()
    let back = try await world.reach("backend-3", .syncing)
    #expect(back.actor == "another")
    await world.stop()
  }

  @Test("R9: nothing goes back by itself across a migration, and the timeline says why")
  func acrossMigration() async throws {
    let world = try await makeWorld(autoRollback: true, migrations: "backend/**")
    try await failSecond(world)
    let failed = try await world.deployment("backend-2")
    try await eventually("the reason") {
      try await world.store.timeline(failed.id).contains {
        $0.reason == "not rolled back automatically"
          && $0.details?.contains("migrations changed") == true
      }
    }
    #expect(try await world.state("backend").hold == nil)
    await world.stop()
  }

  @Test("without an application any more, what was being rolled out ends as committed")
  func unwatched() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "one")
    try await world.reach("backend-1", .syncing)
    await world.stop()
    let name = try #require(ServiceName("backend"))
    world.reconfigure { $0.services[name]?.argocd = [] }
    try await world.restart()
    try await world.reach("backend-1", .committed)
    await world.stop()
  }
}

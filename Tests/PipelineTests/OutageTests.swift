import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite struct OutageTests {
  @Test("R1: a push waits, and says why, while the remote is down; then it is evaluated")
  func remoteDown() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    let origin = world.monorepo.origin
    try FileManager.default.moveItem(atPath: origin, toPath: origin + ".away")
    let id = try #require(DeliveryGUID("while-down"))
    try await world.store(id, before, after)
    try await eventually("a failed attempt") { try await world.delivery(id).attempts > 0 }
    let waiting = try await world.delivery(id)
    #expect(waiting.outcome == .pending)
    #expect(!waiting.reason.isEmpty)
    try FileManager.default.moveItem(atPath: origin + ".away", toPath: origin)
    try await eventually("the evaluation") {
      try await world.delivery(id).outcome == .deployed
    }
  }

  @Test("R14: a remote that never answers keeps no other from being looked at, again and again")
  func silentRemote() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], manifestsElsewhere: true)
    world.reconfigure { $0.pollInterval = .milliseconds(50) }
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    // Whoever reads it waits for a writer.
    let silent = "\(world.monorepo.origin)/HEAD"
    try FileManager.default.removeItem(atPath: silent)
    #expect(mkfifo(silent, 0o600) == 0)
    for tag in ["v8", "v9"] {
      try await world.manifests.setTag(of: "backend", to: tag)
      try await eventually("\(tag) is on record") {
        try await world.state("backend").current?.tag == tag
      }
    }
    await world.stop()
  }

  @Test("R12: a registry that is down fails the deployment after some tries; retry makes it good")
  func registryDown() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], patience: .seconds(9))
    world.registry.fail(
      with: RegistryError(
        code: .registryUnavailable, message: "connection refused", disposition: .retry(after: nil)))
    world.start()
    try await world.push(["backend"], version: "1")
    let failed = try await world.reach("backend-1", .failed)
    #expect(failed.failure?.code == .registryUnavailable)
    #expect(failed.failure?.message.contains("connection refused") == true)
    world.registry.fail(with: nil)
    let retried = try await world.pipeline.cancelAndRetry.retry(
      failed.id, actor: "ada", reason: "it is back")
    await world.pipeline.wake()
    try await world.reach(retried.id.description, .committed)
    #expect(try await world.deployment(retried.id.description).cause == .retry)
  }

  @Test("R5: latest follows a landing whose answer was lost, however long the store is away")
  func landingUnanswered() async throws {
    let store = try LossyStore()
    store.lose(.answer)
    let world = try await PipelineWorld.make(
      services: ["backend"], clock: HastyClock(),
      store: PipelineWorld.SharedStore(store, events: EventBus(), owner: "one"))
    let backend = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: backend)
    world.start()
    try await world.push(["backend"], version: "1")
    world.builder.openGate(of: backend)
    try await eventually("some reads that failed") { store.refusals >= 200 }
    store.comeBack()
    let image = try #require(try await world.reach("backend-1", .committed).image)
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
    await world.stop()
  }

  @Test("R1: a landing that the store refused is tried again at once, whatever latest waits for")
  func landingRefused() async throws {
    let store = try LossyStore()
    let world = try await PipelineWorld.make(
      services: ["backend"], clock: StillClock(),
      store: PipelineWorld.SharedStore(store, events: EventBus(), owner: "one"))
    world.start()
    try await world.push(["backend"], version: "1")
    let image = try #require(try await world.reach("backend-1", .committed).image)
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
    world.registry.remove(latest, from: image.repository)
    let gate = Gate()
    world.registry.beforeTagging(latest) {
      do {
        try await gate.pass()
      } catch {
        Issue.record(error)
      }
    }
    store.lose(.landing)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    gate.open()
    await world.stop()
  }
}

/// Sleeps a hundredth of what it is asked for.
private struct HastyClock: WallClock {
  func now() -> Timestamp { TestClock().now() }
  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration / 100) }
}

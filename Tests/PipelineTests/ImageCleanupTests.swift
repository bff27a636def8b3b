import DeployModel
import PipelineKit
import TestKit
import Testing

@testable import Pipeline

@Suite("retention.images") struct ImageCleanupTests {
  /// Nobody waits for the end of a deletion that never began.
  private struct Clock: WallClock {
    let base = JumpingClock()
    func now() -> Timestamp { base.now() }
    func jump(by duration: Duration) { base.jump(by: duration) }
    func sleep(for duration: Duration) async throws {
      if duration != Workshop.deletionTime { try await base.sleep(for: duration) }
    }
  }

  private let clock = Clock()
  private static let away = RegistryError(
    code: .registryUnavailable, message: "away", disposition: .retry(after: nil))

  /// Versions 1 to 5 landed, 300 days ago; the newest two are kept.
  private func five(
    keeping count: Int = 2, isReproducible: Bool = true
  ) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(
      services: ["backend"], isReproducible: isReproducible, clock: clock)
    world.reconfigure {
      $0.retention.images = PipelineConfiguration.Retention.Images(
        age: .seconds(180 * 86_400), kept: count)
    }
    world.start()
    for version in 1...5 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    clock.jump(by: .seconds(300 * 86_400))
    return world
  }

  private func digests(_ world: PipelineWorld, _ numbers: Int...) async throws -> [ImageDigest] {
    var digests: [ImageDigest] = []
    for number in numbers {
      digests.append(try #require(try await world.deployment("backend-\(number)").image).digest)
    }
    return digests
  }

  private func rollback(to target: String?) throws -> RollbackRequest {
    RollbackRequest(
      service: try #require(ServiceName("backend")), target: target, hold: .none,
      acceptMigrations: false, reason: "", actor: "ada")
  }

  @Test("what no rollback could need is deleted, and a rollback to it is refused with the reason")
  func deleted() async throws {
    let world = try await five()
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals == (try await digests(world, 1, 2, 3)))
    let gone = try await world.deployment("backend-2")
    let tag = try #require(gone.image?.tag)
    do {
      _ = try await world.pipeline.rollback.request(rollback(to: "backend-2"))
      Issue.record("the rollback was accepted")
    } catch Refusal.unprocessable(let text) {
      #expect(text.hasPrefix("the image of backend-2 (\(tag)) was deleted from "))
      #expect(text.contains("retention.images"))
      #expect(text.hasSuffix("Go back in git instead: what a push brings is built anew"))
    }
    let previous = try await world.pipeline.rollback.request(rollback(to: nil))
    #expect(previous.rollbackOf?.number == 4)
  }

  @Test("signatures go with their image, and those of what is kept stay")
  func signatures() async throws {
    let world = try await five()
    let image = try #require(try await world.deployment("backend-1").image)
    var signatures: [ImageTag] = []
    for (number, digest) in try await digests(world, 1, 5).enumerated() {
      for (kind, ending) in [".sig", ""].enumerated() {
        let tag = try #require(
          ImageTag(digest.text.replacing(":", with: "-") + ending))
        let content = "sha256:" + String(repeating: "\(number)\(kind)", count: 32)
        world.registry.put(
          RegistryImage(digest: try #require(ImageDigest(content)), labels: [:]), as: tag,
          in: image.repository)
        signatures.append(tag)
      }
    }
    await ImageCleanup(parts: world.pipeline.parts).round()
    let tags = world.registry.tags(of: image.repository)
    #expect(signatures.map { tags[$0] != nil } == [false, false, true, true])
  }

  @Test("what was deleted is built anew when its source is deployed again")
  func builtAnew() async throws {
    let world = try await five()
    await ImageCleanup(parts: world.pipeline.parts).round()
    let image = try #require(try await world.deployment("backend-1").image)
    #expect(world.registry.tags(of: image.repository)[image.tag] == nil)
    try await world.push(["backend"], version: "1")
    let built = try await world.reach("backend-6", .committed)
    #expect(world.builder.started.contains(built.id))
  }

  /// The first is deployed again, and the registry does not answer while the next three are to go.
  private func condemned(isReproducible: Bool) async throws -> PipelineWorld {
    let world = try await five(isReproducible: isReproducible)
    let back = try await world.pipeline.rollback.request(rollback(to: "backend-1"))
    await world.pipeline.wake(back.id.service)
    try await world.reach("backend-6", .committed)
    world.registry.refuseRemoval(with: Self.away)
    await ImageCleanup(parts: world.pipeline.parts).round()
    return world
  }

  private func deployThird(_ world: PipelineWorld) async throws -> Deployment {
    let again = try await world.pipeline.manualDeploy.request(
      ManualDeployRequest(
        service: try #require(ServiceName("backend")),
        reference: try await world.deployment("backend-3").source?.commit.hex, rebuild: false,
        overrideHold: false, offBranch: false, reason: "", actor: "ada"))
    await world.pipeline.wake(again.id.service)
    return try await world.reach(again.id.description, .committed)
  }

  @Test("what is condemned is not adopted, though the registry still has it")
  func notAdopted() async throws {
    let world = try await condemned(isReproducible: false)
    let third = try #require(try await world.deployment("backend-3").image)
    let again = try await deployThird(world)
    #expect(world.builder.started.contains(again.id))
    #expect(again.image?.tags.map(\.name) == third.tags.map { "\($0.name)-2" })
    world.registry.refuseRemoval(with: nil)
    await ImageCleanup(parts: world.pipeline.parts).round()
    let known = world.registry.tags(of: third.repository)
    #expect(known[third.tag] == nil)
    #expect(known[try #require(again.image).tag] == again.image?.digest)
  }

  @Test("what is condemned and then built again bit for bit is spared")
  func sparedByABuild() async throws {
    let world = try await condemned(isReproducible: true)
    let third = try #require(try await world.deployment("backend-3").image)
    let again = try await deployThird(world)
    #expect(world.builder.started.contains(again.id))
    #expect(again.image?.digest == third.digest)
    world.registry.refuseRemoval(with: nil)
    await ImageCleanup(parts: world.pipeline.parts).round()
    let known = world.registry.tags(of: third.repository)
    #expect(known[third.tag] == third.digest)
    #expect(known[try #require(try await world.deployment("backend-2").image).tag] == nil)
  }

  @Test("what `latest` names is spared")
  func latest() async throws {
    let world = try await five()
    let image = try #require(try await world.deployment("backend-1").image)
    let latest = try #require(ImageTag("latest"))
    try await world.registry.tag(image.digest, as: latest, in: image.repository)
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals == (try await digests(world, 2, 3)))
    #expect(try await world.store.condemned(image.digest, in: image.repository) == nil)
  }

  @Test("a registry that deletes nothing is asked once, and nothing is given up there")
  func unwilling() async throws {
    let world = try await five()
    world.registry.refuseRemoval(
      with: RegistryError(code: .registryRefused, message: "405", disposition: .giveUp))
    let cleanup = ImageCleanup(parts: world.pipeline.parts)
    for _ in 1...3 { await cleanup.round() }
    #expect(world.registry.removals.count == 1)
    let image = try #require(try await world.deployment("backend-1").image)
    #expect(try await world.store.condemned(image.digest, in: image.repository) == nil)
    _ = try await world.pipeline.rollback.request(rollback(to: "backend-1"))
  }

  @Test("one that is away is asked again, by whichever process comes next")
  func away() async throws {
    let world = try await five()
    world.registry.refuseRemoval(with: Self.away)
    await ImageCleanup(parts: world.pipeline.parts).round()
    world.registry.refuseRemoval(with: nil)
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals == (try await digests(world, 1, 1, 2, 3)))
  }

  @Test("without the option nothing is deleted, and what was given up is not")
  func off() async throws {
    let world = try await five()
    world.registry.refuseRemoval(with: Self.away)
    await ImageCleanup(parts: world.pipeline.parts).round()
    world.reconfigure { $0.retention.images = nil }
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals.count == 1)
    let image = try #require(try await world.deployment("backend-1").image)
    #expect(try await world.store.condemned(image.digest, in: image.repository) == nil)
  }

  @Test("an age within reuse.maxAge is that and a day: a build under way may take such an image")
  func reuse() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], clock: clock)
    world.reconfigure {
      $0.retention.images = PipelineConfiguration.Retention.Images(age: .seconds(1), kept: 2)
    }
    world.start()
    for version in 1...3 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    clock.jump(by: .seconds(7 * 86_400 + 3600))
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals == [])
    clock.jump(by: .seconds(86_400))
    await ImageCleanup(parts: world.pipeline.parts).round()
    #expect(world.registry.removals == (try await digests(world, 1)))
  }
}

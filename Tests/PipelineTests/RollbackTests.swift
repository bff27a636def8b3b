import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite struct RollbackTests {
  private func twice(migrations: String? = nil) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(services: ["backend"], migrations: migrations)
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    return world
  }

  private func request(
    to target: String? = nil, hold: RollbackRequest.HoldChoice = .untilReleased,
    acceptMigrations: Bool = false
  ) throws -> RollbackRequest {
    RollbackRequest(
      service: try #require(ServiceName("backend")), target: target, hold: hold,
      acceptMigrations: acceptMigrations, reason: "broken", actor: "ada")
  }

  private func rollBack(_ world: PipelineWorld, _ request: RollbackRequest) async throws
    -> Deployment
  {
    let deployment = try await world.pipeline.rollback.request(request)
    await world.pipeline.wake()
    return try await world.reach(deployment.id.description, .committed)
  }

  @Test("R9: one call goes back to the previous image, by a commit, and holds the service")
  func previous() async throws {
    let world = try await twice()
    let first = try await world.deployment("backend-1")
    let rollback = try await rollBack(world, request())
    #expect(rollback.rollbackOf == first.id)
    #expect(rollback.image?.digest == first.image?.digest)
    #expect(try await world.tagInGit("backend") == first.image?.tag.name)
    #expect(
      try await world.monorepo.subjects().first
        == "chore: rollback backend to \(first.image?.tag.name ?? "")")
    let state = try await world.state("backend")
    #expect(state.hold?.until == .released)
    #expect(state.hold?.actor == "ada")
    #expect(state.behind != nil)
  }

  @Test("R9: under the hold a push is built and waits; release lands it")
  func sticks() async throws {
    let world = try await twice()
    _ = try await rollBack(world, request())
    try await world.push(["backend"], version: "3")
    let held = try await world.reach("backend-4", .held)
    #expect(try await world.tagInGit("backend") != held.image?.tag.name)
    try await world.push(["backend"], version: "4")
    let newer = try await world.reach("backend-5", .held)
    #expect(try await world.reach("backend-4", .superseded).supersededBy == newer.id)
    _ = try await world.pipeline.holds.release(
      try #require(ServiceName("backend")), reason: "fixed", actor: "ada")
    await world.pipeline.wake()
    try await world.reach("backend-5", .committed)
    #expect(try await world.tagInGit("backend") == newer.image?.tag.name)
    #expect(try await world.state("backend").hold == nil)
  }

  @Test("R9: until-next-push ends with the next push that triggers the service")
  func untilNextPush() async throws {
    let world = try await twice()
    _ = try await rollBack(world, request(hold: .untilNextPush))
    #expect(try await world.state("backend").hold?.until == .nextPush)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    #expect(try await world.state("backend").hold == nil)
  }

  @Test("R5(c): a build whose push came before the rollback does not undo it")
  func buildUnderWay() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    let rollback = try await rollBack(world, request(hold: .none))
    world.builder.openGate(of: name)
    let overtaken = try await world.reach("backend-3", .superseded)
    #expect(overtaken.supersededBy == rollback.id)
    #expect(try await world.tagInGit("backend") == rollback.image?.tag.name)
  }

  @Test("R9: a second rollback goes further back, and never to what was left before")
  func again() async throws {
    let world = try await twice()
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .committed)
    #expect(try await rollBack(world, request()).rollbackOf?.description == "backend-2")
    #expect(try await rollBack(world, request()).rollbackOf?.description == "backend-1")
    await #expect(throws: Refusal.self) {
      try await world.pipeline.rollback.request(request())
    }
  }

  @Test("A target by tag or id is one of this service's history; anything else is refused")
  func targets() async throws {
    let world = try await twice()
    let tag = try #require(try await world.deployment("backend-1").image?.tag.name)
    await refuses("neither a deployment nor a tag") {
      try await world.pipeline.rollback.request(request(to: "../../etc/passwd"))
    }
    await refuses("neither a deployment nor a tag") {
      try await world.pipeline.rollback.request(request(to: "frontend-1"))
    }
    await refuses("already runs") {
      try await world.pipeline.rollback.request(request(to: "backend-2"))
    }
    #expect(try await rollBack(world, request(to: tag)).rollbackOf?.description == "backend-1")
  }

  @Test("R13: another service's deployment, or one that never landed, is no target")
  func foreignTargets() async throws {
    let world = try await PipelineWorld.make()
    world.start()
    for version in 1...2 {
      try await world.push(["backend", "frontend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
      try await world.reach("frontend-\(version)", .committed)
    }
    let backend = try #require(ServiceName("backend"))
    world.builder.fail(
      backend, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .failed)
    for target in ["frontend-1", "backend-3"] {
      await refuses("neither a deployment nor a tag") {
        try await world.pipeline.rollback.request(request(to: target))
      }
    }
  }

  @Test("R9: while a rollback is under way a second one is refused")
  func underWay() async throws {
    let world = try await twice()
    let origin = world.monorepo.origin
    try await shell("mv", origin, "\(origin).away")
    let first = try await world.pipeline.rollback.request(request())
    await refuses("\(first.id) is already under way") {
      try await world.pipeline.rollback.request(request())
    }
    try await shell("mv", "\(origin).away", origin)
    await world.pipeline.wake()
    try await world.reach(first.id.description, .committed)
  }

  @Test("R5(c): the retry of a push from before the rollback does not undo it")
  func retryOfAnOlderPush() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    world.builder.fail(
      name, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    try await world.push(["backend"], version: "3")
    let failed = try await world.reach("backend-3", .failed)
    world.builder.fail(name, with: nil)
    let rollback = try await rollBack(world, request(hold: .none))
    let retried = try await world.pipeline.cancelAndRetry.retry(
      failed.id, actor: "ada", reason: "")
    await world.pipeline.wake()
    let ended = try await world.reach(retried.id.description, .superseded)
    #expect(ended.supersededBy == rollback.id)
    #expect(!world.builder.started.contains(retried.id))
    #expect(try await world.tagInGit("backend") == rollback.image?.tag.name)
  }

  @Test("R9: a rollback that is refused leaves its hold, and the hold says so")
  func refusedByTheRemote() async throws {
    let world = try await twice()
    let hook = "\(world.monorepo.origin)/hooks/update"
    try "#!/bin/sh\necho nobody deploys here >&2\nexit 1\n".write(
      toFile: hook, atomically: true, encoding: .utf8)
    try await shell("chmod", "+x", hook)
    let rollback = try await world.pipeline.rollback.request(request())
    await world.pipeline.wake()
    let failed = try await world.reach(rollback.id.description, .failed)
    #expect(failed.failure?.code == .pushRefused)
    let hold = try #require(try await world.state("backend").hold)
    #expect(
      hold.reason
        == "rolled back: broken (backend-3 ended as failed and changed nothing; the hold stays)")
    #expect(try await world.state("backend").current?.deployment?.description == "backend-2")
    // The retry finds the hold in place.
    try await shell("rm", hook)
    let retried = try await world.pipeline.cancelAndRetry.retry(
      rollback.id, actor: "ada", reason: "")
    await world.pipeline.wake()
    try await world.reach(retried.id.description, .committed)
    #expect(try await world.state("backend").hold?.until == .released)
  }

  @Test("R9: an image of a repository that the service has left is not rolled back to")
  func otherRepository() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    let image = try #require(ImageRepository("registry.test/other/backend"))
    world.reconfigure { $0.services[name]?.image = image }
    await refuses("the service deploys registry.test/other/backend now") {
      try await world.pipeline.rollback.request(request())
    }
  }

  @Test("R1: a rollback waits for nobody's lease, whoever looks for work while it is accepted")
  func wakesMeanwhile() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], clock: StillClock())
    world.start()
    for version in 1...6 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    let waking = Task { [pipeline = world.pipeline] in
      while !Task.isCancelled {
        await pipeline.wake()
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    defer { waking.cancel() }
    for _ in 1...5 { _ = try await rollBack(world, request(hold: .none)) }
  }

  @Test("R8: an image that is gone from the registry is not rolled back to")
  func gone() async throws {
    let world = try await twice()
    let image = try #require(try await world.deployment("backend-1").image)
    world.registry.remove(image.tag, from: image.repository)
    await refuses("no such tag") { try await world.pipeline.rollback.request(request()) }
  }

  @Test("R9: a rollback across migrations names the files, and goes on when told to")
  func migrations() async throws {
    let world = try await PipelineWorld.make(
      services: ["backend"], migrations: "backend/migrations/**")
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    try await world.monorepo.pull()
    let before = try await world.monorepo.tip()
    try world.monorepo.write("ALTER TABLE\n", to: "backend/migrations/002.sql")
    try await world.deliver(before, try await world.monorepo.commit("feat: a column"))
    try await world.reach("backend-2", .committed)
    do {
      _ = try await world.pipeline.rollback.request(request())
      Issue.record("the rollback was accepted")
    } catch Refusal.conflict(_, let files) {
      #expect(files == ["backend/migrations/002.sql"])
    }
    _ = try await rollBack(world, request(acceptMigrations: true))
  }

  private func refuses(_ words: String, _ body: () async throws -> Deployment) async {
    do {
      let deployment = try await body()
      Issue.record("\(deployment.id) was accepted")
    } catch {
      #expect("\(error)".contains(words))
    }
  }
}

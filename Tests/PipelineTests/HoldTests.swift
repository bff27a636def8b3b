import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

/// What a hold stops, and what its end lets go.
@Suite struct HoldTests {
  private let name = ServiceName("backend")

  private func twice(clock: any WallClock = TestClock()) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(services: ["backend"], clock: clock)
    world.start()
    for version in 1...2 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    return world
  }

  private func rollBack(
    _ world: PipelineWorld, hold: RollbackRequest.HoldChoice = .untilReleased
  ) async throws -> Deployment {
    let deployment = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: try #require(name), target: nil, hold: hold, acceptMigrations: false,
        reason: "broken", actor: "ada"))
    await world.pipeline.wake()
    return try await world.reach(deployment.id.description, .committed)
  }

  private func release(_ world: PipelineWorld) async throws {
    _ = try await world.pipeline.holds.release(
      try #require(name), reason: "fixed", actor: "ada")
    await world.pipeline.wake()
  }

  private func latest(_ world: PipelineWorld, _ deployment: Deployment) throws -> ImageDigest? {
    let image = try #require(deployment.image)
    return world.registry.tags(of: image.repository)[try #require(ImageTag("latest"))]
  }

  @Test("R9, R5: under a hold the line ends before committing, and latest stays with what runs")
  func waitsBeforeCommitting() async throws {
    let world = try await twice()
    let rollback = try await rollBack(world)
    try await eventually("latest to go back") {
      try latest(world, rollback) == rollback.image?.digest
    }
    try await world.push(["backend"], version: "3")
    let held = try await world.reach("backend-4", .held)
    #expect(
      try await world.store.timeline(held.id).map(\.state)
        == [.queued, .building, .publishing, .held])
    #expect(try latest(world, held) == rollback.image?.digest)
    try await release(world)
    try await world.reach("backend-4", .committed)
    try await eventually("latest to follow") { try latest(world, held) == held.image?.digest }
  }

  @Test("R9: a hold that is placed while a push is under way stops the next attempt")
  func placedDuringPush() async throws {
    let world = try await twice()
    let pushing = world.state.appending("pushing")
    let goOn = world.state.appending("go-on")
    // The first push is held up, then finds itself overtaken by a stranger's.
    let hook = "\(world.monorepo.origin)/hooks/update"
    let script = """
      #!/bin/sh
      [ ! -e \(goOn) ] || exit 0
      touch \(pushing)
      while [ ! -e \(goOn) ]; do sleep 0.05; done
      export GIT_AUTHOR_NAME=Eve GIT_AUTHOR_EMAIL=e@x GIT_COMMITTER_NAME=Eve GIT_COMMITTER_EMAIL=e@x
      next=$(git commit-tree "$2^{tree}" -p "$2" -m moved)
      env -u GIT_QUARANTINE_PATH git update-ref refs/heads/main "$next"
      exit 1
      """
    let (before, after) = try await world.monorepo.change(["backend"], to: "3")
    try script.write(toFile: hook, atomically: true, encoding: .utf8)
    try await shell("chmod", "+x", hook)
    try await world.deliver(before, after)
    try await eventually("the push") { FileManager.default.fileExists(atPath: pushing) }
    try await world.pipeline.holds.place(
      on: try #require(name), until: .released, reason: "freeze", actor: "ada")
    try await shell("touch", goOn)
    let held = try await world.reach("backend-3", .held)
    #expect(try await world.tagInGit("backend") != held.image?.tag.name)
  }

  @Test(
    "R5(c), R9: a build that the rollback overtook lands all the same when the hold is released")
  func releaseIsBeyondTheRollback() async throws {
    let world = try await twice()
    _ = world.builder.closeGate(of: try #require(name))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    _ = try await rollBack(world)
    world.builder.openGate(of: try #require(name))
    let held = try await world.reach("backend-3", .held)
    try await release(world)
    try await world.reach("backend-3", .committed)
    #expect(try await world.tagInGit("backend") == held.image?.tag.name)
  }

  @Test("R9: where the newest held one does not pass, its release lands the next newest")
  func nextNewest() async throws {
    let world = try await twice()
    _ = try await rollBack(world)
    let older = try await world.push(["backend"], version: "3")
    let next = try await world.reach("backend-4", .held)
    try await world.push(["backend"], version: "4")
    try await world.reach("backend-5", .held)
    try await shell(
      "git", "--git-dir", world.monorepo.origin, "update-ref", "refs/heads/main", older.after)
    try await release(world)
    try await world.reach("backend-5", .superseded)
    let landed = try await world.reach("backend-6", .committed)
    #expect(landed.cause == .release)
    #expect(landed.source == next.source)
    #expect(try await world.tagInGit("backend") == next.image?.tag.name)
  }

  @Test("R9: the push that ends a hold ends what waited for it: nothing is held for ever")
  func pushEndsWhatIsHeld() async throws {
    let world = try await twice()
    _ = world.builder.closeGate(of: try #require(name))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    _ = try await rollBack(world, hold: .untilNextPush)
    world.builder.openGate(of: try #require(name))
    try await world.reach("backend-3", .held)
    try await world.push(["backend"], version: "4")
    let newest = try await world.reach("backend-5", .committed)
    #expect(try await world.reach("backend-3", .superseded).supersededBy == newest.id)
    #expect(try await world.state("backend").hold == nil)
  }

  @Test("R9: a hold for some time ends by itself, and lets go what waits")
  func ends() async throws {
    let clock = JumpingClock()
    let world = try await twice(clock: clock)
    try await world.pipeline.holds.place(
      on: try #require(name), until: .duration(.seconds(7200)), reason: "freeze", actor: "ada")
    try await world.push(["backend"], version: "3")
    let held = try await world.reach("backend-3", .held)
    clock.jump(by: .seconds(7201))
    try await world.reach("backend-3", .committed)
    #expect(try await world.tagInGit("backend") == held.image?.tag.name)
    #expect(try await world.state("backend").hold == nil)
  }
}

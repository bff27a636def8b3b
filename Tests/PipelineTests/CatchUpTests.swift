import DeployModel
import Git
import PipelineKit
import TestKit
import Testing

@testable import Pipeline

@Suite("R3: pushes that no delivery told of")
struct CatchUpTests {
  private func makeWorld() async throws -> PipelineWorld {
    let world = try await PipelineWorld.make()
    world.reconfigure { $0.pollInterval = .milliseconds(50) }
    return world
  }

  private func deployments(_ world: PipelineWorld) async throws -> [Deployment] {
    try await world.store.deployments(DeploymentQuery(limit: 200)).items.reversed()
  }

  @Test("R3: three missed pushes are caught up once, in order, and say so")
  func threeMissed() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "first")
    let (_, first) = try await world.monorepo.change(["backend"], to: "1")
    let (_, second) = try await world.monorepo.change(["frontend"], to: "2")
    let (_, third) = try await world.monorepo.change(["backend"], to: "3")
    world.start()
    try await world.reach("backend-3", .committed)
    try await world.reach("frontend-1", .committed)
    let caughtUp = try await deployments(world).filter { $0.cause == .catchUp }
    #expect(caughtUp.map(\.id.description) == ["backend-2", "frontend-1", "backend-3"])
    #expect(caughtUp.compactMap(\.source?.commit.hex) == [first, second, third])
    #expect(caughtUp.allSatisfy { $0.actor == "slipway" && $0.trigger?.delivery == nil })
    #expect(
      caughtUp.map(\.trigger?.file) == ["backend/VERSION", "frontend/VERSION", "backend/VERSION"])

    // The delivery that comes at last finds the cursor past it (R2).
    let late = try await world.deliver(second, third)
    #expect(late.outcome == .covered)
    #expect(try await deployments(world).count == 4)
    await world.stop()
  }

  @Test("R3: first contact without a delivery deploys nothing")
  func firstContact() async throws {
    let world = try await makeWorld()
    let (_, tip) = try await world.monorepo.change(["backend"], to: "1")
    world.start()
    let name = try PipelineWorld.repositoryName()
    let branch = try PipelineWorld.branchName()
    try await eventually("the cursor at the tip") {
      try await world.store.cursor(repository: name, branch: branch)?.hex == tip
    }
    #expect(try await deployments(world).isEmpty)
    #expect(try await world.state("backend").current?.adopted == true)
    await world.stop()
  }

  @Test("R4: a missed commit that says so skips itself, not those beside it")
  func skipping() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "first")
    _ = try await world.monorepo.change(["backend"], to: "1")
    _ = try await world.monorepo.change(["frontend"], to: "2", message: "docs [skip ci]")
    world.start()
    try await world.reach("backend-2", .committed)
    let frontend = try await world.state("frontend")
    #expect(frontend.behind?.reason.contains("[skip ci]") == true)
    #expect(try await deployments(world).allSatisfy { $0.id.service.name == "backend" })
    await world.stop()
  }

  @Test("R3: what is delivered between two looks is a push, not a catch-up")
  func delivered() async throws {
    let world = try await makeWorld()
    try await world.push(["backend"], version: "first")
    world.reconfigure { $0.pollInterval = .seconds(3600) }
    world.start()
    try await world.reach("backend-1", .committed)
    try await world.push(["backend"], version: "1")
    await world.pipeline.lookAtGit()
    await world.pipeline.lookAtGit()
    try await world.reach("backend-2", .committed)
    #expect(try await deployments(world).map(\.cause) == [.push, .push])
    await world.stop()
  }

  @Test("R2, R3: a look that ends after newer pushes were evaluated leaves the cursor alone")
  func staleLook() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let (start, first) = try await world.monorepo.change(["backend"], to: "1")
    try await world.deliver(start, first)
    let (_, second) = try await world.monorepo.change(["backend"], to: "2")
    try await world.deliver(first, second)
    #expect(try await catchUp(world, to: first) == nil)
    // After a rewind the same tip is where the branch is.
    try await shell(
      "git", "push", "-q", "--force", "origin", "\(first):main", in: world.monorepo.work)
    let rewound = try #require(try await catchUp(world, to: first))
    #expect(rewound.cursorBefore?.hex == second && rewound.cursorAfter?.hex == first)
  }

  private func catchUp(_ world: PipelineWorld, to tip: String) async throws -> Evaluation? {
    let parts = world.pipeline.parts
    let target = RepositoryBranch(
      repository: try PipelineWorld.repositoryName(), branch: try PipelineWorld.branchName())
    return try await CatchUp(
      target: target, mirror: try #require(parts.mirrors[target.repository]), store: parts.store,
      configuration: parts.configuration.current, now: parts.clock.now()
    ).evaluation(to: try #require(CommitSHA(tip)))
  }
}

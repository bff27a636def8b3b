import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

/// Running work keeps the configuration that it started with.
@Suite struct ReloadTests {
  private let name = ServiceName("backend")

  /// Another image, and its entry in the directory of another service.
  private func move(_ world: PipelineWorld) throws {
    let name = try #require(name)
    let image = try #require(ImageRepository("registry.test/other/backend"))
    let path = try #require(RepositoryPath("k8s/frontend"))
    world.reconfigure { configuration in
      configuration.services[name]?.image = image
      configuration.services[name]?.manifest.path = path
      configuration.services[name]?.manifest.imageName = image.description
      configuration.services[name]?.build.arguments = ["COLOUR": "red"]
    }
  }

  private func landedWhereItBegan(_ id: String, in world: PipelineWorld) async throws {
    let landed = try await world.reach(id, .committed)
    let image = try #require(landed.image)
    #expect(image.repository.description == "registry.test/shop/backend")
    #expect(landed.location?.path.path == "k8s/backend")
    #expect(try await world.tagInGit("backend") == image.tag.name)
    #expect(try await world.tagInGit("frontend") == "0000000")
  }

  @Test("A build that runs through a reload is published and committed as it was begun")
  func whileBuilding() async throws {
    let world = try await PipelineWorld.make()
    _ = world.builder.closeGate(of: try #require(name))
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    try move(world)
    world.builder.openGate(of: try #require(name))
    try await landedWhereItBegan("backend-1", in: world)
  }

  @Test("What waits for a hold through a reload and a restart is committed as it was begun")
  func whileHeld() async throws {
    let world = try await PipelineWorld.make()
    world.start()
    try await world.pipeline.holds.place(
      on: try #require(name), until: .released, reason: "freeze", actor: "ada")
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .held)
    try move(world)
    try await world.restart()
    _ = try await world.pipeline.holds.release(
      try #require(name), reason: "", actor: "ada")
    await world.pipeline.wake()
    try await landedWhereItBegan("backend-1", in: world)
  }

  @Test("What was only queued begins with the new configuration")
  func whileQueued() async throws {
    let world = try await PipelineWorld.make(concurrency: 0)
    world.start()
    try await world.push(["backend"], version: "1")
    try move(world)
    world.reconfigure { $0.buildConcurrency = 1 }
    await world.pipeline.wake()
    let landed = try await world.reach("backend-1", .committed)
    #expect(landed.image?.repository.description == "registry.test/other/backend")
    #expect(landed.location?.path.path == "k8s/frontend")
  }

  @Test("R14: a manifest that was configured anew is looked at there, once something is there")
  func movedManifest() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    let path = try #require(RepositoryPath("deploy/backend"))
    let name = try #require(name)
    world.reconfigure { $0.services[name]?.manifest.path = path }
    await world.pipeline.lookAtGit()
    #expect(try await world.state("backend").current?.deployment == first.id)
    try await world.monorepo.pull()
    try world.monorepo.write(
      try world.monorepo.read("k8s/backend/kustomization.yaml"),
      to: "deploy/backend/kustomization.yaml")
    let commit = try await world.monorepo.commit("chore: move")
    await world.pipeline.lookAtGit()
    #expect(try await world.state("backend").current?.tag == first.image?.tag.name)
    try await world.push(["backend"], version: "2")
    let second = try await world.reach("backend-2", .committed)
    #expect(second.location?.path == path)
    #expect(try await world.store.deployments(DeploymentQuery()).items.count == 2)
    #expect(!commit.isEmpty)
  }

  @Test("Who commits, and for how long it is tried, are the new configuration's at the next commit")
  func author() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    let repository = try PipelineWorld.repositoryName()
    world.reconfigure { $0.repositories[repository]?.authorEmail = "robot@example.com" }
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    let emails = try await shell(
      "git", "--git-dir", world.monorepo.origin, "log", "-2", "--format=%ae", "main", "--",
      "k8s/backend")
    #expect(
      emails.split(separator: "\n").map(String.init) == [
        "robot@example.com", "slipway@example.com",
      ])
  }
}

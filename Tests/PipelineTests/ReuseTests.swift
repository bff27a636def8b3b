import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

/// R8: what was built from the same inputs is not built again.
@Suite struct ReuseTests {
  /// Version 1, then version 2, both landed.
  private func twice(
    services: [String] = ["backend"], concurrency: Int = 2, clock: any WallClock = TestClock()
  ) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(
      services: services, concurrency: concurrency, clock: clock)
    world.start()
    for version in 1...2 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    return world
  }

  private func reasons(_ id: DeploymentID, _ world: PipelineWorld) async throws -> [String] {
    try await world.store.timeline(id).map(\.reason)
  }

  @Test("R8: a push that goes back to earlier inputs is published and committed without a build")
  func reverted() async throws {
    let world = try await twice()
    let first = try #require(try await world.deployment("backend-1").image)
    let delivery = try await world.push(["backend"], version: "1")
    let reverted = try await world.reach("backend-3", .committed)
    let image = try #require(reverted.image)
    #expect(!world.builder.started.contains(reverted.id))
    #expect(image.digest == first.digest)
    #expect(image.reusedFrom?.description == "backend-1")
    #expect(
      image.tags.map(\.name) == [String(delivery.after.prefix(7)), "sha-\(delivery.after)"])
    #expect(reverted.source?.commit.hex == delivery.after)
    let timeline = try await world.store.timeline(reverted.id)
    #expect(timeline.map(\.state) == [.queued, .publishing, .committing, .committed])
    #expect(
      timeline[1].reason
        == "the image of backend-1 was built from the same inputs: nothing is built")
    #expect(try await world.tagInGit("backend") == String(delivery.after.prefix(7)))
    let known = world.registry.tags(of: image.repository)
    for tag in image.tags + first.tags { #expect(known[tag] == first.digest) }
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest") {
      world.registry.tags(of: image.repository)[latest] == first.digest
    }
    let label = try await world.registry.image(image.tag, in: image.repository)?
      .labels["org.opencontainers.image.revision"]
    #expect(label == (try await world.deployment("backend-1").source?.commit.hex))
  }

  @Test("R8: services that share an image build it once, and both deploy what was built")
  func shared() async throws {
    let world = try await PipelineWorld.make(services: ["web", "worker"], concurrency: 2)
    let web = try #require(ServiceName("web"))
    let worker = try #require(ServiceName("worker"))
    try world.reconfigure { configuration in
      let service = try #require(configuration.services[web])
      configuration.services[worker]?.build = service.build
      configuration.services[worker]?.image = service.image
    }
    world.start()
    let gates = [web, worker].map { world.builder.closeGate(of: $0) }
    try await world.push(["web", "worker"], version: "1")
    try await eventually("a build") { !world.builder.running.isEmpty }
    try await world.reach("web-1", .building, .queued)
    for gate in gates { gate.open() }
    let images = [
      try await world.reach("web-1", .committed).image,
      try await world.reach("worker-1", .committed).image,
    ]
    #expect(world.builder.started.count == 1)
    let image = try #require(images[0])
    #expect(images[1]?.digest == image.digest && images[1]?.tags == image.tags)
    for tag in image.tags {
      #expect(world.registry.tags(of: image.repository)[tag] == image.digest)
    }
  }

  @Test("R8: a rebuild is built whatever there is")
  func rebuild() async throws {
    let world = try await twice()
    let (_, after) = try await world.monorepo.change(["backend"], to: "1")
    let made = try await world.pipeline.manualDeploy.request(
      ManualDeployRequest(
        service: try #require(ServiceName("backend")), reference: after, rebuild: true,
        overrideHold: false, offBranch: false, reason: "base image", actor: "ada"))
    await world.pipeline.wake(made.id.service)
    let landed = try await world.reach(made.id.description, .committed)
    #expect(world.builder.started.contains(made.id))
    #expect(landed.image?.reusedFrom == nil)
  }

  @Test("R8: an image that is too old is built again, and reusing it did not make it younger")
  func tooOld() async throws {
    let clock = JumpingClock()
    let world = try await twice(clock: clock)
    clock.jump(by: .seconds(6 * 86_400))
    try await world.push(["backend"], version: "1")
    #expect(try await world.reach("backend-3", .committed).image?.reusedFrom != nil)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    clock.jump(by: .seconds(2 * 86_400))
    try await world.push(["backend"], version: "1")
    let built = try await world.reach("backend-5", .committed)
    #expect(world.builder.started.contains(built.id))
    #expect(built.image?.reusedFrom == nil)
  }

  @Test("R8: an image that was adopted is as old as its build")
  func adoptedIsNotYounger() async throws {
    let clock = JumpingClock()
    let world = try await twice(clock: clock)
    let second = try await world.deployment("backend-2")
    let name = try #require(ServiceName("backend"))
    _ = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: name, target: nil, hold: .none, acceptMigrations: false, reason: "broken",
        actor: "ada"))
    await world.pipeline.wake()
    try await world.reach("backend-3", .committed)
    clock.jump(by: .seconds(6 * 86_400))
    let again = try await world.pipeline.manualDeploy.request(
      ManualDeployRequest(
        service: name, reference: second.source?.commit.hex, rebuild: false, overrideHold: false,
        offBranch: false, reason: "again", actor: "ada"))
    await world.pipeline.wake(name)
    let adopted = try await world.reach(again.id.description, .committed)
    #expect(adopted.image?.reusedFrom == second.id)
    clock.jump(by: .seconds(2 * 86_400))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-5", .committed)
    try await world.push(["backend"], version: "2")
    let built = try await world.reach("backend-6", .committed)
    #expect(world.builder.started.contains(built.id))
  }

  @Test("R8: with a greatest age of nothing every source is built")
  func never() async throws {
    let world = try await twice()
    world.reconfigure { $0.reuseMaxAge = .zero }
    try await world.push(["backend"], version: "1")
    let third = try await world.reach("backend-3", .committed)
    #expect(world.builder.started.contains(third.id))
  }

  @Test("R8: where the registry has lost the image it is built, and the timeline says why")
  func lost() async throws {
    let world = try await twice()
    let first = try #require(try await world.deployment("backend-1").image)
    for tag in first.tags { world.registry.remove(tag, from: first.repository) }
    try await world.push(["backend"], version: "1")
    let built = try await world.reach("backend-3", .committed)
    #expect(world.builder.started.contains(built.id))
    #expect(built.image?.reusedFrom == nil)
    #expect(
      try await reasons(built.id, world).contains(
        "the image of backend-1, of the same inputs, cannot be used: it is built anew"))
  }

  @Test("R8: where the tag is refused the image is built, and the timeline says why")
  func refused() async throws {
    let world = try await twice()
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    let tag = try #require(ImageTag(String(after.prefix(7))))
    world.registry.refuse(
      tag,
      with: RegistryError(code: .registryRefused, message: "read only", disposition: .giveUp))
    try await world.deliver(before, after)
    let built = try await world.reach("backend-3", .committed)
    #expect(world.builder.started.contains(built.id))
    let note = try await world.store.timeline(built.id).first { $0.details == "read only" }
    #expect(note?.state == .queued)
  }

  @Test("R8: what needs no builder waits for none")
  func withoutASlot() async throws {
    let world = try await twice(services: ["backend", "frontend"], concurrency: 1)
    let frontend = try #require(ServiceName("frontend"))
    _ = world.builder.closeGate(of: frontend)
    try await world.push(["frontend"], version: "3")
    try await world.reach("frontend-1", .building)
    // One that needs a builder waits, and keeps nobody who does not.
    try await world.push(["backend"], version: "3")
    #expect(try await world.deployment("backend-3").state == .queued)
    try await world.push(["backend"], version: "1")
    let reused = try await world.reach("backend-4", .committed)
    #expect(reused.image?.reusedFrom?.description == "backend-1")
    #expect(try await world.deployment("frontend-1").state == .building)
    // Created, and superseded by the next: that it was looked at in between is news to nobody.
    let waiting = try #require(DeploymentID("backend-3"))
    let told = world.events.recent(after: 0, atMost: EventBus.kept)
    #expect(told?.count { $0.event == .deployment(waiting) } == 2)
    world.builder.openGate(of: frontend)
    try await world.reach("frontend-1", .committed)
    #expect(world.builder.mostAtOnce == 1)
  }

  @Test("R8: a look that ends when its deployment was superseded keeps nobody from the next")
  func lateLook() async throws {
    let world = try await twice(services: ["backend", "frontend"], concurrency: 1)
    let frontend = try #require(ServiceName("frontend"))
    _ = world.builder.closeGate(of: frontend)
    try await world.push(["frontend"], version: "3")
    try await world.reach("frontend-1", .building)
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    let (looked, end) = (Gate(), Gate())
    world.registry.beforeTagging(try #require(ImageTag(String(after.prefix(7))))) {
      looked.open()
      do {
        try await end.pass()
      } catch {
        Issue.record(error)
      }
    }
    try await world.deliver(before, after)
    try await looked.pass()
    try await world.push(["backend"], version: "2")
    #expect(try await world.deployment("backend-3").state == .superseded)
    end.open()
    try await world.reach("backend-4", .committed)
    world.builder.openGate(of: frontend)
  }

  @Test("R8: while builders are taken an outage of the registry fails nothing that is queued")
  func outageWhileWaiting() async throws {
    let world = try await twice(services: ["backend", "frontend"], concurrency: 1)
    let frontend = try #require(ServiceName("frontend"))
    _ = world.builder.closeGate(of: frontend)
    try await world.push(["frontend"], version: "3")
    try await world.reach("frontend-1", .building)
    world.registry.fail(
      with: RegistryError(code: .registryRefused, message: "no", disposition: .giveUp))
    try await world.push(["backend"], version: "3")
    await world.pipeline.wake()
    #expect(try await world.deployment("backend-3").state == .queued)
    world.registry.fail(with: nil)
    world.builder.openGate(of: frontend)
    try await world.reach("backend-3", .committed)
  }

  @Test(
    "R8: other inputs are another image",
    arguments: ["argument", "target", "platform", "ignore", "dockerfile"])
  func otherInputs(_ input: String) async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    switch input {
    case "argument":
      world.reconfigure { $0.services[name]?.build.arguments = ["COLOUR": "red"] }
    case "target": world.reconfigure { $0.services[name]?.build.target = "runner" }
    case "platform": world.reconfigure { $0.services[name]?.build.platforms = ["linux/arm64"] }
    case "ignore":
      try world.monorepo.write("docs\n", to: "backend/.dockerignore")
    default:
      try world.monorepo.write("FROM scratch\n", to: "docker/backend.Dockerfile")
      let path = try #require(RepositoryPath("docker/backend.Dockerfile"))
      world.reconfigure { $0.services[name]?.build.dockerfile = path }
    }
    try await world.push(["backend"], version: "1")
    let built = try await world.reach("backend-3", .committed)
    #expect(world.builder.started.contains(built.id))
  }

  @Test("R8: a Dockerfile outside of the context counts as the context does")
  func dockerfileOutside() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    let path = try #require(RepositoryPath("docker/backend.Dockerfile"))
    world.reconfigure {
      $0.services[name]?.build.dockerfile = path
      $0.services[name]?.filter = PathFilter(.paths, ["backend/**", "docker/**"])
    }
    world.start()
    for (number, text) in ["FROM scratch\n", "FROM busybox\n", "FROM scratch\n"].enumerated() {
      try await world.monorepo.pull()
      let before = try await world.monorepo.tip()
      try world.monorepo.write(text, to: "docker/backend.Dockerfile")
      try await world.deliver(before, try await world.monorepo.commit("feat: \(number)"))
      try await world.reach("backend-\(number + 1)", .committed)
    }
    #expect(world.builder.started.map(\.number) == [1, 2])
    #expect(
      try await world.deployment("backend-3").image?.reusedFrom?.description == "backend-1")
  }

  @Test("R8: what stands beside or behind a Dockerfile outside of the context is an input as it is")
  func besideDockerfile() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    let path = try #require(RepositoryPath("docker/api.Dockerfile"))
    world.reconfigure {
      $0.services[name]?.build.dockerfile = path
      $0.services[name]?.filter = PathFilter(.paths, ["backend/**", "docker/**"])
    }
    try world.monorepo.write("FROM scratch\n", to: "docker/real/Dockerfile")
    try FileManager.default.createSymbolicLink(
      atPath: "\(world.monorepo.work)/docker/api.Dockerfile", withDestinationPath: "real/Dockerfile"
    )
    world.start()
    let changes = [
      ("docker/api.Dockerfile.dockerignore", ".env\n"),
      ("docker/real/Dockerfile", "FROM busybox\n"),
      ("docker/api.Dockerfile.dockerignore", ".env\n*.md\n"), ("docker/unrelated", "1\n"),
    ]
    for (number, (file, text)) in changes.enumerated() {
      try await world.monorepo.pull()
      let before = try await world.monorepo.tip()
      try world.monorepo.write(text, to: file)
      try await world.deliver(before, try await world.monorepo.commit("feat: \(number)"))
      try await world.reach("backend-\(number + 1)", .committed)
    }
    #expect(world.builder.started.map(\.number) == [1, 2, 3])
    for deployment in world.builder.started {
      #expect(
        world.builder.source(of: deployment) == [
          "backend", "backend/Dockerfile", "backend/VERSION", "docker", "docker/api.Dockerfile",
          "docker/api.Dockerfile.dockerignore", "docker/real", "docker/real/Dockerfile",
        ])
    }
  }

  @Test("R8: arguments that name the commit are compared as they are written")
  func commitArguments() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    world.reconfigure {
      $0.services[name]?.build.arguments = [
        "REVISION": "{commit.sha}", "SHORT": "{commit.short}", "TIME": "{commit.timestamp}",
      ]
    }
    world.start()
    for (number, version) in ["1", "2", "1"].enumerated() {
      try await world.push(["backend"], version: version)
      try await world.reach("backend-\(number + 1)", .committed)
    }
    #expect(world.builder.started.map(\.number) == [1, 2])
  }

  @Test("R8: an image of another repository is not this service's any more")
  func otherRepository() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    let image = try #require(ImageRepository("registry.test/other/backend"))
    world.reconfigure { $0.services[name]?.image = image }
    try await world.push(["backend"], version: "1")
    let built = try await world.reach("backend-3", .committed)
    #expect(world.builder.started.contains(built.id))
    #expect(built.image?.repository == image)
  }

  @Test("R9: a reused image waits for a hold as a built one does")
  func held() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    try await world.pipeline.holds.place(
      on: name, until: .released, reason: "freeze", actor: "ada")
    try await world.push(["backend"], version: "1")
    let held = try await world.reach("backend-3", .held)
    #expect(held.image?.reusedFrom?.description == "backend-1")
    _ = try await world.pipeline.holds.release(name, reason: "", actor: "ada")
    await world.pipeline.wake()
    try await world.reach("backend-3", .committed)
  }

  @Test("R8: a Dockerfile may lead through a linked directory as long as all of it is the context")
  func linkedDirectory() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    let path = try #require(RepositoryPath("backend/linked.Dockerfile"))
    world.reconfigure { $0.services[name]?.build.dockerfile = path }
    try world.monorepo.write("FROM scratch\n", to: "backend/v2/Dockerfile")
    for (link, target) in [("current", "v2"), ("linked.Dockerfile", "current/Dockerfile")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(world.monorepo.work)/backend/\(link)", withDestinationPath: target)
    }
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    let outside = try #require(RepositoryPath("docker/linked.Dockerfile"))
    world.reconfigure { $0.services[name]?.build.dockerfile = outside }
    try await world.monorepo.pull()
    try world.monorepo.write("FROM scratch\n", to: "docker/v2/Dockerfile")
    for (link, target) in [("current", "v2"), ("linked.Dockerfile", "current/Dockerfile")] {
      try FileManager.default.createSymbolicLink(
        atPath: "\(world.monorepo.work)/docker/\(link)", withDestinationPath: target)
    }
    try await world.push(["backend"], version: "2")
    let failed = try await world.reach("backend-2", .failed)
    #expect(failed.failure?.message.contains("link to the file itself") == true)
  }
}

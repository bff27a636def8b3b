import DeployModel
import Git
import PipelineKit
import TestKit
import Testing

@testable import Pipeline

@Suite struct ManualDeployTests {
  private let name = ServiceName("backend")

  private func request(
    _ reference: String? = nil, rebuild: Bool = false, overrideHold: Bool = false,
    offBranch: Bool = false
  ) throws -> ManualDeployRequest {
    ManualDeployRequest(
      service: try #require(name), reference: reference, rebuild: rebuild,
      overrideHold: overrideHold, offBranch: offBranch, reason: "because", actor: "ada")
  }

  /// Two deployments that landed; returns their sources too.
  private func twice() async throws -> (PipelineWorld, first: String, second: String) {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    let first = try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    let second = try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    return (world, first.after, second.after)
  }

  private func refuses(
    _ world: PipelineWorld, _ request: ManualDeployRequest, _ words: String
  ) async {
    do {
      let deployment = try await world.pipeline.manualDeploy.request(request)
      Issue.record("\(deployment.id) was accepted")
    } catch {
      #expect("\(error)".contains(words))
    }
  }

  /// A commit of the remote that is on no branch but this one.
  private func aside(_ world: PipelineWorld) async throws -> String {
    let work = world.monorepo.work
    try await world.monorepo.pull()
    try await shell("git", "checkout", "-q", "-b", "aside", in: work)
    try world.monorepo.write("aside\n", to: "backend/VERSION")
    try await shell(
      "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qam", "aside",
      in: work)
    try await shell("git", "push", "-q", "origin", "aside", in: work)
    return try await shell("git", "rev-parse", "HEAD", in: work)
  }

  @Test("R14: a source that was pushed after an evaluation's fetch carries what is evaluated")
  func newerThanTheFetch() async throws {
    let (world, _, _) = try await twice()
    let (before, after) = try await world.monorepo.change(["backend"], to: "3 [skip ci]")
    let target = RepositoryBranch(
      repository: try PipelineWorld.repositoryName(), branch: try PipelineWorld.branchName())
    let mirror = try #require(world.pipeline.parts.mirrors[target.repository])
    let fetched = try #require(try await mirror.fetch(target.branch))
    #expect(fetched.hex == after)
    _ = try await world.monorepo.change(["backend"], to: "4")
    let newer = try await world.pipeline.manualDeploy.request(try request())
    let evaluation = try await PushEvaluation(
      push: PendingPush(
        delivery: try #require(DeliveryGUID("late")), sequence: 1,
        event: PushEvent(
          repository: target.repository, branch: target.branch,
          before: try #require(CommitSHA(before)), after: fetched, forced: false, pusher: "ana"),
        attempts: 0),
      target: target, mirror: mirror, store: world.store,
      configuration: world.pipeline.parts.configuration.current, now: world.clock.now()
    ).evaluate(tip: fetched)
    let name = try #require(name)
    #expect(evaluation.skipped.keys.contains(name))
    #expect(evaluation.carriers[name]?.deployments == [newer.id])
    #expect(evaluation.carriers[name]?.lastNumber == newer.id.number)
  }

  @Test("R14: what a deployment by hand brought is not missing when its push is told late")
  func toldLate() async throws {
    let (world, _, _) = try await twice()
    let (before, after) = try await world.monorepo.change(["backend"], to: "3 [skip ci]")
    let (_, tip) = try await world.monorepo.change(["backend"], to: "4")
    _ = try await world.pipeline.manualDeploy.request(try request())
    await world.pipeline.wake()
    try await world.reach("backend-3", .committed)
    #expect(try await world.deliver(before, after).outcome == .skipped)
    #expect(try await world.state("backend").behind == nil)
    #expect(try await world.deliver(after, tip).outcome == .deployed)
    try await world.reach("backend-4", .committed)
    #expect(try await world.state("backend").behind == nil)
    await world.stop()
  }

  @Test("R5: backwards is for rollback, and what runs already only for a rebuild")
  func backwards() async throws {
    let (world, first, second) = try await twice()
    await refuses(world, try request(first), "use rollback")
    await refuses(world, try request(second), "say rebuild: true")
  }

  @Test("R8: a rebuild builds again, and moves no tag that is there")
  func rebuild() async throws {
    let (world, _, second) = try await twice()
    let before = try #require(try await world.deployment("backend-2").image)
    let rebuilt = try await world.pipeline.manualDeploy.request(request(second, rebuild: true))
    await world.pipeline.wake()
    let image = try #require(
      try await world.reach(rebuilt.id.description, .committed).image)
    #expect(world.builder.started.contains(rebuilt.id))
    #expect(image.tags.map(\.name) == before.tags.map { "\($0.name)-2" })
    #expect(try await world.tagInGit("backend") == "\(before.tag.name)-2")
    #expect(world.registry.tags(of: before.repository)[before.tag] == before.digest)
  }

  @Test("R8: what was built and published before a crash is adopted, not built again")
  func adopts() async throws {
    let (world, _, _) = try await twice()
    try await world.push(["backend"], version: "3")
    let third = try await world.reach("backend-3", .committed)
    _ = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: try #require(name), target: nil, hold: .none, acceptMigrations: false,
        reason: "broken", actor: "ada"))
    await world.pipeline.wake()
    try await world.reach("backend-4", .committed)
    let again = try await world.pipeline.manualDeploy.request(
      request(third.source?.commit.hex))
    await world.pipeline.wake()
    let landed = try await world.reach(again.id.description, .committed)
    #expect(landed.image?.digest == third.image?.digest)
    #expect(landed.image?.tags == third.image?.tags)
    #expect(!world.builder.started.contains(again.id))
  }

  @Test("R13: a ref must resolve to a commit on the configured branch, unless it is said otherwise")
  func offBranch() async throws {
    let (world, _, _) = try await twice()
    let aside = try await aside(world)
    await refuses(world, try request(aside), "is not on main")
    await refuses(world, try request("aside"), "is not on main")
    await refuses(world, try request("main~1"), "not a commit id, branch or tag")
    await refuses(world, try request("--upload-pack=touch"), "not a commit id, branch or tag")
    // It is not even fetched.
    await #expect(throws: ShellFailure.self) {
      try await shell(
        "git", "--git-dir", world.state.appending("mirror.git"), "cat-file", "-e", aside)
    }
    #expect(try await world.store.deployments(DeploymentQuery()).items.count == 2)
    let deployed = try await world.pipeline.manualDeploy.request(
      request("aside", offBranch: true))
    #expect(deployed.source?.commit.hex == aside)
  }

  @Test("R9: under a hold a manual deployment is refused, unless it overrides the hold")
  func hold() async throws {
    let (world, _, _) = try await twice()
    try await world.pipeline.holds.place(
      on: try #require(name), until: .released, reason: "freeze", actor: "ada")
    let (_, third) = try await world.monorepo.change(["backend"], to: "3")
    await refuses(world, try request(), "on hold: freeze")
    let forced = try await world.pipeline.manualDeploy.request(request(overrideHold: true))
    await world.pipeline.wake()
    #expect(try await world.reach(forced.id.description, .committed).source?.commit.hex == third)
    #expect(try await world.state("backend").hold != nil)
  }
}

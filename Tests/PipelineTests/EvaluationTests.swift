import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

/// Which changed files and which commits of a push count.
@Suite struct EvaluationTests {
  /// Every service takes its own kustomization for one of its sources, as a careless filter does.
  private func greedy(_ services: [String]) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(services: services)
    for text in services {
      let name = try #require(ServiceName(text))
      world.reconfigure {
        $0.services[name]?.filter = PathFilter(.paths, ["\(text)/**", "k8s/\(text)/**"])
      }
    }
    world.start()
    return world
  }

  @Test("R3: a kustomization as Slipway wrote it is no changed file; as a person left it, it is")
  func ownBlobs() async throws {
    let world = try await greedy(["backend"])
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    try await world.monorepo.pull()
    try world.monorepo.write("hello\n", to: "README.md")
    let readme = try await world.monorepo.commit("docs: a readme")
    let source = try #require(first.source?.commit.hex)
    let quiet = try await world.deliver(source, readme)
    #expect(quiet.outcome == .noneMatched)
    let file = "k8s/backend/kustomization.yaml"
    try world.monorepo.write(try world.monorepo.read(file) + "namePrefix: x-\n", to: file)
    let edited = try await world.deliver(readme, try await world.monorepo.commit("feat: a prefix"))
    #expect(edited.deployments.map(\.description) == ["backend-2"])
    #expect(try await world.deployment("backend-2").trigger?.file == file)
  }

  @Test("R4: foreign commits beneath ours are evaluated, and our [skip ci] is not theirs")
  func transparent() async throws {
    let world = try await PipelineWorld.make()
    let backend = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: backend)
    world.start()
    let pushed = try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .building)
    let (_, foreign) = try await world.monorepo.change(["frontend"], to: "2")
    world.builder.openGate(of: backend)
    try await world.reach("backend-1", .committed)
    let tip = try await world.monorepo.tip()
    #expect(tip != foreign)
    let delivery = try await world.deliver(pushed.after, tip)
    #expect(delivery.deployments.map(\.description) == ["frontend-1"])
    #expect(try await world.deployment("frontend-1").source?.commit.hex == foreign)
  }

  @Test("R4: what a missed push skipped is wanted no more once a push after it carries it")
  func skippedThenPushed() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    _ = try await world.monorepo.change(["backend"], to: "2")
    _ = try await world.monorepo.commit("chore: quiet [skip ci]")
    let delivery = try await world.push(["backend"], version: "3")
    let deployed = try await world.reach(
      try #require(delivery.deployments.last).description, .committed)
    let state = try await world.state("backend")
    #expect(state.wanted == deployed.source?.commit)
    #expect(state.behind == nil)
  }

  @Test("R4: our commits are known by the record, whoever they seem to be from by now")
  func knownByRecord() async throws {
    let world = try await greedy(["backend"])
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    let name = try PipelineWorld.repositoryName()
    world.reconfigure { $0.repositories[name]?.authorEmail = "other@example.com" }
    let source = try #require(first.source?.commit.hex)
    let own = try await world.deliver(source, try await world.monorepo.tip())
    #expect(own.outcome == .ignored)
  }

  @Test(
    "R4: what the record has lost is ours by trailer, committer and content together",
    arguments: [
      (email: "slipway@example.com", trailer: true, alsoCode: false, isOurs: true),
      (email: "slipway@example.com", trailer: true, alsoCode: true, isOurs: false),
      (email: "slipway@example.com", trailer: false, alsoCode: false, isOurs: false),
      (email: "eve@example.com", trailer: true, alsoCode: false, isOurs: false),
    ])
  func knownByLooks(
    _ look: (email: String, trailer: Bool, alsoCode: Bool, isOurs: Bool)
  ) async throws {
    let world = try await greedy(["backend"])
    world.reconfigure { $0.buildConcurrency = 0 }
    let before = try await world.monorepo.tip()
    let file = "k8s/backend/kustomization.yaml"
    try world.monorepo.write(try world.monorepo.read(file) + "namePrefix: x-\n", to: file)
    if look.alsoCode { try world.monorepo.write("evil\n", to: "backend/VERSION") }
    let work = world.monorepo.work
    try await shell(
      "git", "commit", "-qam", "chore\n" + (look.trailer ? "\nDeployment: backend-9\n" : ""),
      in: work,
      environment: [
        "GIT_AUTHOR_NAME": "x", "GIT_AUTHOR_EMAIL": look.email, "GIT_COMMITTER_NAME": "x",
        "GIT_COMMITTER_EMAIL": look.email,
      ])
    try await shell("git", "push", "-q", "origin", "HEAD:main", in: work)
    let delivery = try await world.deliver(before, try await world.monorepo.tip())
    #expect(delivery.outcome == (look.isOurs ? .ignored : .deployed))
  }

  @Test("R3: the cursor is pinned in the mirror, so that a force push does not take it away")
  func pinned() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let delivery = try await world.push(["backend"], version: "1")
    #expect(
      try await shell(
        "git", "--git-dir", world.state.appending("mirror.git"), "rev-parse",
        "refs/slipway/cursor/main") == delivery.after)
  }

  @Test("R3: a base that only the remote has is fetched; if nobody has it, every service triggers")
  func baseElsewhere() async throws {
    let services = ["backend", "frontend", "worker"]
    for remoteHasIt in [true, false] {
      let world = try await PipelineWorld.make(services: services, concurrency: 0)
      let origin = world.monorepo.origin
      try await shell(
        "git", "--git-dir", origin, "config", "uploadpack.allowAnySHA1InWant", "true")
      let (start, first) = try await world.monorepo.change(["backend"], to: "1")
      try await world.deliver(start, first)
      let work = world.monorepo.work
      try await shell("git", "reset", "-q", "--hard", start, in: work)
      try world.monorepo.write("forced\n", to: "frontend/VERSION")
      try await shell(
        "git", "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "commit", "-qam",
        "forced", in: work)
      try await shell("git", "push", "-q", "--force", "origin", "HEAD:main", in: work)
      if !remoteHasIt { try await shell("git", "--git-dir", origin, "gc", "-q", "--prune=now") }
      try await shell("rm", "-r", world.state.appending("mirror.git"))
      let delivery = try await world.deliver(first, try await world.monorepo.tip())
      #expect(
        delivery.matches.filter(\.triggered).map(\.service.name)
          == (remoteHasIt ? ["backend", "frontend"] : services))
    }
  }
}

import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite struct LineTests {
  @Test("A push becomes images, one manifest commit per service, and a history")
  func push() async throws {
    let world = try await PipelineWorld.make()
    world.start()
    let delivery = try await world.push(["backend", "frontend"], version: "1")
    #expect(delivery.outcome == .deployed)
    #expect(Set(delivery.deployments.map(\.description)) == ["backend-1", "frontend-1"])
    let backend = try await world.reach("backend-1", .committed)
    try await world.reach("frontend-1", .committed)

    let source = try #require(backend.source)
    #expect(try await world.tagInGit("backend") == source.commit.short())
    #expect(backend.image?.tags.map(\.name) == [source.commit.short(), "sha-\(source.commit)"])
    #expect(backend.trigger?.file == "backend/VERSION")
    #expect(backend.trigger?.pattern == "backend/**")
    #expect(try await world.monorepo.isLinear())
    let subjects = try await world.monorepo.subjects()
    #expect(
      Set(subjects.prefix(2)) == [
        "chore: update backend image to \(source.commit.short())",
        "chore: update frontend image to \(source.commit.short())",
      ])
    let state = try await world.state("backend")
    #expect(state.current?.deployment == backend.id)
    #expect(state.current?.manifestCommit == backend.manifestCommit)
    #expect(state.inFlight.isEmpty)
    let timeline = try await world.store.timeline(backend.id).map(\.state)
    #expect(timeline == [.queued, .building, .publishing, .committing, .committed])
  }

  @Test(
    "R7: a service that pins by digest gets its digest beside the tag, and is not external for it")
  func pin() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    let name = try #require(ServiceName("backend"))
    world.reconfigure { $0.services[name]?.pin = .digest }
    world.start()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    try await world.push(["backend"], version: "2")
    let second = try await world.reach("backend-2", .committed)
    let digest = try #require(second.image?.digest)
    #expect(digest != first.image?.digest)
    let file = try await world.monorepo.file("k8s/backend/kustomization.yaml")
    #expect(file.hasSuffix("  digest: \(digest)"), "\(file)")
    #expect(try await world.state("backend").current?.deployment == second.id)
  }

  @Test("R5: latest names what is deployed once the commit has landed")
  func latest() async throws {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.start()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    let image = try #require(first.image)
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest") {
      world.registry.tags(of: image.repository)[latest] == image.digest
    }
  }

  @Test("R4: our own manifest commits trigger nothing, and are transparent for what lies beneath")
  func ownCommits() async throws {
    let world = try await PipelineWorld.make()
    world.start()
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    let afterFirst = try await world.monorepo.tip()
    let parent = try await shell(
      "git", "--git-dir", world.monorepo.origin, "rev-parse", "\(afterFirst)^")
    let own = try await world.deliver(parent, afterFirst)
    #expect(own.outcome == .ignored)
    #expect(own.deployments.isEmpty)
    #expect(own.reason.contains("Slipway's own"))
  }

  @Test("R4: [skip ci] skips its own push, and leaves what it touched behind")
  func skip() async throws {
    let world = try await PipelineWorld.make()
    world.start()
    let before = try await world.monorepo.tip()
    try world.monorepo.write("2\n", to: "backend/VERSION")
    let after = try await world.monorepo.commit("feat: quietly [skip ci]")
    let delivery = try await world.deliver(before, after)
    #expect(delivery.outcome == .skipped)
    #expect(try await world.state("backend").behind?.commit.hex == after)
    #expect(try await world.state("frontend").behind == nil)
    let next = try await world.push(["frontend"], version: "3")
    #expect(next.deployments.map(\.description) == ["frontend-1"])
  }

  @Test("R2: the same move under another GUID is covered; A→B, B→A, A→B is three pushes")
  func once() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let (a, b) = try await world.monorepo.change(["backend"], to: "1")
    #expect(try await world.deliver(a, b).outcome == .deployed)
    #expect(try await world.deliver(a, b).outcome == .covered)
    #expect(try await world.deliver(a, b, guid: "delivery-1").outcome == .deployed)
    try await shell("git", "--git-dir", world.monorepo.origin, "update-ref", "refs/heads/main", a)
    #expect(try await world.deliver(b, a).outcome == .deployed)
    try await shell("git", "--git-dir", world.monorepo.origin, "update-ref", "refs/heads/main", b)
    #expect(try await world.deliver(a, b).outcome == .deployed)
    let page = try await world.store.deployments(DeploymentQuery())
    #expect(page.items.count == 3)
  }

  @Test("R3: a push that was missed is caught up as its own, before the one that shows it")
  func missed() async throws {
    let world = try await PipelineWorld.make(concurrency: 0)
    let (start, first) = try await world.monorepo.change(["backend"], to: "1")
    try await world.deliver(start, first)
    let (_, missed) = try await world.monorepo.change(["frontend"], to: "2")
    let (_, last) = try await world.monorepo.change(["backend"], to: "3")
    let delivery = try await world.deliver(missed, last)
    #expect(delivery.outcome == .deployed)
    let frontend = try await world.deployment("frontend-1")
    #expect(frontend.cause == .catchUp)
    #expect(frontend.source?.commit.hex == missed)
    #expect(try await world.deployment("backend-2").cause == .push)
  }

  @Test("R3: a force push whose before is unreachable triggers by the diff from the cursor")
  func forced() async throws {
    let world = try await PipelineWorld.make(concurrency: 0)
    let (start, first) = try await world.monorepo.change(["backend"], to: "1")
    try await world.deliver(start, first)
    try await shell("git", "reset", "-q", "--hard", start, in: world.monorepo.work)
    try world.monorepo.write("forced\n", to: "frontend/VERSION")
    try await shell("git", "commit", "-qam", "forced", in: world.monorepo.work, environment: author)
    try await shell("git", "push", "-q", "--force", "origin", "HEAD:main", in: world.monorepo.work)
    let unreachable = String(repeating: "9", count: 40)
    let delivery = try await world.deliver(unreachable, try await world.monorepo.tip())
    #expect(
      Set(delivery.matches.filter(\.triggered).map(\.service.name)) == ["backend", "frontend"])
  }

  @Test("A delivery that matched nothing is evaluated again by its own ends, the cursor left alone")
  func redelivered() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let before = try await world.monorepo.tip()
    try world.monorepo.write("1\n", to: "docs/guide.md")
    let after = try await world.monorepo.commit("docs: a guide")
    let missed = try await world.deliver(before, after)
    #expect(missed.outcome == .noneMatched)
    let name = try #require(ServiceName("backend"))
    world.reconfigure { $0.services[name]?.filter = PathFilter(.paths, ["docs/**"]) }
    _ = try await world.pipeline.redelivery.request(missed.guid)
    try await eventually("the second evaluation") {
      try await world.delivery(missed.guid).outcome == .deployed
    }
    #expect(try await world.deployment("backend-1").trigger?.file == "docs/guide.md")
    let cursor = try await world.store.cursor(
      repository: PipelineWorld.repositoryName(), branch: PipelineWorld.branchName())
    #expect(cursor?.hex == after)
  }

  @Test("R1: a redelivery that nobody lived to evaluate is still compared by its own ends")
  func redeliveredOverARestart() async throws {
    let world = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let before = try await world.monorepo.tip()
    try world.monorepo.write("1\n", to: "docs/guide.md")
    var missed = try await world.deliver(before, try await world.monorepo.commit("docs: a guide"))
    #expect(missed.outcome == .noneMatched)
    let name = try #require(ServiceName("backend"))
    world.reconfigure { $0.services[name]?.filter = PathFilter(.paths, ["docs/**"]) }
    missed.outcome = .pending
    try await world.store.reopen(missed, byItself: true)
    try await world.restart()
    try await eventually("the second evaluation") {
      try await world.delivery(missed.guid).outcome == .deployed
    }
  }

  @Test("A deleted branch is ignored with a reason, and nothing is lost")
  func deleted() async throws {
    let world = try await PipelineWorld.make(concurrency: 0)
    let (before, after) = try await world.monorepo.change(["backend"], to: "1")
    try await shell(
      "git", "--git-dir", world.monorepo.origin, "update-ref", "-d", "refs/heads/main")
    let delivery = try await world.deliver(before, after)
    #expect(delivery.outcome == .ignored)
    #expect(delivery.reason.contains("gone"))
  }

  let author = [
    "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com",
  ]
}

import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

/// R14: git is what is deployed, whoever wrote it.
@Suite struct ExternalTests {
  /// Two deployments that landed.
  private func twice(
    services: [String] = ["backend"], elsewhere: Bool = false, clock: any WallClock = TestClock()
  ) async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(
      services: services, manifestsElsewhere: elsewhere, clock: clock)
    world.start()
    for version in 1...2 {
      try await world.push(services, version: "\(version)")
      for service in services { try await world.reach("\(service)-\(version)", .committed) }
    }
    return world
  }

  private func commit(_ id: String, in world: PipelineWorld) async throws -> String {
    try #require(try await world.deployment(id).manifestCommit).hex
  }

  private func history(_ world: PipelineWorld) async throws -> [String] {
    try await world.store.deployments(DeploymentQuery()).items.map {
      "\($0.id) \($0.cause.rawValue)"
    }
  }

  @Test("R14: a git revert is recorded, holds its service until the next push, and sticks")
  func revert() async throws {
    let world = try await twice()
    let first = try await world.deployment("backend-1")
    let second = try await world.deployment("backend-2")
    let reverting = try await world.monorepo.revert(try await commit("backend-2", in: world))
    await world.pipeline.lookAtGit()

    let external = try await world.deployment("backend-3")
    #expect(external.state == .committed)
    #expect(external.cause == .external)
    #expect(external.actor == "Eve")
    #expect(external.source == first.source)
    #expect(external.image == first.image)
    #expect(external.manifestCommit?.hex == reverting)
    #expect(external.rollbackOf == first.id)
    #expect(external.rolledBackFrom == second.id)
    let tag = try #require(first.image?.tag)
    let words = "Eve set k8s/backend back to \(tag) (backend-1) in \(reverting.prefix(7))"
    #expect(external.reason == words)
    let state = try await world.state("backend")
    #expect(state.current?.deployment == external.id)
    #expect(state.current?.manifestCommit?.hex == reverting)
    #expect(state.hold?.until == .nextPush)
    #expect(state.hold?.reason == words)
    #expect(
      state.behind
        == Behind(
          commit: try #require(second.source?.commit), since: external.createdAt,
          reason: "backend-3: \(words)"))
    let latest = try #require(ImageTag("latest"))
    try await eventually("latest to follow") {
      guard let image = first.image else { return false }
      return world.registry.tags(of: image.repository)[latest] == image.digest
    }

    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    #expect(try await world.state("backend").hold == nil)
    #expect(try await world.state("backend").behind == nil)
  }

  @Test("R14: it is seen without a delivery, within the poll interval")
  func poll() async throws {
    let world = try await twice()
    world.reconfigure { $0.pollInterval = .milliseconds(20) }
    try await world.restart()
    try await world.monorepo.revert(try await commit("backend-2", in: world))
    #expect(try await world.reach("backend-3", .committed).cause == .external)
  }

  @Test("R14: what was changed while nothing ran is seen at the start")
  func startUp() async throws {
    let world = try await twice()
    let second = try await commit("backend-2", in: world)
    world.reconfigure { $0.pollInterval = .seconds(86_400) }
    await world.stop()
    try await world.monorepo.revert(second)
    try await world.restart()
    #expect(try await world.reach("backend-3", .committed).cause == .external)
  }

  @Test("R14: the push that brings the revert does not end the hold that it places")
  func revertByWebhook() async throws {
    let world = try await twice()
    let before = try await world.monorepo.tip()
    let after = try await world.monorepo.revert(try await commit("backend-2", in: world))
    let delivery = try await world.deliver(before, after)
    #expect(delivery.outcome == .noneMatched)
    #expect(try await world.deployment("backend-3").cause == .external)
    #expect(try await world.state("backend").hold?.until == .nextPush)
  }

  @Test("R14: a build that was under way when git was set back waits for the hold")
  func revertUnderABuild() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    try await world.monorepo.revert(try await commit("backend-2", in: world))
    await world.pipeline.lookAtGit()
    world.builder.openGate(of: name)
    let held = try await world.reach("backend-3", .held)
    #expect(
      try await world.state("backend").behind?.reason == "backend-3 waits for the hold to end")
    _ = try await world.pipeline.holds.release(name, reason: "", actor: "ada")
    await world.pipeline.wake()
    try await world.reach("backend-3", .committed)
    #expect(try await world.tagInGit("backend") == held.image?.tag.name)
  }

  @Test("R14, R5: the writer itself sees what was changed since, before it decides")
  func seenByTheWriter() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    try await world.monorepo.revert(try await commit("backend-2", in: world))
    // Nobody looks but the writer, which finds the hold only then.
    world.builder.openGate(of: name)
    try await world.reach("backend-3", .held)
    #expect(try await world.deployment("backend-4").cause == .external)
    #expect(
      try await world.tagInGit("backend")
        == (try await world.deployment("backend-1").image?.tag.name))
  }

  @Test("R14: a tag of nobody knows what is recorded too, and the next push lands over it")
  func unknownTag() async throws {
    let world = try await twice()
    try await world.monorepo.setTag(of: "backend", to: "hotfix-3", as: "Ben")
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.source == nil)
    #expect(external.image == nil)
    #expect(external.actor == "Ben")
    let state = try await world.state("backend")
    #expect(state.current?.tag == "hotfix-3")
    #expect(state.current?.digest == nil)
    #expect(state.hold == nil)
    #expect(state.behind?.commit == (try await world.deployment("backend-2").source?.commit))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    #expect(try await world.state("backend").behind == nil)
  }

  @Test("R14: a tag that the registry confirms is an image that can be gone back to")
  func confirmedTag() async throws {
    let world = try await twice()
    let image = try #require(try await world.deployment("backend-1").image)
    let hotfix = try #require(ImageTag("hotfix-3"))
    let digest = try #require(ImageDigest("sha256:" + String(repeating: "7", count: 64)))
    world.registry.put(
      RegistryImage(digest: digest, labels: [:]), as: hotfix, in: image.repository)
    try await world.monorepo.setTag(of: "backend", to: "hotfix-3")
    await world.pipeline.lookAtGit()
    #expect(
      try await world.deployment("backend-3").image
        == PublishedImage(
          repository: image.repository, tag: hotfix, digest: digest, tags: [hotfix]))
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    let rollback = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: try #require(ServiceName("backend")), target: nil, hold: .none,
        acceptMigrations: false, reason: "broken", actor: "ada"))
    #expect(rollback.rollbackOf?.description == "backend-3")
  }

  @Test(
    "R14: a tag that names a commit of the branch tells the source",
    arguments: ["short", "sha", "rebuild"])
  func tagOfACommit(_ form: String) async throws {
    let world = try await twice()
    let (_, after) = try await world.monorepo.change(["backend"], to: "3")
    let tag =
      switch form {
      case "short": String(after.prefix(7))
      case "sha": "sha-\(after)"
      default: "\(after.prefix(9))-2"
      }
    try await world.monorepo.setTag(of: "backend", to: tag)
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.source?.commit.hex == after)
    #expect(external.source?.subject == "feat: 3")
    // It goes forward: no hold.
    #expect(try await world.state("backend").hold == nil)
    #expect(try await world.state("backend").behind == nil)
  }

  @Test("R14, R5: an older build does not land over a newer tag that was set by hand")
  func newBasis() async throws {
    let world = try await twice()
    let name = try #require(ServiceName("backend"))
    _ = world.builder.closeGate(of: name)
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-3", .building)
    let (_, newest) = try await world.monorepo.change(["backend"], to: "4")
    try await world.monorepo.setTag(of: "backend", to: String(newest.prefix(7)))
    world.builder.openGate(of: name)
    try await world.reach("backend-3", .superseded)
    #expect(try await world.tagInGit("backend") == String(newest.prefix(7)))
    #expect(try await world.deployment("backend-4").cause == .external)
  }

  @Test("R14: of several changes between two fetches the last is recorded, and says how many")
  func several() async throws {
    let world = try await twice()
    try await world.monorepo.setTag(of: "backend", to: "one")
    try await world.monorepo.setTag(of: "backend", to: "two", as: "Ben")
    let last = try await world.monorepo.setTag(of: "backend", to: "three", as: "Cid")
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.actor == "Cid")
    #expect(
      external.reason
        == "Cid set k8s/backend to three in \(last.prefix(7)), the last of 3 changes")
    #expect(try await history(world).count == 3)
  }

  @Test("R14: a change that was taken back before anybody looked changed nothing")
  func takenBack() async throws {
    let world = try await twice()
    let strange = try await world.monorepo.setTag(of: "backend", to: "one")
    try await world.monorepo.revert(strange)
    await world.pipeline.lookAtGit()
    #expect(try await history(world).count == 2)
  }

  @Test("R1, R14: it is recorded once, whoever looks and however often, restarts included")
  func once() async throws {
    let world = try await twice()
    try await world.monorepo.setTag(of: "backend", to: "hotfix-3")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 { group.addTask { [pipeline = world.pipeline] in await pipeline.lookAtGit() } }
    }
    try await world.restart()
    await world.pipeline.lookAtGit()
    #expect(try await history(world).first == "backend-3 external")
    #expect(try await history(world).count == 3)
  }

  @Test("R14: a force push that takes our commit off the branch leaves the service behind")
  func forced() async throws {
    let world = try await twice()
    let first = try await world.deployment("backend-1")
    let second = try await world.deployment("backend-2")
    let gone = try #require(second.manifestCommit)
    let heard = world.events.newest
    let before = try await world.monorepo.tip()
    let parent = try await shell(
      "git", "--git-dir", world.monorepo.origin, "rev-parse", "\(gone)^")
    try await world.monorepo.rewind(to: parent)
    try await world.deliver(before, parent)

    let external = try await world.deployment("backend-3")
    #expect(external.cause == .external)
    #expect(external.actor == "ada")
    #expect(external.image == first.image)
    #expect(external.manifestCommit == first.manifestCommit)
    #expect(
      external.reason
        == "the commit \(gone.short()) of backend-2 is no longer on main (a force push); "
        + "k8s/backend names \(first.image?.tag.name ?? ""), since "
        + "\(first.manifestCommit?.short() ?? "")")
    let state = try await world.state("backend")
    #expect(state.behind?.commit == second.source?.commit)
    #expect(state.behind?.reason == "backend-3: \(external.reason)")
    #expect(state.hold?.until == .nextPush)
    // It was published before anybody could ask for it here.
    let told = try #require(world.events.recent(after: heard, atMost: 100)).map(\.event)
    #expect(told.contains(.service(second.id.service)))
    // Nobody is fought.
    #expect(try await world.monorepo.tip() == parent)
  }

  @Test("R14: a force push that keeps the image is recorded, and nobody is behind")
  func rewritten() async throws {
    let world = try await twice()
    let second = try await world.deployment("backend-2")
    let file = try await world.monorepo.file("k8s/backend/kustomization.yaml")
    let source = try #require(second.source?.commit.hex)
    try await world.monorepo.rewind(to: source)
    try await world.monorepo.edit("k8s/backend/kustomization.yaml") { _ in file + "\n" }
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.image == second.image)
    #expect(external.source == second.source)
    #expect(external.manifestCommit?.hex == (try await world.monorepo.tip()))
    #expect(try await world.state("backend").behind == nil)
    #expect(try await world.state("backend").hold == nil)
  }

  @Test("R14: where the image is removed nothing is deployed, until something lands again")
  func removed() async throws {
    let world = try await twice(services: ["backend", "frontend"])
    let file = "k8s/backend/kustomization.yaml"
    try await world.monorepo.edit(file, as: "Ben") { text in
      String(text.prefix(upTo: try #require(text.firstRange(of: "images:")).lowerBound))
    }
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.cause == .external)
    #expect(external.image == nil)
    #expect(external.reason.hasPrefix("Ben removed the image of k8s/backend in "))
    let state = try await world.state("backend")
    #expect(state.current == nil)
    #expect(state.behind?.reason == "backend-3: \(external.reason)")
    #expect(try await world.state("frontend").current?.deployment?.description == "frontend-2")
    try await world.push(["backend"], version: "3")
    try await world.reach("backend-4", .committed)
    #expect(try await world.state("backend").behind == nil)
    await world.pipeline.lookAtGit()
    #expect(try await world.store.deployments(DeploymentQuery()).items.count == 6)
  }

  @Test("R14: a kustomization that is deleted is no crash; put back, it counts again")
  func deleted() async throws {
    let world = try await twice()
    let file = "k8s/backend/kustomization.yaml"
    let text = try await world.monorepo.file(file)
    try await world.monorepo.pull()
    try FileManager.default.removeItem(atPath: "\(world.monorepo.work)/\(file)")
    try await world.monorepo.commit("chore: tidy up")
    await world.pipeline.lookAtGit()
    #expect(try await world.state("backend").current == nil)
    try await world.push(["backend"], version: "3")
    let failed = try await world.reach("backend-4", .failed)
    #expect(failed.failure?.code == .kustomizationMissing)
    try world.monorepo.write(text + "\n", to: file)
    try await world.monorepo.commit("chore: put it back")
    await world.pipeline.lookAtGit()
    let back = try await world.deployment("backend-5")
    #expect(back.cause == .external)
    #expect(back.image == (try await world.deployment("backend-2").image))
    #expect(try await world.state("backend").current?.deployment == back.id)
  }

  @Test("R14: a kustomization that kustomize refuses changes nothing that runs")
  func unreadable() async throws {
    let world = try await twice()
    let file = "k8s/backend/kustomization.yaml"
    try await world.monorepo.edit(file) { $0 + "images: [\n" }
    await world.pipeline.lookAtGit()
    #expect(try await history(world).count == 2)
    #expect(try await world.state("backend").current?.deployment?.description == "backend-2")
  }

  @Test("R14: another image under the same tag is another image")
  func otherName() async throws {
    let world = try await twice()
    await world.pipeline.lookAtGit()
    try await world.monorepo.edit("k8s/backend/kustomization.yaml") { text in
      text.replacingOccurrences(
        of: "newName: registry.test/shop", with: "newName: mirror.test/shop")
    }
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.cause == .external)
    #expect(external.image == nil)
    await world.pipeline.lookAtGit()
    #expect(try await history(world).count == 3)
  }

  @Test("R14: manifests in another repository are looked at in the same way")
  func elsewhere() async throws {
    let world = try await twice(elsewhere: true)
    #expect(try await world.deployment("backend-1").location?.repository.name == "deploy")
    let first = try await world.deployment("backend-1")
    try await world.manifests.revert(try await commit("backend-2", in: world))
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-3")
    #expect(external.image == first.image)
    #expect(external.source == first.source)
    #expect(try await world.state("backend").hold?.until == .nextPush)
  }

  @Test("R14: our own landings are nobody else's changes")
  func ownLandings() async throws {
    let services = ["backend", "frontend"]
    let world = try await twice(services: services)
    let looking = Task { [pipeline = world.pipeline] in
      while !Task.isCancelled { await pipeline.lookAtGit() }
    }
    defer { looking.cancel() }
    for version in 3...6 {
      try await world.push(services, version: "\(version)")
      for service in services { try await world.reach("\(service)-\(version)", .committed) }
    }
    #expect(try await history(world).allSatisfy { $0.hasSuffix("push") })
  }

  @Test("R14: a commit of ours that was given up, and reached the branch after all, is recorded")
  func lateArrival() async throws {
    let world = try await twice()
    let held = world.state.appending("held")
    let hook = "\(world.monorepo.origin)/hooks/update"
    let script = "#!/bin/sh\ntouch \(held)\nwhile [ -e \(held) ]; do sleep 0.05; done\nexit 1\n"
    let (before, after) = try await world.monorepo.change(["backend"], to: "3")
    try script.write(toFile: hook, atomically: true, encoding: .utf8)
    try await shell("chmod", "+x", hook)
    try await world.deliver(before, after)
    try await eventually("the push") { FileManager.default.fileExists(atPath: held) }
    let third = try await world.deployment("backend-3")
    let intent = try #require(try await world.store.intents(for: third.id).first)
    try await shell("rm", held)
    try await world.reach("backend-3", .failed)
    // The remote keeps what it refused as a loose object; somebody brings the branch there.
    try await shell("rm", hook)
    let mirror = world.state.appending("mirror.git")
    try await shell(
      "git", "--git-dir", mirror, "push", "-q", world.monorepo.origin,
      "\(intent.commit):refs/heads/main")
    await world.pipeline.lookAtGit()
    let external = try await world.deployment("backend-4")
    #expect(external.cause == .external)
    #expect(external.image == third.image ?? external.image)
    #expect(external.source == third.source)
    #expect(external.reason.contains("of backend-3, which had ended as failed"))
    #expect(try await world.state("backend").behind == nil)
  }
}

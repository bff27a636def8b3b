import DeployModel
import Pipeline
import PipelineKit
import TestKit
import Testing

@Suite("Signed images") struct SigningTests {
  private static let away = RegistryError(
    code: .signingUnavailable, message: "the log is away", disposition: .retry(after: nil))
  private static let refused = RegistryError(
    code: .signingFailed, message: "decryption failed", disposition: .giveUp)

  private func world() async throws -> PipelineWorld {
    let world = try await PipelineWorld.make(services: ["backend"])
    world.signer.turnOn()
    world.start()
    return world
  }

  private func reasons(_ id: String, _ world: PipelineWorld) async throws -> [String] {
    try await world.store.timeline(world.deployment(id).id).map(\.reason)
  }

  @Test("an image is signed once, before its commit; what is reused is looked at, not signed again")
  func signed() async throws {
    let world = try await world()
    try await world.push(["backend"], version: "1")
    let first = try await world.reach("backend-1", .committed)
    #expect(world.signer.signatures == [first.image?.digest])
    let reasons = try await reasons("backend-1", world)
    let signed = try #require(reasons.firstIndex(of: "cosign has signed the image"))
    let confirmed = try #require(
      reasons.firstIndex { $0.hasPrefix("the registry has confirmed") })
    #expect(signed < confirmed)
    try await world.push(["backend"], version: "2")
    try await world.reach("backend-2", .committed)
    try await world.push(["backend"], version: "1")
    let third = try await world.reach("backend-3", .committed)
    #expect(third.image?.digest == first.image?.digest)
    #expect(world.signer.signatures.count == 2)
    #expect(
      try await self.reasons("backend-3", world)
        .contains("the image has a signature that verifies"))
  }

  @Test("R8: what cannot be signed is not committed; a retry is signed, and lands")
  func refused() async throws {
    let world = try await world()
    let before = try await world.tagInGit("backend")
    world.signer.fail(with: [Self.refused])
    try await world.push(["backend"], version: "1")
    let failed = try await world.reach("backend-1", .failed)
    #expect(
      failed.failure
        == DeploymentFailure(
          stage: .publishing, code: .signingFailed, message: "decryption failed"))
    #expect(try await world.tagInGit("backend") == before)
    let retry = try await world.pipeline.cancelAndRetry.retry(
      failed.id, actor: "ada", reason: "mended")
    await world.pipeline.wake()
    let landed = try await world.reach(retry.id.description, .committed)
    #expect(world.signer.signatures == [landed.image?.digest])
  }

  @Test("R12: what may pass is waited for, and the timeline says so")
  func passing() async throws {
    let world = try await world()
    world.signer.fail(with: [Self.away, Self.away])
    try await world.push(["backend"], version: "1")
    try await world.reach("backend-1", .committed)
    #expect(
      try await reasons("backend-1", world).contains("waiting: it will be tried again"))
    #expect(world.signer.signatures.count == 1)
  }

  @Test("a rollback to an image without a signature that verifies is refused")
  func rollback() async throws {
    let world = try await world()
    for version in 1...2 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    let request = RollbackRequest(
      service: try #require(ServiceName("backend")), target: nil, hold: .none,
      acceptMigrations: false, reason: "", actor: "ada")
    world.signer.refuse(
      with: RegistryError(
        code: .signatureMissing, message: "no signatures found", disposition: .giveUp))
    await #expect {
      _ = try await world.pipeline.rollback.request(request)
    } throws: { error in
      guard case Refusal.unprocessable("no signatures found") = error else { return false }
      return true
    }
    world.signer.refuse(with: Self.away)
    await #expect {
      _ = try await world.pipeline.rollback.request(request)
    } throws: { error in
      guard case Refusal.unavailable("the log is away") = error else { return false }
      return true
    }
    world.signer.refuse(with: nil)
    #expect(try await world.pipeline.rollback.request(request).rollbackOf?.number == 1)
  }
}

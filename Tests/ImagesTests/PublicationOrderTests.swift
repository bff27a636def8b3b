import DeployModel
import Images
import Synchronization
import TestKit
import Testing

/// R8, with a registry in memory that notes what is asked of it.
@Suite struct PublicationOrderTests {
  /// Builder and registry in one: what was put under which tag, in order.
  private final class Shelf: ImageBuilder, ImageRegistry {
    let registry = FakeRegistry()
    let clock = SkippingClock()
    let repository: ImageRepository
    let pushed: ImageDigest
    /// What the builder says that it pushed.
    let reported: ImageDigest
    private let puts = Mutex<[String]>([])

    init(pushed: Character = "a", reported: Character = "a") throws {
      repository = try #require(ImageRepository("registry.test/shop/backend"))
      self.pushed = try #require(ImageDigest("sha256:" + String(repeating: pushed, count: 64)))
      self.reported = try #require(
        ImageDigest("sha256:" + String(repeating: reported, count: 64)))
    }

    var order: [String] { puts.withLock { $0 } }

    func build(
      _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws(BuildError) -> BuiltImage {
      BuiltImage(reference: "built", repository: repository)
    }

    func push(
      _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
    ) async throws(BuildError) -> ImageDigest {
      puts.withLock { $0.append(tag.name) }
      registry.put(RegistryImage(digest: pushed, labels: [:]), as: tag, in: repository)
      return reported
    }

    func discard(_ image: BuiltImage) async {}

    func prune(madeBefore time: Timestamp) async -> Int { 0 }

    func digest(
      of tag: ImageTag, in repository: ImageRepository
    ) async throws(RegistryError) -> ImageDigest? {
      try await registry.digest(of: tag, in: repository)
    }

    func digestExists(
      _ digest: ImageDigest, in repository: ImageRepository
    ) async throws(RegistryError) -> Bool {
      try await registry.digestExists(digest, in: repository)
    }

    func image(
      _ tag: ImageTag, in repository: ImageRepository
    ) async throws(RegistryError) -> RegistryImage? {
      try await registry.image(tag, in: repository)
    }

    func tag(
      _ digest: ImageDigest, as tag: ImageTag, in repository: ImageRepository
    ) async throws(RegistryError) {
      puts.withLock { $0.append(tag.name) }
      try await registry.tag(digest, as: tag, in: repository)
    }

    func remove(
      _ digest: ImageDigest, in repository: ImageRepository
    ) async throws(RegistryError) -> Bool {
      try await registry.remove(digest, in: repository)
    }

    var publication: ImagePublication {
      ImagePublication(builder: self, registry: self, clock: clock)
    }
  }

  private let source = CommitSHA("abcdef0" + String(repeating: "1", count: 33))

  private func inputs(_ digit: Character) throws -> InputDigest {
    try #require(InputDigest("sha256:" + String(repeating: digit, count: 64)))
  }

  private func publish(_ shelf: Shelf) async throws -> PublishedImage {
    try await shelf.publication.publish(
      BuiltImage(reference: "built", repository: shelf.repository),
      source: try #require(source), inputs: inputs("1"), rebuild: false, log: { _ in })
  }

  @Test(
    "R8: the short tag is put first and the full one last: who finds that knows it all is there")
  func order() async throws {
    let shelf = try Shelf()
    let image = try await publish(shelf)
    #expect(shelf.order == ["abcdef0", "sha-\(try #require(source))"])
    #expect(image.tags.map(\.name) == shelf.order)
  }

  @Test("R8: nothing is published that the registry answers for with another digest than was built")
  func digestOfTheRegistry() async throws {
    let shelf = try Shelf(pushed: "a", reported: "b")
    let error = await #expect(throws: RegistryError.self) { try await publish(shelf) }
    #expect(error?.code == .digestMismatch)
    #expect(shelf.order == ["abcdef0"])
  }

  @Test("R12: a registry that asks for a longer pause than a call may take is not asked again")
  func longPause() async throws {
    let shelf = try Shelf()
    let limited = RegistryError(
      code: .registryUnavailable, message: "429", disposition: .retry(after: .seconds(300)))
    shelf.registry.fail(with: limited)
    let error = await #expect(throws: RegistryError.self) { try await publish(shelf) }
    #expect(error?.disposition == .retry(after: .seconds(300)))
    #expect(await shelf.clock.pauses.all == [])
  }

  @Test("R8: after a crash between the two tags, the short one counts if its inputs are ours")
  func shortAlone() async throws {
    let source = try #require(source)
    for (label, isAdopted) in [("1", true), ("2", false)] as [(Character, Bool)] {
      let shelf = try Shelf()
      shelf.registry.put(
        RegistryImage(
          digest: shelf.pushed,
          labels: [
            "org.opencontainers.image.revision": source.hex,
            "io.slipway.input-digest": try inputs(label).text,
          ]), as: try #require(ImageTag("abcdef0")), in: shelf.repository)
      let adopted = try await shelf.publication.adopt(
        source: source, inputs: inputs("1"), in: shelf.repository)
      #expect((adopted != nil) == isAdopted)
      #expect(shelf.order == (isAdopted ? ["sha-\(source)"] : []))
    }
  }
}

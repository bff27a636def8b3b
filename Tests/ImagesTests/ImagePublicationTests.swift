import DeployModel
import Foundation
import Images
import TestKit
import Testing

/// R8 with real images in a real registry.
@Suite(.serialized, .enabled(if: Workbench.hasRegistry, "needs buildah, docker-registry and root"))
struct ImagePublicationTests {
  private static func inputs(_ digit: Character) throws -> InputDigest {
    try #require(InputDigest("sha256:" + String(repeating: digit, count: 64)))
  }

  private static func commit(_ text: String) throws -> CommitSHA {
    try #require(CommitSHA(text + String(repeating: "0", count: 40 - text.utf8.count)))
  }

  /// One repository, and images for it that differ by their content.
  private struct Shop {
    let builder: any ImageBuilder
    let bench: Workbench
    let repository: ImageRepository
    let client: RegistryClient

    /// `buildah`: real builds, for the tests of the whole; otherwise images that a builder might
    /// have made are put into the real registry directly, which takes milliseconds.
    init(_ registry: RegistryFixture, buildah: Bool = false) throws {
      bench = try Workbench(registry)
      builder = buildah ? bench.builder : DirectBuilder()
      repository = try registry.repository()
      client = registry.client()
    }

    var publication: ImagePublication {
      ImagePublication(builder: builder, registry: client, clock: RealClock())
    }

    func build(
      _ content: String, source: CommitSHA, inputs: InputDigest
    ) async throws -> BuiltImage {
      let root = try bench.source([
        "Dockerfile": "FROM scratch\nCOPY content /content\n", "content": content,
      ])
      return try await builder.build(
        bench.request(
          root, to: repository,
          labels: [
            "org.opencontainers.image.revision": source.hex,
            "io.slipway.input-digest": inputs.text,
          ]), log: { _ in })
    }

    func push(_ image: BuiltImage, _ name: String) async throws -> ImageDigest {
      try await builder.push(image, tag: tag(name), log: { _ in })
    }

    func publish(
      _ content: String, source: CommitSHA, inputs: InputDigest, rebuild: Bool = false
    ) async throws -> PublishedImage {
      let image = try await build(content, source: source, inputs: inputs)
      return try await publication.publish(
        image, source: source, inputs: inputs, rebuild: rebuild, log: { _ in })
    }

    func digest(_ name: String) async throws -> ImageDigest? {
      try await client.digest(of: tag(name), in: repository)
    }
  }

  @Test("R8: short and full tag are published, and the registry answers for both; R5: latest moves")
  func tags() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry, buildah: true)
      let first = try await shop.publish(
        "1", source: Self.commit("aaaaaaa1"), inputs: Self.inputs("1"))
      #expect(first.tag.name == "aaaaaaa")
      #expect(first.tags.map(\.name) == ["aaaaaaa", "sha-\(try Self.commit("aaaaaaa1"))"])
      #expect(first.repository == shop.repository)
      #expect(first.reusedFrom == nil)
      for name in first.tags { #expect(try await shop.digest(name.name) == first.digest) }
      #expect(try await shop.digest("latest") == nil)

      let second = try await shop.publish(
        "2", source: Self.commit("bbbbbbb1"), inputs: Self.inputs("2"))
      #expect(second.digest != first.digest)
      try await shop.publication.moveLatest(to: second.digest, in: shop.repository)
      #expect(try await shop.digest("latest") == second.digest)
      try await shop.publication.moveLatest(to: first.digest, in: shop.repository)
      #expect(try await shop.digest("latest") == first.digest)
      try await shop.publication.verify(first)
      try await shop.publication.verify(second)
    }
  }

  @Test("a deleted image is gone with its tags, and no other is")
  func removed() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry)
      let first = try await shop.publish(
        "1", source: Self.commit("aaaaaaa1"), inputs: Self.inputs("1"))
      let second = try await shop.publish(
        "2", source: Self.commit("bbbbbbb1"), inputs: Self.inputs("2"))
      #expect(try await shop.client.remove(first.digest, in: shop.repository))
      for tag in first.tags { #expect(try await shop.digest(tag.name) == nil) }
      #expect(try await !shop.client.digestExists(first.digest, in: shop.repository))
      #expect(try await !shop.client.remove(first.digest, in: shop.repository))
      try await shop.publication.verify(second)
    }
  }

  @Test("a registry that allows no deletion says so, and is one to give up")
  func unwilling() async throws {
    try await RegistryFixture.with(deletes: false) { registry in
      let shop = try Shop(registry)
      let image = try await shop.publish(
        "1", source: Self.commit("aaaaaaa1"), inputs: Self.inputs("1"))
      let error = await #expect(throws: RegistryError.self) {
        try await shop.client.remove(image.digest, in: shop.repository)
      }
      #expect(error?.disposition == .giveUp)
      #expect(
        error?.message
          == "\(shop.repository): the registry allows no deletion (it answered 405)")
      try await shop.publication.verify(image)
    }
  }

  @Test("R8: a short tag that another source has is lengthened by a digit")
  func lengthened() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry)
      let first = try await shop.publish(
        "1", source: Self.commit("abcdef01"), inputs: Self.inputs("1"))
      let second = try await shop.publish(
        "2", source: Self.commit("abcdef02"), inputs: Self.inputs("2"))
      let third = try await shop.publish(
        "3", source: Self.commit("abcdef021"), inputs: Self.inputs("3"))
      #expect([first, second, third].map(\.tag.name) == ["abcdef0", "abcdef02", "abcdef021"])
      #expect(try await shop.digest("abcdef0") == first.digest)
      #expect(try await shop.digest("abcdef02") == second.digest)
    }
  }

  @Test("R8: tags never move: a rebuild, and other inputs, get the first free suffix")
  func suffixes() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry)
      let source = try Self.commit("abcdef0")
      let first = try await shop.publish("1", source: source, inputs: Self.inputs("1"))
      let second = try await shop.publish(
        "2", source: source, inputs: Self.inputs("1"), rebuild: true)
      let third = try await shop.publish(
        "3", source: source, inputs: Self.inputs("1"), rebuild: true)
      let other = try await shop.publish("4", source: source, inputs: Self.inputs("4"))
      #expect(
        [first, second, third, other].map { $0.tags.map(\.name) } == [
          ["abcdef0", "sha-\(source)"], ["abcdef0-2", "sha-\(source)-2"],
          ["abcdef0-3", "sha-\(source)-3"], ["abcdef0-4", "sha-\(source)-4"],
        ])
      #expect(Set([first, second, third, other].map(\.digest)).count == 4)
      #expect(try await shop.digest("abcdef0") == first.digest)
      #expect(
        try await shop.publication.adopt(
          source: source, inputs: Self.inputs("4"), in: shop.repository) == other)
    }
  }

  @Test("R8: what was published before is adopted, without a build, and completed after a crash")
  func adoption() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry, buildah: true)
      let source = try Self.commit("abcdef0")
      let inputs = try Self.inputs("1")
      // 1. Nothing yet.
      #expect(
        try await shop.publication.adopt(source: source, inputs: inputs, in: shop.repository)
          == nil)
      // 2. The crash came between the two tags.
      let image = try await shop.build("1", source: source, inputs: inputs)
      let digest = try await shop.push(image, "abcdef0")
      let adopted = try await shop.publication.adopt(
        source: source, inputs: inputs, in: shop.repository)
      #expect(adopted?.digest == digest)
      #expect(try await shop.digest("sha-\(source)") == digest)
      // 3. Both stand; publishing the same again does nothing.
      #expect(
        try await shop.publication.adopt(source: source, inputs: inputs, in: shop.repository)
          == adopted)
      let again = try await shop.publish("2", source: source, inputs: inputs)
      #expect(again == adopted)
      // 4. Other inputs of the same source are another image.
      #expect(
        try await shop.publication.adopt(
          source: source, inputs: Self.inputs("2"), in: shop.repository) == nil)
      // 5. Only the full tag: the short one is added.
      let other = try Self.commit("bbbbbbb")
      let second = try await shop.build("3", source: other, inputs: inputs)
      let full = try await shop.push(second, "sha-\(other)")
      let completed = try await shop.publication.adopt(
        source: other, inputs: inputs, in: shop.repository)
      #expect(completed?.tags.map(\.name) == ["bbbbbbb", "sha-\(other)"])
      #expect(try await shop.digest("bbbbbbb") == full)
    }
  }

  @Test("R8: a reused image gets the new source's tags and keeps its first revision label")
  func reuse() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry)
      let first = try Self.commit("aaaaaaa")
      let built = try await shop.publish("1", source: first, inputs: Self.inputs("1"))
      let revert = try Self.commit("ccccccc")
      let deployment = try #require(DeploymentID("backend-41"))
      let reused = try await shop.publication.reuse(built, builtBy: deployment, for: revert)
      #expect(reused.digest == built.digest)
      #expect(reused.tags.map(\.name) == ["ccccccc", "sha-\(revert)"])
      #expect(reused.reusedFrom == deployment)
      let stored = try await shop.client.image(reused.tag, in: shop.repository)
      #expect(stored?.labels["org.opencontainers.image.revision"] == first.hex)
      // Once more, after a crash: the same tags, not longer ones.
      #expect(
        try await shop.publication.reuse(built, builtBy: deployment, for: revert) == reused)
      #expect(
        try await shop.publication.adopt(
          source: revert, inputs: Self.inputs("1"), in: shop.repository)?.tags == reused.tags)
    }
  }

  @Test("R8: before a rollback a tag that is gone or was moved is told")
  func verification() async throws {
    try await RegistryFixture.with { registry in
      let shop = try Shop(registry)
      let first = try await shop.publish(
        "1", source: Self.commit("aaaaaaa"), inputs: Self.inputs("1"))
      let second = try await shop.publish(
        "2", source: Self.commit("bbbbbbb"), inputs: Self.inputs("2"))
      try await shop.client.tag(second.digest, as: first.tag, in: shop.repository)
      let error = try await registryError { try await shop.publication.verify(first) }
      #expect(error.code == .imageGone)
      #expect(error.message.contains("answers \(second.digest)"))
    }
  }

  @Test("a registry that refuses stops the publication at once; one that is down, after patience")
  func trouble() async throws {
    let source = try Self.commit("aaaaaaa")
    let inputs = try Self.inputs("1")
    try await RegistryFixture.with(protected: true) { registry in
      let shop = try Shop(registry)
      let error = try await registryError {
        _ = try await shop.publication.adopt(source: source, inputs: inputs, in: shop.repository)
      }
      #expect(error.code == .registryRefused)
      #expect(error.disposition == .giveUp)
      #expect(error.message.contains("\(shop.repository)"))
    }
    let registry = try await RegistryFixture.start()
    let shop = try Shop(registry)
    await registry.stop()
    let clock = SkippingClock()
    let publication = ImagePublication(
      builder: shop.builder, registry: shop.client, clock: clock)
    let error = try await registryError {
      _ = try await publication.adopt(source: source, inputs: inputs, in: shop.repository)
    }
    #expect(error.code == .registryUnavailable)
    #expect(
      await clock.pauses.all == [
        .milliseconds(500), .seconds(1), .seconds(2), .seconds(4),
      ])
  }

  @Test("credentials let a publication through a registry that asks for them")
  func credentials() async throws {
    try await RegistryFixture.with(protected: true) { registry in
      let account = RegistryAccounts.Account(
        credentials: .init(
          username: RegistryFixture.username, password: RegistryFixture.password), insecure: true)
      let bench = try Workbench(accounts: RegistryAccounts([registry.host: account]))
      let client = registry.client(account)
      let source = try Self.commit("aaaaaaa")
      let inputs = try Self.inputs("1")
      let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
      let image = try await bench.build(bench.request(root, to: registry.repository()))
      let published = try await ImagePublication(
        builder: bench.builder, registry: client, clock: RealClock()
      ).publish(image, source: source, inputs: inputs, rebuild: false, log: { _ in })
      #expect(published.tags.map(\.name) == ["aaaaaaa", "sha-\(source)"])
    }
  }
}

/// Never waits, and remembers how long it should have.
struct SkippingClock: WallClock {
  actor Pauses {
    var all: [Duration] = []
    func append(_ pause: Duration) { all.append(pause) }
  }

  let pauses = Pauses()

  func now() -> Timestamp { Timestamp(milliseconds: 0) }
  func sleep(for duration: Duration) async throws { await pauses.append(duration) }
}

package import DeployModel

/// R8: images get their immutable tags here, and nowhere else. `<short>` is pushed first and
/// `sha-<full>` second, so that whoever finds the second knows that the publication was complete.
package struct ImagePublication: Sendable {
  private let builder: any ImageBuilder
  private let registry: any ImageRegistry
  private let clock: any WallClock

  /// How often a call that may be repeated is made, and what is waited in between at most: a registry
  /// that asks for more is left to whoever called, who knows how long there is.
  private static let attempts = 5
  private static let longestPause = Duration.seconds(30)

  package init(
    builder: any ImageBuilder, registry: any ImageRegistry, clock: any WallClock
  ) {
    self.builder = builder
    self.registry = registry
    self.clock = clock
  }

  /// The image that was published for this source and these inputs, by us and before: nothing has
  /// to be built. Completes a publication that a crash cut short. Nil if there is none.
  ///
  /// Not for a `rebuild`, which is asked for because the present image will not do.
  package func adopt(
    source: CommitSHA, inputs: InputDigest, in repository: ImageRepository
  ) async throws(RegistryError) -> PublishedImage? {
    // 1. `sha-<full>`, or with a suffix where the plain one was made from other inputs.
    var number = 1
    while let image = try await look(up: .full(source, number), in: repository) {
      if image.labels[ImageLabels.inputDigest] == inputs.text {
        return try await complete(image.digest, source: source, number, in: repository)
      }
      number += 1
    }
    // 2. Only `<short>`: the crash came between the two tags.
    let short = ImageTag.short(source, 7, number)
    guard let image = try await look(up: short, in: repository),
      image.labels[ImageLabels.revision] == source.hex,
      image.labels[ImageLabels.inputDigest] == inputs.text
    else { return nil }
    return try await complete(image.digest, source: source, number, in: repository)
  }

  /// Pushes what was built and returns when the registry answers for both tags with its digest.
  /// Tags that exist are never moved: `rebuild`, and a source that was published from other inputs,
  /// get the first free of `-2`, `-3` and so on.
  package func publish(
    _ image: BuiltImage, source: CommitSHA, inputs: InputDigest, rebuild: Bool,
    log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) -> PublishedImage {
    if !rebuild,
      let adopted = try await adopt(source: source, inputs: inputs, in: image.repository)
    {
      return adopted
    }
    let (short, number) = try await freeTags(for: source, in: image.repository)
    let builder = builder
    let digest = try await retrying { () async throws(RegistryError) in
      do throws(BuildError) {
        return try await builder.push(image, tag: short, log: log)
      } catch {
        throw RegistryError(
          code: error.code, message: error.message, disposition: error.disposition)
      }
    }
    return try await finish(
      digest, short: short, full: .full(source, number), in: image.repository)
  }

  /// An image that was built for another source from the same inputs, under this source's tags. It
  /// keeps its first `revision` label: which source it deploys is what the record says.
  package func reuse(
    _ image: PublishedImage, builtBy deployment: DeploymentID, for source: CommitSHA
  ) async throws(RegistryError) -> PublishedImage {
    var number = 1
    while let taken = try await digest(of: .full(source, number), in: image.repository),
      taken != image.digest
    {
      number += 1
    }
    var reused = try await complete(
      image.digest, source: source, number, in: image.repository)
    reused.reusedFrom = deployment
    return reused
  }

  /// R5: the one tag that moves. Nothing is sent if it stands where it should.
  package func moveLatest(
    to digest: ImageDigest, in repository: ImageRepository
  ) async throws(RegistryError) {
    if try await self.digest(of: .latest, in: repository) == digest { return }
    try await put(digest, under: .latest, in: repository)
  }

  /// That the registry still answers for every tag with the recorded digest; before a rollback.
  package func verify(_ image: PublishedImage) async throws(RegistryError) {
    for tag in image.tags {
      try await confirm(tag, is: image.digest, in: image.repository, code: .imageGone)
    }
  }
}

// MARK: - Choosing tags

extension ImagePublication {
  /// The first suffix whose two tags are free. A short tag that belongs to another source is
  /// lengthened by a digit; one that is ours, whatever it names, makes the suffix taken.
  private func freeTags(
    for source: CommitSHA, in repository: ImageRepository
  ) async throws(RegistryError) -> (short: ImageTag, number: Int) {
    var number = 1
    while true {
      if try await digest(of: .full(source, number), in: repository) == nil,
        let short = try await freeShortTag(for: source, number, in: repository)
      {
        return (short, number)
      }
      number += 1
    }
  }

  private func freeShortTag(
    for source: CommitSHA, _ number: Int, in repository: ImageRepository
  ) async throws(RegistryError) -> ImageTag? {
    for length in 7...source.hex.utf8.count {
      let tag = ImageTag.short(source, length, number)
      guard let image = try await look(up: tag, in: repository) else { return tag }
      if image.labels[ImageLabels.revision] == source.hex { return nil }
    }
    return nil
  }

  /// Both tags on a digest that the registry has; those that stand already are left alone.
  private func complete(
    _ digest: ImageDigest, source: CommitSHA, _ number: Int, in repository: ImageRepository
  ) async throws(RegistryError) -> PublishedImage {
    for length in 7...source.hex.utf8.count {
      let short = ImageTag.short(source, length, number)
      let present = try await self.digest(of: short, in: repository)
      guard present == nil || present == digest else { continue }
      if present == nil { try await put(digest, under: short, in: repository) }
      return try await finish(
        digest, short: short, full: .full(source, number), in: repository)
    }
    throw RegistryError(
      code: .digestMismatch,
      message: "\(repository): every tag that begins with \(source.short()) is taken",
      disposition: .giveUp)
  }

  private func finish(
    _ digest: ImageDigest, short: ImageTag, full: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> PublishedImage {
    try await confirm(short, is: digest, in: repository, code: .digestMismatch)
    if try await self.digest(of: full, in: repository) == nil {
      try await put(digest, under: full, in: repository)
    }
    try await confirm(full, is: digest, in: repository, code: .digestMismatch)
    return PublishedImage(
      repository: repository, tag: short, digest: digest, tags: [short, full])
  }
}

// MARK: - The registry, with patience

extension ImagePublication {
  private func digest(
    of tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> ImageDigest? {
    let registry = registry
    return try await retrying { () async throws(RegistryError) in
      try await registry.digest(of: tag, in: repository)
    }
  }

  private func look(
    up tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) -> RegistryImage? {
    let registry = registry
    return try await retrying { () async throws(RegistryError) in
      try await registry.image(tag, in: repository)
    }
  }

  private func put(
    _ digest: ImageDigest, under tag: ImageTag, in repository: ImageRepository
  ) async throws(RegistryError) {
    let registry = registry
    try await retrying { () async throws(RegistryError) in
      try await registry.tag(digest, as: tag, in: repository)
    }
  }

  /// A registry may take a moment until every replica answers for a new tag; another digest is no
  /// matter of time.
  private func confirm(
    _ tag: ImageTag, is digest: ImageDigest, in repository: ImageRepository, code: FailureCode
  ) async throws(RegistryError) {
    let registry = registry
    try await retrying { () async throws(RegistryError) in
      let found = try await registry.digest(of: tag, in: repository)
      guard found != digest else { return }
      throw RegistryError(
        code: code,
        message: "\(repository):\(tag) should be \(digest), but the registry "
          + (found.map { "answers \($0)" } ?? "has no such tag"),
        disposition: found == nil ? .retry(after: .milliseconds(200)) : .giveUp)
    }
  }

  /// Repeats what may be repeated, a few times: the build behind it was dear.
  private func retrying<Value: Sendable>(
    _ call: () async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> Value {
    var pause = Duration.milliseconds(500)
    for _ in 1..<Self.attempts {
      do throws(RegistryError) {
        return try await call()
      } catch {
        guard case .retry(let after) = error.disposition, after ?? pause <= Self.longestPause
        else { throw error }
        do {
          try await clock.sleep(for: after ?? pause)
        } catch is CancellationError {
          throw error
        } catch {
          throw RegistryError(code: .internalError, message: "\(error)", disposition: .bug)
        }
        pause *= 2
      }
    }
    return try await call()
  }
}

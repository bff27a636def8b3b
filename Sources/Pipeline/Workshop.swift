import DeployModel
import FoundationEssentials
import Git
import Images
import Logging
import Posix

/// Where one deployment's image is made: its inputs, its source tree, the build, the publication.
struct Workshop: Sendable {
  let parts: PipelineParts
  let deployment: Deployment
  let service: Service
  let log: BuildLog

  struct Inputs: Sendable {
    var source: Source
    var digest: InputDigest
    var mirror: Mirror
    var labels: [String: String]
    /// What is checked out.
    var paths: [RepositoryPath]
  }

  func inputs() async throws -> Inputs {
    guard let source = deployment.source, let mirror = parts.mirrors[source.repository] else {
      throw SourceError(
        code: .sourceUnavailable, message: "the deployment's repository is not configured")
    }
    let build = service.build
    guard try await mirror.obtain(source.commit, from: source.branch) else {
      throw SourceError(
        code: .sourceUnavailable,
        message: "commit \(source.commit) is neither in the mirror nor at the remote")
    }
    guard let context = try await mirror.objectID(of: build.context, at: source.commit) else {
      throw SourceError(
        code: .contextMissing,
        message: "\(build.context) does not exist at \(source.commit.short()): "
          + "correct the service's build.context or add the directory")
    }
    guard let dockerfile = try await mirror.objectID(of: build.dockerfile, at: source.commit)
    else {
      throw SourceError(
        code: .dockerfileMissing,
        message: "\(build.dockerfile) does not exist at \(source.commit.short()): "
          + "correct the service's build.dockerfile or add the file")
    }
    let others = try await self.others(than: source.commit, in: mirror)
    let digest = InputDigest.of(
      context: context.hex, dockerfile: dockerfile.hex, build: build,
      others: others.map(\.target.hex))
    let url = parts.configuration.current.repositories[source.repository]?.url ?? ""
    return Inputs(
      source: source, digest: digest, mirror: mirror,
      labels: ImageLabels.make(
        source: source, repositoryURL: url, version: source.commit.short(), inputs: digest),
      paths: [build.context, build.dockerfile] + others.flatMap(\.paths))
  }

  /// What a build reads besides the context and the Dockerfile as it stands: where links lead that
  /// stand for the Dockerfile, and the `.dockerignore` beside it.
  private func others(
    than commit: CommitSHA, in mirror: Mirror
  ) async throws -> [LinkChain] {
    let (context, dockerfile) = (service.build.context, service.build.dockerfile)
    var others: [LinkChain] = []
    if let read = try await mirror.chain(from: dockerfile, at: commit) {
      if read.paths.count > 1 { others.append(read) }
    } else if !context.holds(dockerfile) {
      throw SourceError(
        code: .dockerfileMissing,
        message: "\(dockerfile) is a symbolic link that leads to no file at \(commit.short()), or "
          + "through a linked directory: link to the file itself")
    }
    if let beside = RepositoryPath("\(dockerfile.path).dockerignore"),
      let ignored = try await mirror.chain(from: beside, at: commit)
    {
      others.append(ignored)
    }
    return others.filter { !$0.paths.allSatisfy(context.holds) }
  }

  /// R8: the image of an earlier build of this very source and these inputs, if it is published.
  func adopt(_ inputs: Inputs) async throws -> PublishedImage? {
    let adopted = try await publication.adopt(
      source: inputs.source.commit, inputs: inputs.digest, in: service.image)
    guard var adopted else { return nil }
    if try await parts.store.condemned(adopted.digest, in: service.image) != nil {
      await log.line("The registry is about to delete \(adopted.digest); built again.")
      return nil
    }
    await log.line("The registry already has \(adopted.digest); not built again.")
    // It is as old as its build.
    let built = try await built(from: inputs, since: Timestamp(milliseconds: 0))
    if built?.image?.digest == adopted.digest { adopted.reusedFrom = built?.id }
    return adopted
  }

  /// R8: the image of another source that was built from these inputs not long ago, under this
  /// source's tags. Nil where there is none, or where the registry will not have it so.
  func reuse(_ inputs: Inputs) async throws -> PublishedImage? {
    let age = parts.configuration.current.reuseMaxAge
    guard age > .zero,
      let built = try await built(from: inputs, since: parts.clock.now().before(age)),
      let image = built.image
    else { return nil }
    do throws(RegistryError) {
      let reused = try await publication.reuse(
        image, builtBy: built.id, for: inputs.source.commit)
      await log.line("\(built.id) built \(reused.digest) from the same inputs; not built again.")
      return reused
    } catch {
      try await parts.store.note(
        deployment.id,
        "the image of \(built.id), of the same inputs, cannot be used: it is built anew",
        details: error.message, at: parts.clock.now())
      return nil
    }
  }

  private func built(
    from inputs: Inputs, since time: Timestamp
  ) async throws(StoreError) -> Deployment? {
    let built = try await parts.store.published(
      service.name, inputs: inputs.digest, since: time)
    guard built?.id != deployment.id, built?.image?.repository == service.image else { return nil }
    return built
  }

  func build(_ inputs: Inputs) async throws -> BuiltImage {
    let directory = "\(parts.workDirectory)/\(deployment.id)"
    do {
      let built = try await build(inputs, in: directory)
      await discard(directory)
      return built
    } catch {
      await discard(directory)
      throw error
    }
  }

  private static let disk = BlockingPool(width: 1, label: "slipway.workshop")

  /// A tree that stays costs disk until the next start, not the deployment.
  private func discard(_ directory: String) async {
    do {
      try await Self.disk.run { try removeTree(directory) }
    } catch {
      parts.logger.warning(
        "a build context was not removed",
        metadata: ["directory": "\(directory)", "error": "\(error)"])
    }
  }

  private func build(_ inputs: Inputs, in directory: String) async throws -> BuiltImage {
    try await Self.disk.run { try removeTree(directory) }
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try await inputs.mirror.checkOut(
      inputs.source.commit, paths: inputs.paths, into: directory)
    return try await parts.builder.build(
      BuildRequest(
        deployment: deployment.id, service: service.name, sourceRoot: directory,
        specification: service.build, arguments: expandedArguments(for: inputs.source),
        labels: inputs.labels, repository: service.image,
        deadline: parts.configuration.current.buildTimeout),
      log: { [log] in await log.append($0) })
  }

  func publish(_ image: BuiltImage, _ inputs: Inputs) async throws -> PublishedImage {
    // What is about to be deleted has the same tags, and must not be adopted either.
    if !deployment.rebuild, let adopted = try await adopt(inputs) { return adopted }
    let published = try await publication.publish(
      image, source: inputs.source.commit, inputs: inputs.digest, rebuild: true,
      log: { [log] in await log.append($0) })
    // Bit for bit what is condemned: spared, and a deletion that had begun has ended after this.
    if try await parts.store.endRemoval(
      of: published.digest, in: published.repository, removedAt: nil)
    {
      try await parts.clock.sleep(for: Self.deletionTime)
      try await publication.verify(published)
    }
    return published
  }

  /// Nothing is committed that is not signed, where signing is configured.
  func sign(_ image: PublishedImage, isNew: Bool) async throws {
    let begin = ContinuousClock.now
    let signature: ImageSignature
    do throws(RegistryError) {
      signature = try await parts.signer.sign(
        image, isNew: isNew, log: { [log] in await log.append($0) })
    } catch {
      parts.metrics.signed("failed", in: ContinuousClock.now - begin)
      throw error
    }
    let said: String
    switch signature {
    case .none: return
    case .made: said = "cosign has signed the image"
    case .present: said = "the image has a signature that verifies"
    }
    parts.metrics.signed(signature.rawValue, in: ContinuousClock.now - begin)
    try await parts.store.note(
      deployment.id, said, details: "\(image.repository)@\(image.digest)", at: parts.clock.now())
  }

  /// More than registries are waited for, twice over: first for a token.
  static let deletionTime: Duration = .seconds(65)

  private var publication: ImagePublication {
    ImagePublication(builder: parts.builder, registry: parts.registry, clock: parts.clock)
  }

  /// `{commit.sha}`, `{commit.short}` and `{commit.timestamp}` (RFC 3339) are expanded only here:
  /// the input digest has the arguments as written.
  private func expandedArguments(for source: Source) -> [String: String] {
    let time = Date(timeIntervalSince1970: Double(source.committedAt.milliseconds) / 1000)
    let words = [
      "{commit.sha}": source.commit.hex, "{commit.short}": source.commit.short(),
      "{commit.timestamp}": time.formatted(.iso8601),
    ]
    return service.build.arguments.mapValues { value in
      words.reduce(value) { $0.replacing($1.key, with: $1.value) }
    }
  }

  private func removeTree(_ directory: String) throws {
    guard FileManager.default.fileExists(atPath: directory) else { return }
    try FileManager.default.removeItem(atPath: directory)
  }
}

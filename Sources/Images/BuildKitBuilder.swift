package import DeployModel
import FoundationEssentials
package import Logging
import Posix

/// Builds with BuildKit through `buildctl`, at one of several builders. Nothing that a repository's
/// Dockerfile does runs on this machine.
package struct BuildKitBuilder: ReloadableBuilder {
  private var settings: BuildKitSettings
  private let logger: Logger
  private let absent: AbsentBuilders

  package init(_ settings: BuildKitSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    absent = AbsentBuilders(rest: settings.rest)
  }

  package func exchanging(_ access: BuilderAccess) -> BuildKitBuilder {
    var builder = self
    builder.settings.access = access
    return builder
  }

  package func recover() async throws(BuildError) {
    try workspaces.sweep(instance: settings.instance)
    do throws(ChildError) {
      let result = try await BuildKitCommand(settings: settings, workspace: nil)
        .process(["--version"], deadline: BuildKitCommand.shortDeadline).run()
      guard result.succeeded else {
        throw ChildError.couldNotStart("buildctl", String(result.errorText.prefix(500)))
      }
    } catch {
      throw BuildError(
        code: .builderUnavailable, message: "`builder.kind: buildkit` needs buildctl: \(error)",
        disposition: .giveUp)
    }
  }

  package func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    let sources = try BuildSources(request)
    return try await workspaces.with { workspace throws(BuildError) in
      let secrets = try await workspaces.secrets(of: request, in: workspace)
      let filter = BuildLogFilter(secrets: secrets.values, forward: log)
      let build = BuildKitBuild(
        request: request, sources: sources, workspace: workspace, secrets: secrets,
        command: BuildKitCommand(settings: settings, workspace: workspace), filter: filter)
      let known = try await PrivateWorkspaces.credentials(
        settings.access.accounts, for: request.repository, log: log)
      try PrivateWorkspaces.writing {
        try workspace.writeDockerConfiguration(known)
        try workspace.writeDockerfile(sources, named: build.dockerfileName)
      }
      let digest = try await run(build, log: log)
      return BuiltImage(reference: digest.text, repository: request.repository)
    }
  }

  /// At the first builder that answers, in the service's order.
  private func run(
    _ build: BuildKitBuild, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    let end = ContinuousClock.now + build.request.deadline
    let order = RendezvousOrder.of(settings.addresses, for: build.request.service.name)
    var troubles: [(text: String, mayPass: Bool)] = []
    for address in await absent.last(of: order, now: .now) {
      do throws(BuildKitBuild.Outcome) {
        let digest = try await build.run(at: address, until: end)
        await absent.hasAnswered(address)
        return digest
      } catch {
        switch error {
        case .failed(let failure): throw failure
        case .builderLost(let why, let mayPass):
          await absent.didNotAnswer(address, at: .now)
          troubles.append(("\(address): \(why)", mayPass))
          await log(Array("The builder at \(address) does not answer: \(why)\n".utf8))
        }
      }
    }
    throw BuildError(
      code: .builderUnavailable,
      message: "no builder answers: " + troubles.map(\.text).joined(separator: "; "),
      disposition: troubles.contains { $0.mayPass } ? .retry(after: nil) : .giveUp)
  }

  /// The image is in the registry already, by its digest; it gets its name there.
  package func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    guard let digest = ImageDigest(image.reference) else {
      throw BuildError(
        code: .internalError, message: "\(image.reference) is no digest", disposition: .bug)
    }
    do throws(RegistryError) {
      try await settings.access.registry.tag(digest, as: tag, in: image.repository)
    } catch {
      throw BuildError(code: error.code, message: error.message, disposition: error.disposition)
    }
    await log(Array("\(image.repository):\(tag) is \(digest)\n".utf8))
    return digest
  }

  /// Nothing is kept here. What has no tag in the registry is for its garbage collection, and the
  /// builders' layers are for theirs.
  package func discard(_ image: BuiltImage) async {}

  package func prune(madeBefore time: Timestamp) async -> Int { 0 }

  private var workspaces: PrivateWorkspaces {
    PrivateWorkspaces(
      root: settings.temporaryRoot, secret: settings.access.secret, logger: logger)
  }
}

/// Builders that did not answer lately are asked after the others, so that not every build waits for
/// them.
actor AbsentBuilders {
  private let rest: Duration
  private var since: [String: ContinuousClock.Instant] = [:]

  init(rest: Duration) { self.rest = rest }

  func last(of addresses: [String], now: ContinuousClock.Instant) -> [String] {
    since = since.filter { now - $0.value < rest }
    return addresses.filter { since[$0] == nil } + addresses.filter { since[$0] != nil }
  }

  func didNotAnswer(_ address: String, at now: ContinuousClock.Instant) { since[address] = now }
  func hasAnswered(_ address: String) { since[address] = nil }
}

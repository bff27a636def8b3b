package import DeployModel
import FoundationEssentials
package import Logging
import Posix

/// Builds with buildah on this machine, without a daemon. Builds share one storage: containers/
/// storage locks it between processes, so that parallel builds are safe and find each other's
/// layers (six at once that sleep two seconds each took under five in all).
///
/// A `RUN` step is as powerful as this process (`--isolation chroot`): for trusted repositories.
package struct BuildahBuilder: ReloadableBuilder {
  private(set) var settings: BuildahSettings
  let logger: Logger
  private let containers = WorkingContainers()
  let use = StorageUse()

  /// Housekeeping calls take well under a second.
  static let housekeeping = Duration.seconds(60)

  package init(_ settings: BuildahSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
  }

  /// The same builder with other credentials for the calls to come: both know of each other's
  /// builds, so that neither removes what the other works with.
  package func exchanging(
    accounts: RegistryAccounts,
    secret: @escaping @Sendable (ServiceName, String) async throws -> [UInt8]
  ) -> BuildahBuilder {
    var builder = self
    builder.settings.accounts = accounts
    builder.settings.secret = secret
    return builder
  }

  package func exchanging(_ access: BuilderAccess) -> BuildahBuilder {
    exchanging(accounts: access.accounts, secret: access.secret)
  }

  package func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    let sources = try BuildSources(request)
    return try await withWorkspace(for: request.repository, log: log) {
      workspace throws(BuildError) in
      let secrets = try await workspaces.secrets(of: request, in: workspace)
      let build = BuildahBuild(
        request: request, sources: sources, workspace: workspace, secrets: secrets,
        command: BuildahCommand(settings: settings, workspace: workspace),
        filter: BuildLogFilter(secrets: secrets.values, forward: log))
      let token = await containers.begin()
      do throws(BuildError) {
        let reference = try await build.run()
        await use.note(reference, at: .now)
        await clean(after: token, endedByItself: true)
        return BuiltImage(reference: reference, repository: request.repository)
      } catch {
        await clean(after: token, endedByItself: false)
        if let list = build.listName { await uncancelled { await removeList(list) } }
        throw error
      }
    }
  }

  package func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    try await withWorkspace(for: image.repository, log: log) { workspace throws(BuildError) in
      let digestFile = workspace.file("digest")
      let isList = !image.reference.hasPrefix("sha256:")
      let arguments =
        (isList
          ? ["manifest", "push", "--all"] : ["push", "--retry=1", "--retry-delay=500ms"])
        + [
          "--authfile=\(workspace.authFile)", "--digestfile=\(digestFile)", "--",
          image.reference, "docker://\(image.repository):\(tag)",
        ]
      let filter = BuildLogFilter(secrets: [], forward: log)
      let command = BuildahCommand(settings: settings, workspace: workspace)
      let status: ChildResult.Status
      do throws(ChildError) {
        status = try await command.process(arguments, deadline: settings.pushDeadline)
          .run { await filter.receive($0) }
      } catch {
        throw BuilderFailure.child(error, code: .registryUnavailable)
      }
      await filter.finish()
      guard status == .exited(0) else {
        throw BuildahFailure.push(
          status, lastLines: await filter.lastLines, to: image.repository)
      }
      guard let bytes = FileManager.default.contents(atPath: digestFile),
        let digest = ImageDigest(String(decoding: bytes, as: UTF8.self))
      else {
        throw BuildError(
          code: .internalError, message: "buildah did not say which digest it pushed",
          disposition: .bug)
      }
      return digest
    }
  }

  /// Only a list of platforms has something of its own. An image itself is the end of its cached
  /// layers, and another deployment may be pushing the very same: `prune` removes what is old.
  package func discard(_ image: BuiltImage) async {
    guard !image.reference.hasPrefix("sha256:") else { return }
    await removeList(image.reference)
  }

  // MARK: Around a call

  private func withWorkspace<Value: Sendable>(
    for repository: ImageRepository, log: @Sendable ([UInt8]) async -> Void,
    _ body: (BuildWorkspace) async throws(BuildError) -> Value
  ) async throws(BuildError) -> Value {
    await use.enter()
    do throws(BuildError) {
      let value = try await withPrivateDirectory(for: repository, log: log, body)
      await use.leave()
      return value
    } catch {
      await use.leave()
      throw error
    }
  }

  private func withPrivateDirectory<Value: Sendable>(
    for repository: ImageRepository, log: @Sendable ([UInt8]) async -> Void,
    _ body: (BuildWorkspace) async throws(BuildError) -> Value
  ) async throws(BuildError) -> Value {
    let known = try await PrivateWorkspaces.credentials(
      settings.accounts, for: repository, log: log)
    return try await workspaces.with { workspace throws(BuildError) in
      try PrivateWorkspaces.writing {
        try workspace.writeContainersConfiguration(known, settings.accounts)
      }
      return try await body(workspace)
    }
  }

  var workspaces: PrivateWorkspaces {
    PrivateWorkspaces(root: settings.temporaryRoot, secret: settings.secret, logger: logger)
  }

  /// buildah removes its containers when it ends by itself, failed or not, and leaves them when it
  /// is killed.
  private func clean(after token: WorkingContainers.BuildToken, endedByItself: Bool) async {
    await uncancelled {
      let present = endedByItself ? nil : await presentContainers()
      await removeContainers(containers.end(token, present: present))
    }
  }

  /// The caller may be cancelled; what it left behind is removed all the same.
  private func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
    await Task { await body() }.value
  }

  private func removeList(_ name: String) async {
    guard await quietly(nil, ["manifest", "exists", name]) != nil else { return }
    await quietly("manifest list not removed", ["manifest", "rm", name])
  }

  private func presentContainers() async -> Set<String> {
    guard let output = await quietly("containers not listed", ["containers", "--all", "--quiet"])
    else { return [] }
    return Set(output.split(whereSeparator: \.isWhitespace).map(String.init))
  }

  func removeContainers(_ identifiers: Set<String>) async {
    // One by one: a single one that is gone already would fail them all.
    for identifier in identifiers.sorted() where await presentContainers().contains(identifier) {
      await quietly("container not removed", ["rm", "--", identifier])
    }
  }

  /// Housekeeping: its failure costs disk, not the deployment.
  @discardableResult
  func quietly(_ complaint: Logger.Message?, _ arguments: [String]) async -> String? {
    do throws(ChildError) {
      let result = try await BuildahCommand(settings: settings, workspace: nil)
        .process(arguments, deadline: Self.housekeeping).run()
      if result.succeeded { return result.outputText }
      if let complaint {
        logger.warning(complaint, metadata: ["buildah": "\(result.errorText.prefix(500))"])
      }
    } catch {
      if let complaint { logger.warning(complaint, metadata: ["error": "\(error)"]) }
    }
    return nil
  }
}

package import DeployModel
import FoundationEssentials
package import Logging
import OpenSSLKit
import Posix

/// Builds with the BuildKit in a Docker engine, and has the engine push. Who may speak to an engine
/// is root on its machine: for an engine of Slipway's own.
package struct DockerBuilder: ReloadableBuilder {
  private var settings: DockerSettings
  private let logger: Logger
  private let client = DockerClient()

  package init(_ settings: DockerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
  }

  package func exchanging(_ access: BuilderAccess) -> DockerBuilder {
    var builder = self
    builder.settings.access = access
    return builder
  }

  package func recover() async throws(BuildError) {
    try workspaces.sweep(instance: settings.instance)
    let command = DockerCommand(settings: settings, workspace: nil)
    _ = try await client.kind(command)
    await removeLeftImages()
  }

  package func build(
    _ request: BuildRequest, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> BuiltImage {
    let sources = try BuildSources(request)
    return try await workspaces.with { workspace throws(BuildError) in
      let secrets = try await workspaces.secrets(of: request, in: workspace)
      let command = DockerCommand(settings: settings, workspace: workspace)
      let known = try await PrivateWorkspaces.credentials(
        settings.access.accounts, for: request.repository, log: log)
      try PrivateWorkspaces.writing { try workspace.writeDockerConfiguration(known) }
      let build = DockerBuild(
        request: request, sources: sources, workspace: workspace, secrets: secrets,
        client: try await client.kind(command), command: command,
        filter: BuildLogFilter(secrets: secrets.values, forward: log),
        name: "\(names):\(request.deployment.number)-\(workspace.nonce)")
      try PrivateWorkspaces.writing {
        try workspace.writeDockerfile(sources, named: build.dockerfileName)
      }
      do throws(BuildError) {
        try await build.run()
      } catch {
        // It may have been ended just after the engine gave the name.
        await uncancelled { await removeIfThere(build.name) }
        throw error
      }
      return BuiltImage(reference: build.name, repository: request.repository)
    }
  }

  package func push(
    _ image: BuiltImage, tag: ImageTag, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> ImageDigest {
    try await workspaces.with { workspace throws(BuildError) in
      let known = try await PrivateWorkspaces.credentials(
        settings.access.accounts, for: image.repository, log: log)
      try PrivateWorkspaces.writing { try workspace.writeDockerConfiguration(known) }
      let name = "\(image.repository):\(tag)"
      let filter = BuildLogFilter(secrets: [], forward: log)
      try await call(["tag", "--", image.reference, name], in: workspace, filter, to: image)
      do throws(BuildError) {
        try await call(["push", "--", name], in: workspace, filter, to: image)
      } catch {
        await uncancelled { await remove(name) }
        throw error
      }
      await uncancelled { await remove(name) }
      guard let digest = DockerPushOutput.digest(in: await filter.lastLines, of: tag) else {
        throw BuildError(
          code: .internalError, message: "docker did not say which digest it pushed",
          disposition: .bug)
      }
      return digest
    }
  }

  package func discard(_ image: BuiltImage) async { await remove(image.reference) }

  /// The engine's build cache is for its own garbage collection, and images go with their names.
  package func prune(madeBefore time: Timestamp) async -> Int { 0 }

  // MARK: Calls

  private func call(
    _ arguments: [String], in workspace: BuildWorkspace, _ filter: BuildLogFilter,
    to image: BuiltImage
  ) async throws(BuildError) {
    let status: ChildResult.Status
    do throws(ChildError) {
      status = try await DockerCommand(settings: settings, workspace: workspace)
        .process(arguments, deadline: settings.pushDeadline).run { await filter.receive($0) }
    } catch {
      throw BuilderFailure.child(error, code: .registryUnavailable)
    }
    await filter.finish()
    guard status == .exited(0) else {
      throw DockerFailure.push(status, lastLines: await filter.lastLines, to: image.repository)
    }
  }

  /// Of this installation only: several may share an engine.
  private var names: String {
    "localhost/slipway/\(SHA256.hexDigest(of: Array(settings.instance.utf8)).prefix(12))"
  }

  private func removeLeftImages() async {
    guard
      let listing = await quietly(
        "images not listed",
        ["image", "ls", "--format={{.Repository}}:{{.Tag}}", "--filter=reference=\(names)"])
    else { return }
    for name in listing.split(whereSeparator: \.isNewline) { await remove(String(name)) }
  }

  private func remove(_ name: String) async {
    await quietly("image not removed", ["image", "rm", "--", name])
  }

  private func removeIfThere(_ name: String) async {
    if await quietly(nil, ["image", "inspect", "--format={{.Id}}", "--", name]) != nil {
      await remove(name)
    }
  }

  /// The caller may be cancelled; what it left behind is removed all the same.
  private func uncancelled(_ body: @escaping @Sendable () async -> Void) async {
    await Task { await body() }.value
  }

  /// Housekeeping: its failure costs the engine's disk, not the deployment.
  @discardableResult
  private func quietly(_ complaint: Logger.Message?, _ arguments: [String]) async -> String? {
    do throws(ChildError) {
      let result = try await DockerCommand(settings: settings, workspace: nil)
        .process(arguments, deadline: DockerCommand.shortDeadline).run()
      if result.succeeded { return result.outputText }
      if let complaint {
        logger.warning(complaint, metadata: ["docker": "\(result.errorText.prefix(500))"])
      }
    } catch {
      if let complaint { logger.warning(complaint, metadata: ["error": "\(error)"]) }
    }
    return nil
  }

  private var workspaces: PrivateWorkspaces {
    PrivateWorkspaces(
      root: settings.temporaryRoot, secret: settings.access.secret, logger: logger)
  }
}

/// `first: digest: sha256:… size: 528`, the last line of `docker push`.
enum DockerPushOutput {
  static func digest(in lines: [String], of tag: ImageTag) -> ImageDigest? {
    for line in lines.reversed() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count >= 3, words[0] == "\(tag):", words[1] == "digest:" else { continue }
      return ImageDigest(String(words[2]))
    }
    return nil
  }
}

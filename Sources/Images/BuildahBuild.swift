import DeployModel
import FoundationEssentials
import Posix

/// One build from prepared sources: `buildah bud` per platform, joined in a manifest list if there
/// are several.
struct BuildahBuild {
  let request: BuildRequest
  let sources: BuildSources
  let workspace: BuildWorkspace
  let secrets: BuildSecrets
  let command: BuildahCommand
  let filter: BuildLogFilter

  /// buildah's name for the result: an image id, or a list's name.
  func run() async throws(BuildError) -> String {
    let end = ContinuousClock.now + request.deadline
    let platforms = request.specification.platforms
    guard let name = listName else {
      return try await image(for: platforms.first, until: end)
    }
    // One call per platform: given several at once, buildah 1.28 serves all from the first's cache.
    var images: [(platform: String, id: String)] = []
    for platform in platforms {
      images.append((platform, try await image(for: platform, until: end)))
    }
    return try await list(name, of: images, until: end)
  }

  private func image(
    for platform: String?, until end: ContinuousClock.Instant
  ) async throws(BuildError) -> String {
    let label = platform.map { $0.replacing("/", with: "-") } ?? "native"
    // buildah shows the name in errors, and treats `*.in` by it.
    let name = request.specification.dockerfile.path.split(separator: "/").last ?? "Dockerfile"
    let dockerfile: String
    do {
      try FileManager.default.createDirectory(
        atPath: workspace.file(label), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o700])
      dockerfile = try workspace.write(
        DockerfileGuard(arguments: request.arguments, platform: platform)
          .apply(to: sources.dockerfile), to: "\(label)/\(name)")
    } catch {
      throw BuildError(
        code: .builderUnavailable,
        message: "the builder's directory cannot be written: \(error)",
        disposition: .retry(after: nil))
    }
    let idFile = workspace.file("\(label)/iid")
    var arguments = arguments(dockerfile: dockerfile, idFile: idFile, platform: platform)
    if let ignored = sources.ignored {
      let file = try PrivateWorkspaces.writing {
        try workspace.write(ignored, to: "\(label)/ignored")
      }
      arguments.insert("--ignorefile=\(file)", at: 1)
    }
    try await call(arguments, until: end)
    guard let bytes = FileManager.default.contents(atPath: idFile),
      case let id = String(decoding: bytes, as: UTF8.self), id.hasPrefix("sha256:")
    else {
      throw BuildError(
        code: .internalError, message: "buildah did not say which image it made",
        disposition: .bug)
    }
    return id
  }

  private func arguments(dockerfile: String, idFile: String, platform: String?) -> [String] {
    // Values are joined to their options: none can be taken for an option of its own.
    var arguments = [
      "bud", "--isolation=chroot", "--layers", "--force-rm", "--file=\(dockerfile)",
      "--iidfile=\(idFile)", "--authfile=\(workspace.authFile)",
    ]
    if let target = request.specification.target { arguments.append("--target=\(target)") }
    if let platform { arguments.append("--platform=\(platform)") }
    for (name, value) in request.arguments.sorted(by: { $0.key < $1.key }) {
      arguments.append("--build-arg=\(name)=\(value)")
    }
    for (name, value) in request.labels.sorted(by: { $0.key < $1.key }) {
      arguments.append("--label=\(name)=\(value)")
    }
    return arguments + secrets.options + ["--", sources.context]
  }

  /// Nil for a build that makes no list.
  var listName: String? {
    guard request.specification.platforms.count > 1 else { return nil }
    // The private directory's name is nobody else's, and so is this.
    return "localhost/slipway/\(request.deployment.number):\(workspace.nonce)"
  }

  private func list(
    _ name: String, of images: [(platform: String, id: String)],
    until end: ContinuousClock.Instant
  ) async throws(BuildError) -> String {
    try await call(["manifest", "create", "--", name], until: end)
    for image in images {
      let parts = image.platform.split(separator: "/")
      guard parts.count == 2 || parts.count == 3 else {
        throw BuildError(
          code: .buildFailed,
          message: "\(image.platform) is not a platform such as linux/amd64",
          disposition: .giveUp)
      }
      var arguments = ["manifest", "add", "--os=\(parts[0])", "--arch=\(parts[1])"]
      if parts.count == 3 { arguments.append("--variant=\(parts[2])") }
      try await call(arguments + ["--", name, image.id], until: end)
    }
    return name
  }

  private func call(
    _ arguments: [String], until end: ContinuousClock.Instant
  ) async throws(BuildError) {
    let status: ChildResult.Status
    do throws(ChildError) {
      let rest = max(.zero, end - ContinuousClock.now)
      status = try await command.process(arguments, deadline: rest)
        .run { [filter] in await filter.receive($0) }
    } catch {
      await filter.finish()
      if case .deadlineExceeded(let program, _) = error {
        throw BuilderFailure.child(
          .deadlineExceeded(program, request.deadline), code: .buildTimeout)
      }
      throw BuilderFailure.child(error, code: .builderUnavailable)
    }
    await filter.finish()
    guard status == .exited(0) else {
      throw BuildahFailure.build(status, lastLines: await filter.lastLines)
    }
  }
}

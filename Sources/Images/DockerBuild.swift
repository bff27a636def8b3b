import DeployModel
import Posix

/// One build from prepared sources within the engine, whose image store holds the result.
struct DockerBuild {
  let request: BuildRequest
  let sources: BuildSources
  let workspace: BuildWorkspace
  let secrets: BuildSecrets
  let client: DockerClient.Kind
  let command: DockerCommand
  let filter: BuildLogFilter
  /// What the result is called in the engine until it is discarded: without a name, somebody's
  /// `docker image prune` could take it before it is pushed.
  let name: String

  func run() async throws(BuildError) {
    if client == .integrated, request.specification.platforms.count > 1 {
      throw DockerFailure.severalPlatforms("this docker client builds for one platform at a time")
    }
    let status: ChildResult.Status
    do throws(ChildError) {
      status = try await command.process(arguments, deadline: request.deadline)
        .run { [filter] in await filter.receive($0) }
    } catch {
      await filter.finish()
      throw BuilderFailure.child(
        error,
        code: {
          if case .deadlineExceeded = $0 { return .buildTimeout }
          return .builderUnavailable
        }(error))
    }
    await filter.finish()
    guard status == .exited(0) else {
      if let why = await DockerProbe(command: command).trouble() {
        throw BuildError(
          code: .builderUnavailable,
          message: "the Docker engine at \(command.settings.host) does not answer: \(why)",
          disposition: .retry(after: nil))
      }
      throw DockerFailure.build(status, lastLines: await filter.lastLines)
    }
  }

  /// Values are joined to their options: none can be taken for an option of its own.
  var arguments: [String] {
    let specification = request.specification
    var arguments =
      client == .buildx ? ["buildx", "build", "--builder=default", "--load"] : ["build"]
    arguments += [
      "--progress=plain", "--file=\(workspace.dockerfileDirectory)/\(dockerfileName)",
      "--tag=\(name)",
    ]
    if let target = specification.target { arguments.append("--target=\(target)") }
    if !specification.platforms.isEmpty {
      arguments.append("--platform=\(specification.platforms.joined(separator: ","))")
    }
    for (name, value) in request.arguments.sorted(by: { $0.key < $1.key }) {
      arguments.append("--build-arg=\(name)=\(value)")
    }
    for (name, value) in request.labels.sorted(by: { $0.key < $1.key }) {
      arguments.append("--label=\(name)=\(value)")
    }
    return arguments + secrets.options + ["--", sources.context]
  }

  var dockerfileName: String {
    request.specification.dockerfile.path.split(separator: "/").last.map(String.init)
      ?? "Dockerfile"
  }
}

import Posix

/// One call of docker: which engine, its environment, its limits.
struct DockerCommand {
  let settings: DockerSettings
  let workspace: BuildWorkspace?

  static let shortDeadline = Duration.seconds(30)

  func process(_ arguments: [String], deadline: Duration) -> ChildProcess {
    var environment = settings.environment
    environment[BuilderMark.variable] = settings.instance
    environment["TMPDIR"] = workspace?.temporary ?? settings.temporaryRoot
    environment["DOCKER_BUILDKIT"] = "1"
    // An index with statements beside the image is nothing that was asked for here.
    environment["BUILDX_NO_DEFAULT_ATTESTATIONS"] = "1"
    environment["DOCKER_CLI_HINTS"] = "false"
    // A directory of our own even where there are no credentials: otherwise docker reads the user's.
    environment["DOCKER_CONFIG"] = workspace?.dockerDirectory ?? settings.temporaryRoot
    var options = ["--host=\(settings.host)"]
    if let tls = settings.tls {
      options += [
        "--tlsverify", "--tlscacert=\(tls.authority)", "--tlscert=\(tls.certificate)",
        "--tlskey=\(tls.privateKey)",
      ]
    }
    return ChildProcess(
      "docker", options + arguments,
      environment: ChildProcess.minimalEnvironment(
        path: settings.path, home: workspace?.directory ?? settings.temporaryRoot,
        adding: environment),
      deadline: deadline, grace: .seconds(3))
  }
}

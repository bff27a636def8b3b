import Posix

/// One call of buildctl: which builder, its environment, its limits.
struct BuildKitCommand {
  let settings: BuildKitSettings
  let workspace: BuildWorkspace?

  /// Of what only asks; buildctl gives up connecting after five.
  static let shortDeadline = Duration.seconds(15)

  func process(_ arguments: [String], deadline: Duration) -> ChildProcess {
    var environment = settings.environment
    environment[BuilderMark.variable] = settings.instance
    environment["TMPDIR"] = workspace?.temporary ?? settings.temporaryRoot
    if let workspace { environment["DOCKER_CONFIG"] = workspace.dockerDirectory }
    return ChildProcess(
      "buildctl", arguments,
      environment: ChildProcess.minimalEnvironment(
        path: settings.path, home: workspace?.directory ?? settings.temporaryRoot,
        adding: environment),
      deadline: deadline, grace: .seconds(3))
  }

  /// A call to the builder at `address`.
  func process(
    at address: String, _ arguments: [String], deadline: Duration
  ) -> ChildProcess {
    var options = ["--addr=\(address)"]
    if let tls = settings.tls {
      options += [
        "--tlscacert=\(tls.authority)", "--tlscert=\(tls.certificate)",
        "--tlskey=\(tls.privateKey)",
      ]
      if let name = tls.serverName { options.append("--tlsservername=\(name)") }
    }
    return process(options + arguments, deadline: deadline)
  }
}

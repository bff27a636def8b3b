import Glibc
import Posix

/// One call of buildah: its storage, its environment, and a fence around what it starts.
struct BuildahCommand {
  let settings: BuildahSettings
  let workspace: BuildWorkspace?
  /// An ordinary user may make a process namespace only inside a user namespace. `buildah unshare`
  /// makes one that holds the user's subordinate ids, see subuid(5).
  var needsUserNamespace = geteuid() != 0

  /// A call runs in a process namespace of its own: when buildah ends, in whatever way, the kernel
  /// ends all that a `RUN` step has started, `setsid` or not. `--kill-child` takes buildah along
  /// when `unshare` is killed.
  func process(_ arguments: [String], deadline: Duration) -> ChildProcess {
    var storage = [
      "--root", settings.storageRoot, "--runroot", settings.runRoot,
      "--storage-driver", settings.driver.rawValue,
    ]
    if let workspace { storage += ["--registries-conf", workspace.registriesFile] }
    var environment = settings.environment
    environment[BuilderMark.variable] = settings.instance
    environment["TMPDIR"] = workspace?.temporary ?? settings.temporaryRoot
    let fenced =
      ["unshare", "--pid", "--fork", "--kill-child=KILL", "--", "buildah"] + storage + arguments
    let command = needsUserNamespace ? ["buildah"] + storage + ["unshare", "--"] + fenced : fenced
    return ChildProcess(
      command[0], Array(command.dropFirst()),
      environment: ChildProcess.minimalEnvironment(
        path: settings.path, home: settings.stateDirectory, adding: environment),
      deadline: deadline, grace: .seconds(3))
  }
}

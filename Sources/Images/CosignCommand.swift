import DeployModel
import Posix

/// One call of cosign: its arguments, which hold no secret, and its environment, which may.
struct CosignCommand {
  let settings: CosignSettings
  let workspace: BuildWorkspace?

  /// In the environment of `cosign sign`: the key is in no file and no argument.
  private static let keyVariable = "SLIPWAY_COSIGN_KEY"

  func sign(_ image: PublishedImage) -> [String] {
    let key: [String] =
      switch settings.key {
      case .pair: ["--key=env://\(Self.keyVariable)"]
      case .reference(let reference): ["--key=\(reference)"]
      case .certificate: []
      }
    // Nobody is there to confirm that something goes into a public log.
    return ["sign", "--yes"] + key + plainHTTP(image) + settings.arguments + ["--", name(image)]
  }

  func verify(_ image: PublishedImage, _ wanted: CosignSettings.Verification) -> [String] {
    ["verify"] + (wanted.key.map { ["--key=\($0)"] } ?? []) + plainHTTP(image) + wanted.arguments
      + ["--", name(image)]
  }

  private func name(_ image: PublishedImage) -> String { "\(image.repository)@\(image.digest)" }

  private func plainHTTP(_ image: PublishedImage) -> [String] {
    settings.accounts.account(for: image.repository.registry).insecure
      ? ["--allow-http-registry"] : []
  }

  func process(_ arguments: [String], deadline: Duration) -> ChildProcess {
    var environment = settings.environment
    environment["LC_ALL"] = "C.UTF-8"
    environment[BuilderMark.variable] = settings.instance
    environment["TMPDIR"] = workspace?.temporary ?? settings.stateDirectory
    // Its own place is in the home of the user, who may have none.
    if environment["TUF_ROOT"] == nil {
      environment["TUF_ROOT"] = "\(settings.stateDirectory)/sigstore"
    }
    if let workspace { environment["DOCKER_CONFIG"] = workspace.dockerDirectory }
    if case .pair(let key, let password) = settings.key, arguments.first == "sign" {
      environment[Self.keyVariable] = key
      // Set even if empty: it would be asked for.
      environment["COSIGN_PASSWORD"] = password
    }
    return ChildProcess(
      settings.program, arguments, environment: environment, deadline: deadline,
      grace: .seconds(3))
  }

  /// Of a key's file, line by line, and of its password: what no log may show.
  var secrets: [[UInt8]] {
    guard case .pair(let key, let password) = settings.key else { return [] }
    return [Array(key.utf8), Array(password.utf8)]
  }
}

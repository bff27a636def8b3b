import DeployModel
import FoundationEssentials
import Logging
import Posix

/// Where builders keep what only one call may see, and how it goes again.
struct PrivateWorkspaces: Sendable {
  var root: String
  var secret: @Sendable (ServiceName, String) async throws -> [UInt8]
  let logger: Logger

  /// A private directory for the time of `body`, removed however that ends.
  func with<Value: Sendable>(
    _ body: (BuildWorkspace) async throws(BuildError) -> Value
  ) async throws(BuildError) -> Value {
    let workspace = try Self.writing { try BuildWorkspace.make(in: root) }
    defer {
      do {
        try workspace.remove()
      } catch {
        logger.error(
          "a builder's private directory could not be removed",
          metadata: ["directory": "\(workspace.directory)", "error": "\(error)"])
      }
    }
    return try await body(workspace)
  }

  /// The build secrets of a request, each in a file of its own; and what must not be logged.
  func secrets(
    of request: BuildRequest, in workspace: BuildWorkspace
  ) async throws(BuildError) -> BuildSecrets {
    var secrets = BuildSecrets()
    for (index, name) in request.specification.secrets.enumerated() {
      do {
        let value = try await secret(request.service, name)
        secrets.files[name] = try workspace.write(value, to: "secret-\(index)")
        secrets.values.append(value)
      } catch {
        // The error's text may quote what it read.
        throw BuildError(
          code: .builderUnavailable, message: "the build secret \(name) cannot be read",
          disposition: .retry(after: nil))
      }
    }
    return secrets
  }

  /// What a builder may sign in with; the log hears what it will lack.
  static func credentials(
    _ accounts: RegistryAccounts, for repository: ImageRepository,
    log: @Sendable ([UInt8]) async -> Void
  ) async throws(BuildError) -> KnownCredentials {
    let known: KnownCredentials
    do throws(CredentialFault) {
      known = try await accounts.known(for: repository)
    } catch {
      throw BuildError(
        code: error.mayPass ? .registryUnavailable : .registryRefused,
        message: "no credentials for \(repository): \(error.message)",
        disposition: error.mayPass ? .retry(after: nil) : .giveUp)
    }
    for complaint in known.complaints { await log(Array("\(complaint)\n".utf8)) }
    return known
  }

  /// What an earlier process left: its children (by their mark) and its private files (R1).
  func sweep(instance: String) throws(BuildError) {
    do {
      let ended = try ProcessSweep.endGroups(markedBy: BuilderMark.variable, value: instance)
      if ended > 0 {
        logger.notice("leftover processes ended", metadata: ["count": "\(ended)"])
      }
    } catch {
      throw BuildError(
        code: .builderUnavailable,
        message: "what an earlier run left behind could not be ended: \(error)",
        disposition: .giveUp)
    }
    do {
      try removeRoot()
      try FileManager.default.createDirectory(
        atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw BuildError(
        code: .builderUnavailable,
        message: "the builder's directory cannot be written: \(error)", disposition: .giveUp)
    }
  }

  /// What has been ended may be removing its own files still.
  private func removeRoot() throws {
    while FileManager.default.fileExists(atPath: root) {
      do {
        try FileManager.default.removeItem(atPath: root)
      } catch let error as CocoaError where error.code == .fileNoSuchFile {
        continue
      }
    }
  }

  /// A disk that is full or read-only may be well again later.
  static func writing<Value>(_ body: () throws -> Value) throws(BuildError) -> Value {
    do {
      return try body()
    } catch {
      throw BuildError(
        code: .builderUnavailable,
        message: "the builder's directory cannot be written: \(error)",
        disposition: .retry(after: nil))
    }
  }
}

/// The secrets of one build.
struct BuildSecrets: Sendable {
  /// File by the secret's name.
  var files: [String: String] = [:]
  var values: [[UInt8]] = []

  /// `--secret` of docker and buildctl, whose value is a line of CSV.
  var options: [String] {
    files.sorted { $0.key < $1.key }.map {
      "--secret=" + CSVLine.of(["id=\($0.key)", "src=\($0.value)"])
    }
  }
}

/// In the environment of every child; its value names the installation, so that a restart finds what
/// a crash left behind.
enum BuilderMark {
  static let variable = "SLIPWAY_INSTANCE"
}

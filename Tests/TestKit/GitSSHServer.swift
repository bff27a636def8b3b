import Foundation
import Git
import Posix

/// An origin behind a real sshd on a loopback port, which lets one deploy key in and ends with this
/// object.
package final class GitSSHServer: Sendable {
  package let origin: GitOrigin
  package let port: Int
  private let files: TemporaryDirectory
  private let user: String
  private let server: Task<Void, Never>

  /// Whether there is an sshd on this machine.
  package static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }
  private static let program = "/usr/sbin/sshd"

  /// - Parameter newestProtocol: whether sshd lets git speak its version 2, as GitHub does and
  ///   git-upload-pack(1) advises; sshd's own default does not.
  /// - Parameter isGitShell: nothing but git is run, as for a user whose shell is git-shell(1).
  package init(
    _ origin: GitOrigin, newestProtocol: Bool = true, isGitShell: Bool = false
  ) async throws {
    self.origin = origin
    files = try TemporaryDirectory("sshd")
    user = try await shell("id", "-un")
    for name in ["host", "deploy", "other"] {
      try await shell(
        "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", files.appending(name))
    }
    // Under root sshd wants this directory, which the system's own would make.
    if user == "root" {
      try FileManager.default.createDirectory(
        atPath: "/run/sshd", withIntermediateDirectories: true)
    }
    let port = try freePort()
    self.port = port
    let configuration = try files.write(
      """
      ListenAddress 127.0.0.1:\(port)
      HostKey \(files.appending("host"))
      AuthorizedKeysFile \(files.appending("deploy.pub"))
      AuthenticationMethods publickey
      PermitRootLogin prohibit-password
      StrictModes no
      UsePAM no
      PidFile none
      \(newestProtocol ? "AcceptEnv GIT_PROTOCOL" : "")
      \(isGitShell ? "ForceCommand /usr/bin/git-shell -c \"$SSH_ORIGINAL_COMMAND\"" : "")

      """, to: "sshd_config")
    let process = ChildProcess(
      Self.program, ["-D", "-e", "-f", configuration],
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], deadline: .seconds(600))
    server = Task {
      do {
        _ = try await process.run()
      } catch {
        // Cancelled, by `deinit`.
      }
    }
    try await eventually("sshd on port \(port)") { await self.isUp() }
  }

  deinit { server.cancel() }

  private func isUp() async -> Bool {
    do {
      return try await shell("ssh-keyscan", "-p", "\(port)", "127.0.0.1").contains("ssh-ed25519")
    } catch {
      return false
    }
  }

  package var url: String { "ssh://\(user)@127.0.0.1:\(port)\(origin.path)" }

  /// The key that is let in.
  package var deployKey: String { files.appending("deploy") }
  /// One that is not.
  package var otherKey: String { files.appending("other") }

  /// - Parameter key: whose public half stands there for this host.
  package func knownHosts(_ key: String = "host") throws -> String {
    let text = try String(contentsOfFile: files.appending("\(key).pub"), encoding: .utf8)
    return try files.write("[127.0.0.1]:\(port) \(text)", to: "known hosts of \(key)")
  }
}

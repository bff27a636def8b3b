import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite struct SSHTests {
  /// An `ssh` that writes down its arguments and runs the command on this machine.
  private func program(in directory: TemporaryDirectory) throws -> GitProgram {
    let script = try directory.write(
      """
      #!/bin/sh
      for argument in "$@"; do printf '%s\\n' "$argument" >> '\(directory.appending("arguments"))'
        command=$argument; done
      eval "exec $command"
      """, to: "bin/ssh")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    return GitProgram(path: "\(directory.appending("bin")):/usr/bin:/bin")
  }

  @Test(
    "R13: ssh gets this key and these hosts only, whatever their paths hold",
    arguments: ["ssh://git@example.com", "git@example.com:"])
  func options(_ host: String) async throws {
    let origin = try await GitOrigin()
    let directory = try TemporaryDirectory()
    let remote = GitRemote(
      url: host + origin.path,
      credentials: .ssh(
        privateKeyFile: "/keys/deploy $(id) key", knownHostsFile: "/keys/known hosts"))
    let fixture = try MirrorFixture(of: remote, git: program(in: directory))
    #expect(try await fixture.mirror.fetch(origin.branch) == origin.root)
    let arguments = try String(
      contentsOfFile: directory.appending("arguments"), encoding: .utf8
    ).split(separator: "\n").map(String.init)
    let expected = [
      "-F", "/dev/null", "-i", "/keys/deploy $(id) key", "-o", "IdentitiesOnly=yes", "-o",
      "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=/dev/null",
      "-o", "UserKnownHostsFile=\"/keys/known hosts\"",
    ]
    #expect(Array(arguments.prefix(expected.count)) == expected)
    #expect(arguments.contains("git@example.com"))
  }

  @Test func aRefusedKeyIsAnAuthenticationError() async throws {
    let directory = try TemporaryDirectory()
    let script = try directory.write(
      "#!/bin/sh\necho 'git@example.com: Permission denied (publickey).' >&2\nexit 255\n",
      to: "bin/ssh")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    let fixture = try MirrorFixture(
      of: GitRemote(
        url: "git@example.com:o/r.git",
        credentials: .ssh(privateKeyFile: "/k", knownHostsFile: "/h")),
      git: GitProgram(path: "\(directory.appending("bin")):/usr/bin:/bin"))
    let error = await #expect(throws: GitError.self) {
      try await fixture.mirror.fetch(.named("main"))
    }
    #expect(error?.disposition == .credentials)
  }
}

@Suite struct GitProgramTests {
  @Test func theInstalledGitIsNewEnough() async throws {
    #expect(try await GitProgram().version().hasPrefix("2."))
  }

  @Test func anOldGitIsRefused() async throws {
    let directory = try TemporaryDirectory()
    let script = try directory.write("#!/bin/sh\necho git version 2.30.2\n", to: "git")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    await #expect(throws: GitError.notInstalled("git is 2.30.2; 2.38 or newer is needed")) {
      _ = try await GitProgram(executable: script).version()
    }
  }

  @Test func aMissingGitIsNamed() async throws {
    let error = await #expect(throws: GitError.self) {
      _ = try await GitProgram(executable: "/nonexistent/git").version()
    }
    #expect(error?.disposition == .giveUp)
  }
}

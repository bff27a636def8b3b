import Foundation
import Git
import Logging
import Posix
import TestKit

extension Mirror {
  var testLogger: Logger {
    Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
  }
}

func hasObject(_ id: String, in repository: String) async throws -> Bool {
  try await ChildProcess(
    "git", ["--git-dir=\(repository)", "cat-file", "-e", id],
    environment: ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"], deadline: .seconds(60)
  ).run().succeeded
}

/// A git that writes down each of its commands before it runs.
struct CountingGit {
  let directory: TemporaryDirectory
  var program: GitProgram { GitProgram(executable: directory.appending("git")) }

  init() throws {
    directory = try TemporaryDirectory("counting-git")
    let log = directory.appending("log")
    let file = try directory.write(
      "#!/bin/sh\nprintf '%s\\n' \"$*\" >> '\(log)'\nexec /usr/bin/git \"$@\"\n", to: "git")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  /// How often a command ran, `fetch` or `cat-file` say.
  func count(of command: String) throws -> Int {
    guard FileManager.default.fileExists(atPath: directory.appending("log")) else { return 0 }
    return try String(contentsOfFile: directory.appending("log"), encoding: .utf8)
      .split(separator: "\n").count { $0.contains(" \(command) ") }
  }
}

import DeployModel
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

/// Files below `directory` that hold `text`.
func grep(_ text: String, in directory: String) async throws -> [String] {
  try await ChildProcess(
    "grep", ["-rlaF", "--", text, directory], environment: ["PATH": "/usr/bin:/bin"],
    deadline: .seconds(60)
  ).run().outputText.split(separator: "\n").map(String.init)
}

extension PlannedCommit {
  static func make(
    _ files: [String: String], message: String = "chore: update\n",
    author: GitIdentity = .fixture, time: Timestamp = .fixture
  ) -> PlannedCommit {
    PlannedCommit(
      message: message, author: author, time: time,
      files: files.sorted { $0.key < $1.key }.map { file in
        File(path: file.key, bytes: Array(file.value.utf8))
      })
  }
}

enum TextFile {
  static func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }

  static func move(_ path: String, to other: String) throws {
    try FileManager.default.moveItem(atPath: path, toPath: other)
  }
}

/// Processes of ours whose command line names `text`.
func processes(naming text: String) throws -> [Int32] {
  try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { name in
    guard let pid = Int32(name),
      let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline"),
      String(decoding: line, as: UTF8.self).contains(text)
    else { return nil }
    return pid
  }
}

package import DeployModel
import Foundation
package import Git
import Posix
import Synchronization

/// What a commit of a fixture does to one path. A string literal is a regular file.
package enum FixtureFile: Sendable, ExpressibleByStringLiteral {
  case text(String)
  case bytes([UInt8])
  case executable(String)
  case symlink(String)
  case deleted

  package init(stringLiteral value: String) { self = .text(value) }

  fileprivate var command: (mode: String, bytes: [UInt8])? {
    switch self {
    case .text(let text): ("100644", Array(text.utf8))
    case .bytes(let bytes): ("100644", bytes)
    case .executable(let text): ("100755", Array(text.utf8))
    case .symlink(let target): ("120000", Array(target.utf8))
    case .deleted: nil
    }
  }
}

package struct FixtureFailure: Error, CustomStringConvertible {
  package let description: String
}

/// A bare repository that plays the remote, over `file://`. Its commits are made by git's own
/// plumbing, past its hooks: one process each.
package final class GitOrigin: Sendable {
  package let directory: TemporaryDirectory
  package let branch: BranchName
  /// Of the first commit.
  package let root: CommitSHA

  package var path: String { directory.appending("origin.git") }
  package var url: String { "file://\(path)" }
  package var remote: GitRemote { GitRemote(url: url) }

  /// - Parameter allowsFilter: whether clones may leave blobs out, as GitHub lets them.
  package init(
    branch: String = "main", files: [String: FixtureFile] = ["README.md": "hello\n"],
    allowsFilter: Bool = true, objectFormat: String = "sha1"
  ) async throws {
    guard let branch = BranchName(branch) else { throw FixtureFailure(description: branch) }
    self.branch = branch
    directory = try TemporaryDirectory("origin")
    let path = directory.appending("origin.git")
    try await fixtureGit([
      "init", "--quiet", "--bare", "--initial-branch=\(branch)",
      "--object-format=\(objectFormat)", "--template=", path,
    ])
    try FileManager.default.createDirectory(
      atPath: path + "/hooks", withIntermediateDirectories: true)
    for setting in [
      ["uploadpack.allowFilter", "\(allowsFilter)"], ["receive.autogc", "false"],
      ["gc.auto", "0"], ["http.receivepack", "true"],
    ] {
      try await fixtureGit(["--git-dir=\(path)", "config"] + setting)
    }
    root = try await importCommit(
      files, into: path, ref: branch.ref, parent: nil, message: "first", author: .fixture,
      time: .fixture)
  }

  /// Commits on the branch's tip, or on `parent`, and moves the branch there, backwards too if
  /// `parent` says so.
  @discardableResult
  package func commit(
    _ files: [String: FixtureFile], message: String = "change", on branch: BranchName? = nil,
    onto parent: CommitSHA? = nil, author: GitIdentity? = nil, at time: Timestamp = .fixture
  ) async throws -> CommitSHA {
    let branch = branch ?? self.branch
    while true {
      let base =
        if let parent { parent } else { try await tip(of: branch) ?? root }
      let scratch = "refs/fixture/\(UUID().uuidString)"
      let commit = try await importCommit(
        files, into: path, ref: scratch, parent: base, message: message,
        author: author ?? .fixture, time: time)
      try await git(["update-ref", "-d", scratch])
      if parent != nil {
        try await set(branch, to: commit)
        return commit
      }
      // Whoever pushes at the same time may win: then on top of that.
      let expected = try await tip(of: branch) == nil ? String(repeating: "0", count: 40) : base.hex
      do {
        try await git(["update-ref", branch.ref, commit.hex, expected])
        return commit
      } catch is FixtureFailure {
        continue
      }
    }
  }

  package func tip(of branch: BranchName? = nil) async throws -> CommitSHA? {
    let name = (branch ?? self.branch).ref
    return CommitSHA(try await git(["for-each-ref", "--format=%(objectname)", name]))
  }

  /// A force push, seen from outside.
  package func set(_ branch: BranchName, to commit: CommitSHA) async throws {
    try await git(["update-ref", branch.ref, commit.hex])
  }

  package func delete(_ branch: BranchName) async throws {
    try await git(["update-ref", "-d", branch.ref])
  }

  /// - Parameter script: a shell script without its first line.
  package func installHook(_ name: String, _ script: String) throws {
    let file = "\(path)/hooks/\(name)"
    try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: file))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  package func removeHook(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/hooks/\(name)")
  }

  /// Nil if there is no such file.
  package func text(
    of file: String, at commit: CommitSHA? = nil
  ) async throws -> String? {
    do {
      return try await fixtureGit(
        ["--git-dir=\(path)", "cat-file", "blob", "\(commit?.hex ?? branch.ref):\(file)"])
    } catch is FixtureFailure {
      return nil
    }
  }

  /// Newest first.
  package func subjects(of branch: BranchName? = nil) async throws -> [String] {
    try await git(["log", "--format=%s", (branch ?? self.branch).ref]).split(separator: "\n")
      .map(String.init)
  }

  /// Whether no commit of the branch has two parents.
  package func isLinear(_ branch: BranchName? = nil) async throws -> Bool {
    try await git(["rev-list", "--merges", (branch ?? self.branch).ref]).isEmpty
  }

  /// Any git command in the origin; what it prints, without white space at the ends.
  @discardableResult
  package func git(_ arguments: [String]) async throws -> String {
    try await fixtureGit(["--git-dir=\(path)"] + arguments)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  package func clone() async throws -> GitClone { try await GitClone(of: url) }

  /// Somebody who pushes to the branch again and again until told to stop.
  package func stranger(
    every pause: Duration, touching file: String = "stranger.txt"
  ) -> GitStranger {
    GitStranger(origin: self, pause: pause, file: file)
  }
}

/// A developer's clone with a work tree, which pushes as people do: through hooks and refusals.
package final class GitClone: Sendable {
  package let directory: TemporaryDirectory
  package var path: String { directory.appending("clone") }

  package init(of url: String) async throws {
    directory = try TemporaryDirectory("clone")
    try await fixtureGit(["clone", "--quiet", "--template=", "--", url, path])
  }

  @discardableResult
  package func commit(
    _ files: [String: String], message: String = "change"
  ) async throws -> CommitSHA {
    for (file, text) in files { try directory.write(text, to: "clone/\(file)") }
    try await git(["add", "--all"])
    try await git(["commit", "--quiet", "--allow-empty", "--message", message])
    guard let commit = CommitSHA(try await git(["rev-parse", "HEAD"])) else {
      throw FixtureFailure(description: "no HEAD")
    }
    return commit
  }

  package func push(force: Bool = false) async throws {
    try await git(["push", "--quiet"] + (force ? ["--force"] : []) + ["origin", "HEAD"])
  }

  @discardableResult
  package func git(_ arguments: [String]) async throws -> String {
    try await fixtureGit(["-C", path] + arguments)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }
}

package final class GitStranger: Sendable {
  private let flag: Flag
  private let task: Task<[CommitSHA], any Error>

  init(origin: GitOrigin, pause: Duration, file: String) {
    let flag = Flag()
    self.flag = flag
    task = Task {
      var commits: [CommitSHA] = []
      while !flag.isSet {
        commits.append(
          try await origin.commit(
            [file: .text("\(commits.count)\n")], message: "stranger \(commits.count)"))
        try await Task.sleep(for: pause)
      }
      return commits
    }
  }

  /// The commits that it pushed.
  package func stop() async throws -> [CommitSHA] {
    flag.set()
    return try await task.value
  }
}

private final class Flag: Sendable {
  private let state = Mutex(false)

  var isSet: Bool { state.withLock { $0 } }
  func set() { state.withLock { $0 = true } }
}

extension GitIdentity {
  package static let fixture = GitIdentity.make("Fixture", "fixture@example.com")

  package static func make(_ name: String, _ email: String) -> GitIdentity {
    guard let identity = GitIdentity(name: name, email: email) else {
      preconditionFailure("not an identity: \(name) <\(email)>")
    }
    return identity
  }
}

extension Timestamp {
  /// 2025-12-03T09:19:37Z.
  package static let fixture = Timestamp(milliseconds: 1_764_753_577_000)
}

private func importCommit(
  _ files: [String: FixtureFile], into path: String, ref: String, parent: CommitSHA?,
  message: String, author: GitIdentity, time: Timestamp
) async throws -> CommitSHA {
  var input: [UInt8] = []
  func line(_ text: String) { input += Array((text + "\n").utf8) }
  func data(_ bytes: [UInt8]) {
    line("data \(bytes.count)")
    input += bytes + [UInt8(ascii: "\n")]
  }
  line("commit \(ref)")
  line("mark :1")
  line("committer \(author.name) <\(author.email)> \(time.milliseconds / 1000) +0000")
  data(Array(message.utf8))
  if let parent { line("from \(parent)") }
  for (file, change) in files.sorted(by: { $0.key < $1.key }) {
    let escaped = quoted(file)
    guard let (mode, bytes) = change.command else {
      line("D \"\(escaped)\"")
      continue
    }
    line("M \(mode) inline \"\(escaped)\"")
    data(bytes)
  }
  line("")
  line("get-mark :1")
  let output = try await fixtureGit(
    ["--git-dir=\(path)", "-c", "fastimport.unpackLimit=100000", "fast-import", "--quiet"],
    input: input)
  guard let commit = CommitSHA(output.trimmingCharacters(in: .whitespacesAndNewlines)) else {
    throw FixtureFailure(description: "fast-import printed \(output)")
  }
  return commit
}

private func quoted(_ path: String) -> String {
  guard path.utf8.contains(where: { "\"\\\n".utf8.contains($0) }) else { return path }
  return path.replacingOccurrences(of: "\\", with: "\\\\")
    .replacingOccurrences(of: "\"", with: "\\\"").replacingOccurrences(of: "\n", with: "\\n")
}

@discardableResult
private func fixtureGit(_ arguments: [String], input: [UInt8] = []) async throws -> String {
  let result = try await ChildProcess(
    "git", arguments,
    environment: [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C",
      "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
      "GIT_AUTHOR_NAME": "Developer", "GIT_AUTHOR_EMAIL": "developer@example.com",
      "GIT_COMMITTER_NAME": "Developer", "GIT_COMMITTER_EMAIL": "developer@example.com",
    ], input: input, deadline: .seconds(120)
  ).run()
  guard result.succeeded else {
    throw FixtureFailure(
      description: "git \(arguments.joined(separator: " ")): \(result.errorText)")
  }
  return result.outputText
}

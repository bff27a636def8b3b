import DeployModel
import Foundation
import Git
import Posix
import TestKit

struct Malformed: Error {
  var what: String
}

/// A bare repository, as a server has it, with a kustomization per service under `k8s/`.
final class Remote: Sendable {
  let directory: TemporaryDirectory
  /// Commits on `main` that touch no manifest, oldest first: what deployments are built from.
  let sources: [CommitSHA]

  var path: String { directory.appending("remote.git") }
  var url: String { "file://\(path)" }

  init(services: [String], sources count: Int = 1) async throws {
    directory = try TemporaryDirectory("slipway-remote")
    let path = directory.appending("remote.git")
    try await Self.git(["init", "-q", "--bare", "-b", "main", path])
    var stream = "feature done\n"
    func commit(_ mark: Int, _ message: String, _ files: [(String, String)]) {
      stream += "commit refs/heads/main\nmark :\(mark)\n"
      stream += "committer Dev <dev@example.com> \(1_700_000_000 + mark) +0000\n"
      stream += "data \(message.utf8.count)\n\(message)\n"
      if mark > 1 { stream += "from :\(mark - 1)\n" }
      for (path, text) in files {
        stream += "M 100644 inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
      }
      stream += "\nget-mark :\(mark)\n"
    }
    commit(
      1, "manifests",
      services.map { ("k8s/\($0)/kustomization.yaml", Self.kustomization($0, tag: "old")) })
    for index in 0..<count {
      commit(index + 2, "source \(index)", [("src/file.txt", "\(index)")])
    }
    stream += "done\n"
    let output = try await Self.git(
      ["--git-dir=\(path)", "fast-import", "--quiet"], input: Array(stream.utf8))
    sources = output.split(separator: "\n").dropFirst().compactMap { CommitSHA($0) }
    guard sources.count == count else { throw Malformed(what: "sources: \(output)") }
  }

  static func kustomization(_ service: String, tag: String) -> String {
    """
    # \(service)
    resources:
    - deployment.yaml
    images:
    - name: registry.example.com/\(service)
      newTag: \(tag)

    """
  }

  @discardableResult
  static func git(_ arguments: [String], input: [UInt8] = []) async throws -> String {
    let result = try await ChildProcess(
      "git", arguments,
      environment: [
        "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1", "GIT_AUTHOR_NAME": "Stranger",
        "GIT_AUTHOR_EMAIL": "s@example.com", "GIT_COMMITTER_NAME": "Stranger",
        "GIT_COMMITTER_EMAIL": "s@example.com",
      ], input: input, deadline: .seconds(60)
    ).run()
    guard result.succeeded else {
      throw Malformed(what: "git \(arguments): \(result.errorText)")
    }
    return result.outputText
  }

  func git(_ arguments: String...) async throws -> String {
    try await Self.git(["--git-dir=\(path)"] + arguments)
  }

  func tip() async throws -> String {
    try await git("rev-parse", "main").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func file(_ path: String) async throws -> String {
    try await git("show", "main:\(path)")
  }

  func tag(of service: String) async throws -> String? {
    let bytes = Array(try await file("k8s/\(service)/kustomization.yaml").utf8)
    return try KustomizationFileReader.tag(bytes, "registry.example.com/\(service)")
  }

  /// Newest first: subject and parents.
  func log() async throws -> [(subject: String, parents: Int)] {
    try await git("log", "--format=%s%x00%P", "main").split(separator: "\n").map { line in
      let parts = line.split(separator: "\0", omittingEmptySubsequences: false)
      return (String(parts[0]), parts[1].split(separator: " ").count)
    }
  }

  /// A commit on `main` that another clone pushed.
  func commit(_ path: String, _ text: String, message: String = "by hand") async throws {
    let clone = directory.appending("clone-\(UUID().uuidString)")
    try await Self.git(["clone", "-q", self.path, clone])
    try directory.write(text, to: "\(clone.dropFirst(directory.path.count + 1))/\(path)")
    try await Self.git(["-C", clone, "add", "-A"])
    try await Self.git(["-C", clone, "commit", "-q", "-m", message])
    try await Self.git(["-C", clone, "push", "-q", "origin", "HEAD:main"])
  }

  func install(hook name: String, _ script: String) throws {
    let file = try directory.write("#!/bin/sh\n\(script)\n", to: "remote.git/hooks/\(name)")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
  }

  func goAway() throws {
    try FileManager.default.moveItem(atPath: path, toPath: "\(path).away")
  }

  func comeBack() throws {
    try FileManager.default.moveItem(atPath: "\(path).away", toPath: path)
  }
}

/// Somebody who pushes to `main` every 50 ms from a clone of his own, until told to stop.
struct Stranger {
  private let task: Task<Void, any Error>

  init(pushingTo remote: Remote) async throws {
    let clone = remote.directory.appending("stranger")
    try await Remote.git(["clone", "-q", remote.path, clone])
    task = Task {
      var pushed = 0
      while !Task.isCancelled {
        try Data("\(pushed)\n".utf8).write(to: URL(fileURLWithPath: "\(clone)/notes.txt"))
        do {
          try await Remote.git(["-C", clone, "fetch", "-q", "origin", "main"])
          try await Remote.git(["-C", clone, "reset", "-q", "--soft", "FETCH_HEAD"])
          try await Remote.git(["-C", clone, "read-tree", "FETCH_HEAD"])
          try await Remote.git(["-C", clone, "add", "notes.txt"])
          try await Remote.git(["-C", clone, "commit", "-q", "--allow-empty", "-m", "stranger"])
          try await Remote.git(["-C", clone, "push", "-q", "origin", "HEAD:main"])
          pushed += 1
        } catch is Malformed {
          // He lost a race, and tries again.
        }
        do {
          try await Task.sleep(for: .milliseconds(50))
        } catch {
          break
        }
      }
    }
  }

  func stop() async {
    task.cancel()
    _ = await task.result
  }
}

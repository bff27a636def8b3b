import Foundation
import TestKit

/// Somebody changed the same lines first, and whoever lost gave up.
struct LostRace: Error {}

/// What people do to the branch, and what they know to be theirs there.
final class Developer {
  let monorepo: Monorepo
  /// Commits that are not Slipway's and must be on the branch, oldest first.
  private(set) var foreign: [String]
  /// Those that got in between a push of Slipway's and its ref, which nobody here knows of.
  var raced: Set<String> {
    get throws {
      let path = "\(monorepo.origin)/raced"
      guard FileManager.default.fileExists(atPath: path) else { return [] }
      return Set(
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
    }
  }
  /// Where the work tree is.
  private var head: String
  private var count = 0
  private var past: [String: [Int]] = [:]

  init(monorepo: Monorepo) async throws {
    self.monorepo = monorepo
    foreign = [try tip(of: monorepo.origin)]
    head = foreign[0]
    // Housekeeping would be half of what git does here.
    for directory in [monorepo.origin, monorepo.work] {
      for setting in ["gc.auto", "receive.autogc", "maintenance.auto"] {
        try await shell("git", "-C", directory, "config", setting, "0")
      }
    }
  }

  /// New versions of these services; returns (before, after).
  func change(_ services: [String], skip: Bool) async throws -> (String, String) {
    count += 1
    for service in services { past[service, default: [0]].append(count) }
    let (text, message) = ("\(count)\n", "feat: \(count)\(skip ? " [skip ci]" : "")")
    return try await commit(message) {
      for service in services { try $0.write(text, to: "\(service)/VERSION") }
    }
  }

  func restore(_ service: String) async throws -> (String, String) {
    let versions = past[service, default: [0]]
    let old = versions.count > 1 ? versions[versions.count - 2] : versions[0]
    past[service, default: [0]].append(old)
    return try await commit("revert: \(service) to \(old)") {
      try $0.write("\(old)\n", to: "\(service)/VERSION")
    }
  }

  func migrate() async throws -> (String, String) {
    count += 1
    past[Town.migrating, default: [0]].append(count)
    let text = "\(count)\n"
    return try await commit("feat: migrate \(count)") {
      try $0.write(text, to: "\(Town.migrating)/VERSION")
      try $0.write(text, to: "\(Town.migrations)\(count).sql")
    }
  }

  func document() async throws -> (String, String) {
    count += 1
    let text = "\(count)\n"
    return try await commit("docs: \(text)") { try $0.write(text, to: "README.md") }
  }

  func edit(
    _ path: String, _ message: String, _ change: (String) -> String
  ) async throws -> (String, String) {
    try await commit(message) { try $0.write(change(try $0.read(path)), to: path) }
  }

  /// `git revert`; nil if it does not apply any more.
  func revert(_ commit: String) async throws -> (String, String)? {
    try await pull()
    do {
      try await git("revert", "--no-edit", commit)
    } catch {
      try await git("reset", "-q", "--hard", "HEAD")
      return nil
    }
    return try await pushed()
  }

  /// A force push to an earlier commit of the branch; returns what was there before.
  func rewind(to commit: String, keeping kept: Set<String>) async throws -> String {
    for _ in 0..<20 {
      let before = try tip(of: monorepo.origin)
      do {
        try await shell(
          "git", "--git-dir", monorepo.origin, "update-ref", "refs/heads/main", commit, before)
      } catch { continue }
      foreign.removeAll { !kept.contains($0) }
      let still = try raced.intersection(kept)
      try monorepo.directory.write(
        still.map { "\($0)\n" }.joined(), to: "origin.git/raced")
      try await git("fetch", "-q", "origin")
      try await git("reset", "-q", "--hard", commit)
      head = commit
      return before
    }
    throw ShellFailure("the force push kept losing its race")
  }

  private func pull() async throws {
    guard head != (try tip(of: monorepo.origin)) else { return }
    try await monorepo.pull()
    head = try await git("rev-parse", "HEAD")
  }

  private func commit(
    _ message: String, _ change: (Monorepo) throws -> Void
  ) async throws -> (String, String) {
    try await pull()
    try change(monorepo)
    try await git("add", "-A")
    try await git("commit", "-q", "--allow-empty", "-m", message)
    return try await pushed()
  }

  private func pushed() async throws -> (String, String) {
    for _ in 0..<50 {
      do {
        try await git("push", "-q", "origin", "HEAD:main")
      } catch {
        do {
          try await git("pull", "-q", "--rebase", "origin", "main")
        } catch {
          try await git("rebase", "--abort")
          try await git("reset", "-q", "--hard", "origin/main")
          head = ""
          throw LostRace()
        }
        continue
      }
      let ends = try await git("rev-parse", "HEAD^", "HEAD").split(separator: "\n")
      head = String(ends[1])
      foreign.append(head)
      return (String(ends[0]), String(ends[1]))
    }
    throw ShellFailure("the push kept losing its race")
  }

  @discardableResult
  private func git(_ arguments: String...) async throws -> String {
    try await shell(
      "git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"] + arguments,
      in: monorepo.work)
  }
}

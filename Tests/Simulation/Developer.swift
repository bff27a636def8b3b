import Foundation
import PipelineKit
import TestKit

/// What people do to the branch, and what they know to be theirs there. Their commits are made where the
/// branch is, by one process each: a work tree and its pushes would be a third of what git does here.
final class Developer {
  let git: GitView
  /// Commits that are not Slipway's and must be on the branch, oldest first.
  private(set) var foreign: [String]
  /// Those that got in between a push of Slipway's and its ref, which nobody here knows of.
  var raced: Set<String> {
    get throws {
      let path = "\(git.origin)/raced"
      guard FileManager.default.fileExists(atPath: path) else { return [] }
      return Set(
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init))
    }
  }
  private var count = 0
  private var past: [String: [Int]] = [:]

  init(_ git: GitView) throws {
    self.git = git
    foreign = [try tip(of: git.origin)]
  }

  /// New versions of these services; returns (before, after).
  func change(_ services: [String], skip: Bool) async throws -> (String, String) {
    count += 1
    for service in services { past[service, default: [0]].append(count) }
    let files = services.map { ("\($0)/VERSION", "\(count)\n") }
    return try await commit("feat: \(count)\(skip ? " [skip ci]" : "")", files)
  }

  func restore(_ service: String) async throws -> (String, String) {
    let versions = past[service, default: [0]]
    let old = versions.count > 1 ? versions[versions.count - 2] : versions[0]
    past[service, default: [0]].append(old)
    return try await commit("revert: \(service) to \(old)", [("\(service)/VERSION", "\(old)\n")])
  }

  func migrate() async throws -> (String, String) {
    count += 1
    past[Town.migrating, default: [0]].append(count)
    return try await commit(
      "feat: migrate \(count)",
      [
        ("\(Town.migrating)/VERSION", "\(count)\n"),
        ("\(Town.migrations)\(count).sql", "\(count)\n"),
      ])
  }

  func document() async throws -> (String, String) {
    count += 1
    return try await commit("docs: \(count)", [("README.md", "\(count)\n")])
  }

  /// On the newest tip, whatever it is by then; nil if there is nothing to change any more.
  func edit(
    _ path: String, _ message: String, _ change: (String) -> String?
  ) async throws -> (String, String)? {
    try await commit(message) {
      guard let old = git.text(path, at: git.tip), let new = change(old) else { return nil }
      return [(path, new)]
    }
  }

  /// As `git revert` would; nil if somebody changed the line since.
  func revert(_ commit: Commit) async throws -> (String, String)? {
    guard let path = commit.changed.first, let parent = commit.parent,
      let undone = git.text(path, at: commit.sha).flatMap(tag(in:)),
      let old = git.text(path, at: parent).flatMap(tag(in:))
    else { return nil }
    let subject = commit.message.split(separator: "\n").first ?? ""
    return try await edit(
      path, "Revert \"\(subject)\"\n\nThis reverts commit \(commit.sha).\n"
    ) { text in tag(in: text) == undone ? setting(old, in: text) : nil }
  }

  /// A force push to an earlier commit of the branch; returns what was there before, which may be newer
  /// than what anybody has seen.
  func rewind(to commit: String, keeping kept: Set<String>) async throws -> String {
    for _ in 0..<20 {
      let before = try tip(of: git.origin)
      do {
        _ = try await plainGit(in: git.origin, ["update-ref", "refs/heads/main", commit, before])
      } catch { continue }
      try await git.learn(before)
      foreign.removeAll { !kept.contains($0) }
      let still = try raced.intersection(kept)
      try still.map { "\($0)\n" }.joined().write(
        toFile: "\(git.origin)/raced", atomically: true, encoding: .utf8)
      return before
    }
    throw ShellFailure("the force push kept losing its race")
  }

  private func commit(
    _ message: String, _ files: [(path: String, text: String)]
  ) async throws -> (String, String) {
    guard let ends = try await commit(message, { files }) else {
      throw ShellFailure("nothing to commit")
    }
    return ends
  }

  /// git moves the branch only from where it was read, or forward.
  private func commit(
    _ message: String, _ files: () -> [(path: String, text: String)]?
  ) async throws -> (String, String)? {
    for _ in 0..<50 {
      _ = try await git.refresh()
      guard let files = files() else { return nil }
      let tip = git.tip
      guard let made = try await git.add(message, files, to: tip) else { continue }
      foreign.append(made)
      return (tip, made)
    }
    throw ShellFailure("the push kept losing its race")
  }
}

/// The kustomization with another tag.
func setting(_ tag: String, in text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false)
    .map { $0.contains("newTag:") ? "  newTag: \"\(tag)\"" : String($0) }
    .joined(separator: "\n")
}

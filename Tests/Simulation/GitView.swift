import Foundation
import TestKit

/// A commit as git tells it, with the files of its whole tree.
struct Commit: Sendable {
  var sha: String
  var parent: String?
  var committer: String
  var message: String
  /// What it changed, and every file's blob after it.
  var changed: Set<String>
  var blobs: [String: String]

  var isOurs: Bool { committer == "slipway@example.com" }

  func trailer(_ name: String) -> String? {
    message.split(separator: "\n").last { $0.hasPrefix("\(name): ") }
      .map { String($0.dropFirst(name.count + 2)) }
  }
}

/// Every commit that the branch ever had, read with plain git, and the branch as it is now.
final class GitView {
  let origin: String
  private(set) var commits: [String: Commit] = [:]
  /// From the first to the tip.
  private(set) var branch: [String] = []
  private(set) var texts: [String: String] = [:]
  private(set) var mergeCount = 0
  /// Of kustomizations, written by Slipway.
  private(set) var ownBlobs: Set<String> = []

  init(origin: String) { self.origin = origin }

  var tip: String { branch.last ?? "" }

  /// Returns the commits that are new, oldest first.
  func refresh() async throws -> [Commit] {
    let tip = try Simulation.tip(of: origin)
    var fresh: [Commit] = []
    if commits[tip] == nil {
      var arguments = [
        "log", "--reverse", "--topo-order", "--raw", "--no-abbrev", "--no-renames",
        "--format=%x01%H%x02%P%x02%ce%x02%B%x02", tip,
      ]
      if let last = branch.last { arguments.append("^\(last)") }
      let log = try await git(arguments)
      for record in log.split(separator: "\u{1}") {
        guard let commit = read(record), commits[commit.sha] == nil else { continue }
        commits[commit.sha] = commit
        if commit.isOurs { ownBlobs.formUnion(commit.changed.compactMap { commit.blobs[$0] }) }
        fresh.append(commit)
      }
      try await readTexts(of: fresh)
    }
    branch = line(to: tip)
    return fresh
  }

  private func read(_ record: Substring) -> Commit? {
    let fields = record.split(separator: "\u{2}", omittingEmptySubsequences: false).map(String.init)
    guard fields.count == 5 else { return nil }
    let parents = fields[1].split(separator: " ").map(String.init)
    if parents.count > 1 { mergeCount += 1 }
    var blobs = parents.first.flatMap { commits[$0]?.blobs } ?? [:]
    var changed: Set<String> = []
    for line in fields[4].split(separator: "\n") where line.hasPrefix(":") {
      let parts = line.split(separator: "\t")
      let columns = parts[0].split(separator: " ")
      let path = String(parts[1])
      changed.insert(path)
      blobs[path] = columns[4] == "D" ? nil : String(columns[3])
    }
    return Commit(
      sha: fields[0], parent: parents.first, committer: fields[2], message: fields[3],
      changed: changed, blobs: blobs)
  }

  private func readTexts(of fresh: [Commit]) async throws {
    let blobs = Set(
      fresh.flatMap { commit in
        commit.blobs.filter { $0.key.hasSuffix("kustomization.yaml") }.map(\.value)
      }
    ).filter { texts[$0] == nil }
    for blob in blobs {
      // Not trimmed: every byte counts.
      texts[blob] = try await shell(
        "sh", "-c", "git --git-dir \"$0\" cat-file blob \"$1\"; echo .", origin, blob
      ).dropLast().description
    }
  }

  private func line(to tip: String) -> [String] {
    var line: [String] = []
    var next: String? = tip
    while let sha = next {
      line.append(sha)
      next = commits[sha]?.parent
    }
    return line.reversed()
  }

  /// The history is a line: so an ancestor is whoever is met on the way back.
  func isAncestor(_ old: String, of new: String) -> Bool {
    var next: String? = new
    while let sha = next {
      if sha == old { return true }
      next = commits[sha]?.parent
    }
    return false
  }

  func newestForeign(from base: String?, to after: String) -> Commit? {
    var next: String? = after
    while let sha = next, sha != base, let commit = commits[sha] {
      if let base, isAncestor(sha, of: base) { return nil }
      if !commit.isOurs { return commit }
      next = commit.parent
    }
    return nil
  }

  func text(_ path: String, at sha: String) -> String? {
    commits[sha]?.blobs[path].flatMap { texts[$0] }
  }

  private func git(_ arguments: [String]) async throws -> String {
    try await shell("git", ["--git-dir", origin] + arguments)
  }
}

/// As the file of its ref has it: asked often, and a process costs more than everything else here.
func tip(of origin: String) throws -> String {
  try String(contentsOfFile: "\(origin)/refs/heads/main", encoding: .utf8).trimmed
}

/// The tag that a kustomization names, read as a person would; nil if it is not whole.
func tag(in text: String) -> String? {
  guard !text.contains("broken: ["),
    let line = text.split(separator: "\n").first(where: { $0.contains("newTag:") })
  else { return nil }
  return line.split(separator: ":")[1].filter { $0 != "\"" && $0 != " " }
}

/// Where the entry of a service is.
func kustomization(_ service: String) -> String { "k8s/\(service)/kustomization.yaml" }

import Foundation
import Posix
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
  /// How often something had been taken off the branch when it was looked at.
  private(set) var rewinds = 0
  /// Of kustomizations, written by Slipway.
  private(set) var ownBlobs: Set<String> = []
  /// Those that nobody has held the rules against yet, oldest first.
  private var unchecked: [Commit] = []

  init(origin: String) { self.origin = origin }

  var tip: String { branch.last ?? "" }

  /// Oldest first, each once.
  func takeUnchecked() -> [Commit] {
    defer { unchecked = [] }
    return unchecked
  }

  /// Reads what is new.
  func refresh() async throws {
    let tip = try Simulation.tip(of: origin)
    guard tip != self.tip else { return }
    try await learn(tip)
    if !self.tip.isEmpty, !isAncestor(self.tip, of: tip) { rewinds += 1 }
    branch = line(to: tip)
  }

  /// The commits of what the branch is, or was in between.
  func learn(_ tip: String) async throws {
    guard commits[tip] == nil else { return }
    var arguments = [
      "log", "--reverse", "--topo-order", "--raw", "--no-abbrev", "--no-renames",
      "--format=%x01%H%x02%P%x02%ce%x02%B%x02", tip,
    ]
    if let last = branch.last { arguments.append("^\(last)") }
    var fresh: [Commit] = []
    let log = try await git(arguments)
    for record in log.split(separator: "\u{1}") {
      guard let commit = read(record), commits[commit.sha] == nil else { continue }
      commits[commit.sha] = commit
      if commit.isOurs { ownBlobs.formUnion(commit.changed.compactMap { commit.blobs[$0] }) }
      fresh.append(commit)
    }
    try await readTexts(of: fresh)
    unchecked += fresh
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
        commit.changed.filter { $0.hasSuffix("kustomization.yaml") }.compactMap { commit.blobs[$0] }
      }
    ).filter { texts[$0] == nil }
    guard !blobs.isEmpty else { return }
    let output = try await bytes(
      ["cat-file", "--batch"], input: blobs.sorted().map { "\($0)\n" }.joined())
    // `<blob> blob <size>`, a line feed, and so many bytes, with another line feed after them.
    var rest = output[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let head = String(decoding: rest[..<end], as: UTF8.self).split(separator: " ")
      guard head.count == 3, let size = Int(head[2]) else {
        throw ShellFailure("git cat-file said \(head)")
      }
      let start = rest.index(after: end)
      texts[String(head[0])] = String(decoding: rest[start..<start + size], as: UTF8.self)
      rest = rest[(start + size + 1)...]
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

  func isOnBranch(_ sha: String) -> Bool { isAncestor(sha, of: tip) }

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
    String(decoding: try await bytes(arguments), as: UTF8.self)
  }

  private func bytes(_ arguments: [String], input: String = "") async throws -> [UInt8] {
    try await plainGit(in: origin, arguments, input: input)
  }

  /// Ada's commit on top of `tip`, where the branch is by now; nil if it has moved on.
  func add(
    _ message: String, _ files: [(path: String, text: String)], to tip: String
  ) async throws -> String? {
    let time = Int(Date().timeIntervalSince1970)
    var script = """
      commit refs/heads/main
      mark :1
      committer Ada <ada@example.com> \(time) +0000
      data \(message.utf8.count)
      \(message)
      from \(tip)

      """
    for (path, text) in files {
      script += "M 100644 inline \(path)\ndata \(text.utf8.count)\n\(text)\n"
    }
    do {
      return String(
        decoding: try await bytes(["fast-import", "--quiet"], input: "\(script)\nget-mark :1\n"),
        as: UTF8.self
      ).trimmed
    } catch {
      if tip != (try Simulation.tip(of: origin)) { return nil }
      throw error
    }
  }
}

/// Not trimmed: every byte counts.
func plainGit(
  in repository: String, _ arguments: [String], input: String = ""
) async throws -> [UInt8] {
  let result = try await ChildProcess(
    "git", ["--git-dir", repository] + arguments,
    environment: ChildProcess.minimalEnvironment(path: "/usr/bin:/bin", home: "/tmp"),
    input: Array(input.utf8), deadline: .seconds(120)
  ).run()
  guard result.succeeded else { throw ShellFailure("git \(arguments): \(result.errorText)") }
  return result.output
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

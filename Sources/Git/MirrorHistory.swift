package import DeployModel
import Posix

extension Mirror {
  /// Whether `a` is `b` or an ancestor of it. Throws `noSuchCommit` if the mirror lacks either.
  package func isAncestor(
    _ a: CommitSHA, of b: CommitSHA
  ) async throws(GitError) -> Bool {
    try await require([a, b])
    if a == b { return true }
    let arguments = ["merge-base", "--is-ancestor", "--", a.hex, b.hex]
    let result = try await local(arguments)
    switch result.status {
    case .exited(0): return true
    case .exited(1): return false
    default: throw failure(of: arguments, result)
    }
  }

  /// What is reachable from `tip` and not from `base`: newest first, children before parents.
  ///
  /// - Parameters:
  ///   - base: nil for the whole history.
  ///   - limit: the newest that many.
  package func commits(
    from base: CommitSHA?, to tip: CommitSHA, limit: Int
  ) async throws(GitError) -> [CommitDetails] {
    try await require([tip] + (base.map { [$0] } ?? []))
    var arguments = ["rev-list", "--max-count=\(max(0, limit))"]
    // Commit times may lie; but ordering a whole history by descent means to read all of it.
    if base != nil { arguments.append("--topo-order") }
    arguments.append(tip.hex)
    if let base { arguments.append("^\(base.hex)") }
    return try await details(of: try await list(arguments + ["--"]))
  }

  /// The states that the branch itself went through: the commits of its first parents after `base`,
  /// the oldest first.
  ///
  /// - Parameter limit: the newest that many.
  package func firstParents(
    from base: CommitSHA, to tip: CommitSHA, limit: Int
  ) async throws(GitError) -> [CommitSHA] {
    try await require([tip, base])
    return try await list(
      [
        "rev-list", "--first-parent", "--max-count=\(max(0, limit))", tip.hex, "^\(base.hex)",
        "--",
      ]
    ).reversed()
  }

  /// The newest commit at or before `commit` that changed `path`; nil if none did.
  package func lastCommit(
    touching path: String, at commit: CommitSHA
  ) async throws(GitError) -> CommitSHA? {
    try await require([commit])
    return try await list(["rev-list", "--max-count=1", commit.hex, "--", path]).first
  }

  /// The newest commits that changed something below `directory`, the newest first, among those that
  /// are reachable from `tip` and not from `base`.
  package func commits(
    touching directory: RepositoryPath, from base: CommitSHA?, to tip: CommitSHA, limit: Int
  ) async throws(GitError) -> [CommitDetails] {
    try await require([tip] + (base.map { [$0] } ?? []))
    let range = [tip.hex] + (base.map { ["^\($0)"] } ?? [])
    let paths = directory.isRoot ? [] : [directory.path]
    return try await details(
      of: try await list(["rev-list", "--max-count=\(max(0, limit))"] + range + ["--"] + paths))
  }

  private func list(_ arguments: [String]) async throws(GitError) -> [CommitSHA] {
    let output = try await succeed(arguments, outputLimit: 256 << 20)
    return String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap {
      CommitSHA($0)
    }
  }
}

package import DeployModel
import Posix

extension Mirror {
  /// Which of `commits` are `tip` or an ancestor of it, found in one walk however many there are.
  /// A commit that the mirror lacks is none. Throws `noSuchCommit` if it lacks `tip`.
  package func ancestors(
    among commits: [CommitSHA], of tip: CommitSHA
  ) async throws(GitError) -> Set<CommitSHA> {
    try await require([tip])
    let unique = Array(Set(commits))
    var known: Set<CommitSHA> = []
    for (commit, reply) in zip(unique, try await ask(unique.map { .info($0.hex) })) {
      if case .object(_, "commit", _, _) = reply { known.insert(commit) }
    }
    let others = known.subtracting([tip])
    guard !others.isEmpty else { return known }
    // What is not reachable from the tip, the commits in question among it.
    let input = others.map { "\($0)\n" }.joined() + "^\(tip)\n"
    let output = try await succeed(
      ["rev-list", "--stdin"], input: Array(input.utf8), outputLimit: 256 << 20)
    for line in String(decoding: output, as: UTF8.self).split(separator: "\n") {
      if let outside = CommitSHA(line) { known.remove(outside) }
    }
    return known
  }

  /// Whether `commit`, made on top of `base`, is on a branch that was at `base` and is at `tip` now.
  /// Mostly there are few commits between: those are read from the long-lived process, before a new
  /// one is asked.
  package func isAncestor(
    _ commit: CommitSHA, of tip: CommitSHA, since base: CommitSHA
  ) async throws(GitError) -> Bool {
    var seen: Set<CommitSHA> = [base]
    var next: Set<CommitSHA> = [tip]
    while !next.isEmpty {
      if next.contains(commit) { return true }
      seen.formUnion(next)
      guard seen.count < 64 else { return try await isAncestor(commit, of: tip) }
      next = Set(try await details(of: Array(next)).flatMap(\.parents)).subtracting(seen)
    }
    return false
  }

  /// Whether `tip` is `base` or a descendant of it. A branch mostly moves by a few commits: those are
  /// read from the long-lived process, before a new one is asked. False if the mirror lacks either.
  package func descends(_ tip: CommitSHA, from base: CommitSHA) async throws(GitError) -> Bool {
    guard try await contains(tip), try await contains(base) else { return false }
    var seen: Set<CommitSHA> = []
    var next: Set<CommitSHA> = [tip]
    while !next.isEmpty {
      if next.contains(base) { return true }
      seen.formUnion(next)
      guard seen.count < 64 else {
        return try await isAncestor(base, of: tip)
      }
      next = Set(try await details(of: Array(next)).flatMap(\.parents)).subtracting(seen)
    }
    return false
  }

  /// The ids of many files or directories, in one question to the long-lived process; nil where
  /// nothing is. Throws `noSuchCommit` if the mirror lacks the commit.
  package func objectIDs(
    of paths: [RepositoryPath], at commit: CommitSHA
  ) async throws(GitError) -> [ObjectID?] {
    let questions = paths.map { path in
      ObjectQuestion.info(path.isRoot ? "\(commit)^{tree}" : "\(commit):\(path.path)")
    }
    let ids: [ObjectID?] = try await ask(questions).map { reply in
      if case .object(let id, _, _, _) = reply { id } else { nil }
    }
    if ids.contains(nil) { try await require([commit]) }
    return ids
  }
}

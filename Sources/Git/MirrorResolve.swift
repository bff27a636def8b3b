package import DeployModel
import Posix

extension Mirror {
  /// The commit that a person means: a commit id, whole or abbreviated to at least four digits, or
  /// the name of a branch or tag of the remote (which is asked for it).
  ///
  /// - Parameters:
  ///   - reference: a plain name. Anything of git's revision syntax (`~`, `^`, `@{`, `:`, `..`) or
  ///     with a leading dash is refused as `invalid` (R13).
  ///   - branch: the commit must be on it, as last fetched, and nothing is fetched for it; nil:
  ///     anywhere.
  /// - Returns: nil if there is no such commit, if an abbreviation is ambiguous, or if the commit
  ///   is not on `branch`.
  package func resolve(
    _ reference: String, on branch: BranchName?
  ) async throws(GitError) -> CommitSHA? {
    guard let name = BranchName(reference) else {
      throw .invalid("not a commit id, branch or tag: \(reference.debugDescription)")
    }
    guard let commit = try await commit(named: name, fetching: branch == nil) else { return nil }
    guard let branch else { return commit }
    guard let tip = try await tip(of: branch), try await isAncestor(commit, of: tip) else {
      return nil
    }
    return commit
  }

  /// The same for a commit id alone, whole or abbreviated; asks nobody.
  package func known(_ id: String, on branch: BranchName) async throws(GitError) -> CommitSHA? {
    guard let commit = try await known(id.lowercased()), let tip = try await tip(of: branch),
      try await isAncestor(commit, of: tip)
    else { return nil }
    return commit
  }

  private func known(_ id: String) async throws(GitError) -> CommitSHA? {
    guard (4...64).contains(id.utf8.count), id.utf8.allSatisfy(isLowerHexDigit),
      case .object(let found, "commit", _, _) = try await ask(.info("\(id)^{commit}"))
    else { return nil }
    return CommitSHA(found.hex)
  }

  /// What must be on a branch that is fetched is there, or it is not on it.
  private func commit(
    named name: BranchName, fetching mayFetch: Bool
  ) async throws(GitError) -> CommitSHA? {
    let text = name.name.lowercased()
    if let commit = try await known(text) { return commit }
    if let sha = CommitSHA(text) {
      guard mayFetch, try await fetchCommit(sha) else { return nil }
      return sha
    }
    return try await commit(ofRef: name, fetching: mayFetch)
  }

  /// A branch before a tag of the same name; `refs/heads/` and `refs/tags/` say which.
  private func commit(
    ofRef name: BranchName, fetching mayFetch: Bool
  ) async throws(GitError) -> CommitSHA? {
    try await prepare()
    let refs =
      name.name.hasPrefix("refs/")
      ? [name.name] : ["refs/heads/\(name.name)", "refs/tags/\(name.name)"]
    let (result, complaint) = try await ask(
      remote: ["ls-remote", "--", "origin"] + refs + refs.map { $0 + "^{}" },
      deadline: git.deadlines.fetch)
    guard result.succeeded else { throw noted(complaint.remoteFailure()) }
    var found: [String: String] = [:]
    for line in result.outputText.split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 1)
      if parts.count == 2 { found[String(parts[1])] = String(parts[0]) }
    }
    for ref in refs {
      // An annotated tag is listed twice: itself, and, as `^{}`, what it names.
      guard let sha = (found[ref + "^{}"] ?? found[ref]).flatMap({ CommitSHA($0) }) else {
        continue
      }
      if try await contains(sha) { return sha }
      guard mayFetch, try await fetchCommit(sha) else { return nil }
      return sha
    }
    return nil
  }
}

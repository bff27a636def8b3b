package import DeployModel

extension Mirror {
  /// Keeps a commit, and what it reaches, whatever becomes of its branch; moves the pin if it is
  /// there. Throws `noSuchCommit` if the mirror lacks it.
  ///
  /// - Parameter name: a kind, a slash, and a branch's name: `cursor/main`, `cursor/release/2`.
  package func pin(_ name: String, to commit: CommitSHA) async throws(GitError) {
    let ref = try Self.ref(ofPin: name)
    try await require([commit])
    _ = try await succeed(["update-ref", "--", ref, commit.hex])
  }

  package func unpin(_ name: String) async throws(GitError) {
    _ = try await succeed(["update-ref", "-d", "--", try Self.ref(ofPin: name)])
  }

  /// Nil if nothing is pinned by that name.
  package func pinned(_ name: String) async throws(GitError) -> CommitSHA? {
    guard case .object(let id, "commit", _, _) = try await ask(.info(try Self.ref(ofPin: name)))
    else { return nil }
    return CommitSHA(id.hex)
  }

  private static func ref(ofPin name: String) throws(GitError) -> String {
    let parts = name.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let names = parts.compactMap { BranchName(String($0)) }
    guard names.count == parts.count else {
      throw .invalid("not a name for a pin: \(name.debugDescription)")
    }
    return (["refs/slipway"] + names.map(\.refComponent)).joined(separator: "/")
  }
}

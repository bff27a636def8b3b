import DeployModel

extension Mirror {
  /// The same commits with signatures, and therefore with other names. `git fast-import` cannot
  /// sign, so it makes the trees, and these take the place of what it made.
  func sign(
    _ written: [WrittenCommit], onto parent: CommitSHA, by signer: CommitSigner
  ) async throws(GitError) -> [WrittenCommit] {
    let replies = try await ask(written.map { .contents($0.commit.hex) })
    var signed: [SignedCommit] = []
    var base = parent
    for (commit, reply) in zip(written, replies) {
      guard case .object(_, "commit", _, let bytes) = reply else {
        throw .noSuchCommit(commit.commit)
      }
      let next = try await SignedCommit(bytes, onto: base) { payload throws(GitError) in
        try await signer.signature(of: payload)
      }
      signed.append(next)
      base = next.id
    }
    let pack = CommitPack(signed, idLength: parent.hex.utf8.count)
    // Promised like what they stand on: see `markAsPromisor`.
    _ = try await succeed(["index-pack", "--stdin", "--promisor"], input: pack.bytes)
    // By git's own reckoning of their names.
    try await require(signed.map(\.id))
    return zip(written, signed).map { WrittenCommit(commit: $1.id, blobs: $0.blobs) }
  }
}

import DeployModel
import Git

/// R4: Slipway's own commits are transparent. Finds the newest commit that somebody else made.
struct ForeignCommits: Sendable {
  let mirror: Mirror
  let store: any DeploymentStore
  let repository: PipelineConfiguration.Repository

  /// How far below a tip it is looked for. Our commits come one per deployment, so this many in a
  /// row without a foreign one means rollbacks by the hundred.
  private static let depth = 1000

  /// Among `base..after`; nil if every one is ours.
  func newest(from base: CommitSHA?, to after: CommitSHA) async throws -> CommitDetails? {
    let commits = try await mirror.commits(from: base, to: after, limit: Self.depth)
    let unrecorded = try await unrecorded(among: commits)
    for commit in unrecorded where try await !isOursByItsLooks(commit) { return commit }
    // A rewind has nothing between base and after: it goes back to a source that was there.
    guard commits.isEmpty, base != nil else { return nil }
    return try await newest(from: nil, to: after)
  }

  /// These without ours.
  func among(_ commits: [CommitDetails]) async throws -> [CommitDetails] {
    var foreign: [CommitDetails] = []
    for commit in try await unrecorded(among: commits) where try await !isOursByItsLooks(commit) {
      foreign.append(commit)
    }
    return foreign
  }

  private func unrecorded(among commits: [CommitDetails]) async throws -> [CommitDetails] {
    let recorded = try await store.ownCommits(
      among: commits.map(\.sha), repository: repository.name)
    return commits.filter { !recorded.contains($0.sha) }
  }

  /// A commit of ours that the record has lost: our trailer, our committer, and nothing changed
  /// but kustomizations, so that nobody hides code behind a borrowed trailer.
  private func isOursByItsLooks(_ commit: CommitDetails) async throws -> Bool {
    guard commit.committer.email == repository.authorEmail,
      commit.message.split(separator: "\n").contains(where: { $0.hasPrefix("Deployment: ") }),
      let parent = commit.parents.first
    else { return false }
    return try await mirror.changedFiles(from: parent, to: commit.sha).allSatisfy {
      isKustomization($0.path)
    }
  }
}

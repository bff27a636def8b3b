package import DeployModel
package import Git

/// Who made an entry what it is.
package struct EntryOrigin: Hashable, Sendable {
  package var commit: CommitDetails
  /// How many commits changed the entry since the base, this one included; 1 without a base.
  package var changes: Int
}

extension EntryReader {
  /// R12: further back than so many commits to the directory nobody is looked for.
  private static let depth = 64

  /// The newest commit that made the entry what it is at `tip`, and found it otherwise in every
  /// parent; failing that, the last that touched its directory.
  ///
  /// - Parameter base: an ancestor of the tip, at which the entry was different.
  package mutating func origin(
    of reading: EntryReading, _ location: ManifestLocation, at tip: CommitSHA,
    since base: CommitSHA?
  ) async throws(GitError) -> EntryOrigin {
    // Without an end git would read the whole history to find few; mostly it is the last one.
    let limits = base == nil ? [1, Self.depth] : [Self.depth]
    var last: CommitDetails?
    for limit in limits {
      let touching = try await mirror.commits(
        touching: location.path, from: base, to: tip, limit: limit)
      last = touching.first
      if let found = try await origin(of: reading, location, among: touching, counting: base != nil)
      {
        return found
      }
    }
    if let last { return EntryOrigin(commit: last, changes: 1) }
    return EntryOrigin(commit: try await mirror.commit(tip), changes: 1)
  }

  private mutating func origin(
    of reading: EntryReading, _ location: ManifestLocation, among touching: [CommitDetails],
    counting: Bool
  ) async throws(GitError) -> EntryOrigin? {
    var found: CommitDetails?
    var changes = 0
    for commit in touching {
      guard try await isChange(commit, location) else { continue }
      changes += 1
      if found == nil, try await entry(location, at: commit.sha) == reading { found = commit }
      if found != nil, !counting { break }
    }
    return found.map { EntryOrigin(commit: $0, changes: changes) }
  }

  private mutating func isChange(
    _ commit: CommitDetails, _ location: ManifestLocation
  ) async throws(GitError) -> Bool {
    let own = try await entry(location, at: commit.sha)
    for parent in commit.parents where try await entry(location, at: parent) == own {
      return false
    }
    return true
  }

  /// What the entry was before that commit; nil for a branch's first one.
  package mutating func entry(
    _ location: ManifestLocation, before commit: CommitSHA
  ) async throws(GitError) -> EntryReading? {
    guard let parent = try await mirror.commit(commit).parents.first else { return nil }
    return try await entry(location, at: parent)
  }

  private mutating func entry(
    _ location: ManifestLocation, at commit: CommitSHA
  ) async throws(GitError) -> EntryReading? {
    try await read([location], at: commit).first
  }
}

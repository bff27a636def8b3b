package import DeployModel

/// A path, and what it leads to by symbolic links.
package struct LinkChain: Hashable, Sendable {
  /// The path itself, then where each link leads; the last is none.
  package var paths: [RepositoryPath]
  /// Of the last.
  package var target: ObjectID
}

extension Mirror {
  /// R12: as the kernel's, which gives up a longer chain.
  private static let longestChain = 40

  /// Follows the links that files are; one among the directories of a path leads nowhere.
  ///
  /// - Returns: nil where nothing is, or where the links lead to nothing.
  /// - Throws: `symlinkLeaves` (R13).
  package func chain(
    from path: RepositoryPath, at commit: CommitSHA
  ) async throws(GitError) -> LinkChain? {
    var paths = [path]
    while paths.count <= Self.longestChain, let last = paths.last,
      let entry = try await entry(at: last.path, in: commit)
    {
      guard entry.mode == .symlink else { return LinkChain(paths: paths, target: entry.id) }
      guard let link = try await file(last.path, at: commit) else { return nil }
      let text = String(decoding: link.bytes, as: UTF8.self)
      guard let next = last.led(to: text) else {
        throw .symlinkLeaves(path: last.path, target: text)
      }
      paths.append(next)
    }
    return nil
  }
}

extension RepositoryPath {
  /// Where a link at this path leads; nil: out of the repository.
  fileprivate func led(to target: String) -> RepositoryPath? {
    guard !target.hasPrefix("/") else { return nil }
    var components = path.split(separator: "/").dropLast()
    for component in target.split(separator: "/") where component != "." {
      guard component == ".." else {
        components.append(component)
        continue
      }
      guard components.popLast() != nil else { return nil }
    }
    return RepositoryPath(components.isEmpty ? "." : components.joined(separator: "/"))
  }
}

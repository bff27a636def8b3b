package import DeployModel

/// Reads of single objects, all through the one long-lived process.
extension Mirror {
  /// R12: what `file` hands over at most.
  package static let fileLimit = 16 << 20

  /// Whether the mirror has the commit, on a branch or not. Never asks the remote.
  package func contains(_ commit: CommitSHA) async throws(GitError) -> Bool {
    guard case .object(_, "commit", _, _) = try await ask(.info(commit.hex)) else { return false }
    return true
  }

  func require(_ commits: [CommitSHA]) async throws(GitError) {
    let replies = try await ask(commits.map { .info($0.hex) })
    for (commit, reply) in zip(commits, replies) {
      guard case .object(_, "commit", _, _) = reply else { throw .noSuchCommit(commit) }
    }
  }

  package func commit(_ sha: CommitSHA) async throws(GitError) -> CommitDetails {
    let details = try await details(of: [sha])
    guard let first = details.first else { throw .noSuchCommit(sha) }
    return first
  }

  /// In the order of `commits`.
  func details(of commits: [CommitSHA]) async throws(GitError) -> [CommitDetails] {
    let replies = try await ask(commits.map { .contents($0.hex) })
    var all: [CommitDetails] = []
    all.reserveCapacity(commits.count)
    for (sha, reply) in zip(commits, replies) {
      guard case .object(_, "commit", _, let bytes) = reply else { throw .noSuchCommit(sha) }
      guard let details = CommitDetails(sha: sha, object: bytes) else {
        throw noted(.corruptMirror("commit \(sha) cannot be read"))
      }
      all.append(details)
    }
    return all
  }

  /// One file, downloaded if the mirror does not have it yet.
  ///
  /// - Parameter path: from the repository's root, its directory as `RepositoryPath` would have it.
  /// - Returns: nil if nothing is there, or if it is a directory or a submodule. For a symbolic
  ///   link, `bytes` is where it leads: nobody follows it.
  package func file(
    _ path: String, at commit: CommitSHA
  ) async throws(GitError) -> GitFile? {
    try await files([path], at: commit)[0]
  }

  /// The same for many, in the order of `paths`, with one request for all that must be downloaded.
  package func files(
    _ paths: [String], at commit: CommitSHA
  ) async throws(GitError) -> [GitFile?] {
    var entries: [TreeEntry?] = []
    for path in paths {
      let entry = try await entry(at: path, in: commit)
      entries.append(entry?.mode == .directory || entry?.mode == .submodule ? nil : entry)
    }
    let ids = entries.compactMap { $0?.id }
    var replies = try await ask(ids.map { .contents($0.hex) })
    if replies.contains(where: { if case .missing = $0 { true } else { false } }) {
      try await download(ids)
      replies = try await ask(ids.map { .contents($0.hex) })
    }
    var next = replies.makeIterator()
    var files: [GitFile?] = []
    for (path, entry) in zip(paths, entries) {
      guard let entry, let reply = next.next() else {
        files.append(nil)
        continue
      }
      files.append(
        GitFile(id: entry.id, bytes: try bytes(of: reply, at: path), mode: entry.mode))
    }
    return files
  }

  private func bytes(of reply: ObjectReply, at path: String) throws(GitError) -> [UInt8] {
    switch reply {
    case .object(_, "blob", let size, let bytes) where size <= Self.fileLimit: return bytes
    case .object(_, "blob", let size, _), .tooLarge(let size):
      throw .tooLarge("\(path) has \(size) bytes; at most \(Self.fileLimit) are read")
    case .missing: throw .unreachable("the remote did not send the contents of \(path)")
    case .object, .ambiguous: throw noted(.corruptMirror("\(path) is no blob"))
    }
  }

  /// The entries of a directory, in git's order. Throws `noSuchPath` if there is no such directory.
  package func list(
    _ directory: RepositoryPath, at commit: CommitSHA
  ) async throws(GitError) -> [TreeEntry] {
    guard let entries = try await tree(directory.path, in: commit) else {
      throw .noSuchPath(directory.description, commit)
    }
    return entries
  }

  /// The id of a blob or tree: equal ids are equal contents, names and modes included. Nil if
  /// nothing is there.
  package func objectID(
    of path: RepositoryPath, at commit: CommitSHA
  ) async throws(GitError) -> ObjectID? {
    try await entry(at: path.path, in: commit)?.id
  }

  /// What stands at `path`; the root is a directory. Asks for trees alone, which every mirror has.
  func entry(at path: String, in commit: CommitSHA) async throws(GitError) -> TreeEntry? {
    if path.isEmpty {
      guard case .object(let id, "tree", _, _) = try await ask(.info("\(commit)^{tree}")) else {
        throw .noSuchCommit(commit)
      }
      return TreeEntry(name: "", mode: .directory, id: id)
    }
    try checkPath(path)
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    let parent = components.dropLast().joined(separator: "/")
    let name = components.last.map(String.init) ?? ""
    return try await tree(parent, in: commit)?.first { $0.name.utf8.elementsEqual(name.utf8) }
  }

  /// Nil if there is no such directory.
  private func tree(_ path: String, in commit: CommitSHA) async throws(GitError) -> [TreeEntry]? {
    let name = path.isEmpty ? "\(commit)^{tree}" : "\(commit):\(path)"
    switch try await ask(.contents(name)) {
    case .object(_, "tree", _, let bytes):
      guard let entries = TreeEntry.parse(tree: bytes, idLength: commit.hex.utf8.count / 2) else {
        throw noted(.corruptMirror("the tree at \(path) in \(commit.short()) cannot be read"))
      }
      return entries
    case .object: return nil
    case .tooLarge(let size):
      throw .tooLarge("the directory \(path) has \(size) bytes of entries")
    case .missing, .ambiguous:
      try await require([commit])
      return nil
    }
  }

  /// git reads `./` and `../` behind a colon as relative.
  private func checkPath(_ path: String) throws(GitError) {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !path.utf8.contains(0), path.utf8.count <= 4096,
      components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
    else { throw .invalid("not a path in a repository: \(path.debugDescription)") }
  }
}

package import DeployModel
import Logging
import Posix
import Synchronization

extension Mirror {
  /// What the mirror is blobless by. Given to the commands that fetch and to no other: with it in
  /// the configuration, any question about an absent object would ask the remote.
  private static let promisor = [
    "-c", "remote.origin.promisor=true", "-c", "remote.origin.partialCloneFilter=blob:none",
  ]
  /// `--filter` is ignored, with a warning, by a remote that knows none; history is always whole.
  var fetchCommand: [String] {
    Self.promisor + [
      "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
      "--no-recurse-submodules", "--refmap=",
      state.withLock(\.isWhole) ? "--no-filter" : "--filter=blob:none",
    ]
  }

  /// Where the branch's fetched tip stands.
  static func ref(of branch: BranchName) -> String {
    "refs/mirror/heads/" + branch.refComponent
  }

  /// Brings the branch up to date and makes or mends the mirror if need be. Callers that arrive
  /// while a fetch of this branch runs share the next one.
  ///
  /// - Returns: the tip on the remote, or nil if the branch is gone from it.
  package func fetch(_ branch: BranchName) async throws(GitError) -> CommitSHA? {
    let lane = state.withLock { state in
      if let lane = state.fetches[branch] { return lane }
      let lane = SharedRun<CommitSHA?>()
      state.fetches[branch] = lane
      return lane
    }
    return try await lane.join { [self] in
      do throws(GitError) {
        return .success(try await fetchAndMend(branch))
      } catch {
        return .failure(error)
      }
    }
  }

  private func fetchAndMend(_ branch: BranchName) async throws(GitError) -> CommitSHA? {
    try await prepare()
    let (generation, isSuspect) = state.withLock { ($0.generation, $0.isSuspect) }
    if !isSuspect {
      do {
        return try await fetchOnce(branch)
      } catch .corruptMirror(let why) {
        logger.warning(
          "the mirror is damaged", metadata: ["why": "\(why)", "path": "\(directory)"])
      }
    }
    logger.notice("the mirror is fetched anew", metadata: ["path": "\(directory)"])
    let deadline = git.deadlines.firstFetch
    try await rebuild(unlessNewerThan: generation) { [self] fresh throws(GitError) in
      _ = try await download(branch, into: fresh, deadline: deadline)
    }
    return try await fetchOnce(branch)
  }

  private func fetchOnce(_ branch: BranchName) async throws(GitError) -> CommitSHA? {
    let known = try await tip(of: branch)
    let deadline = known == nil ? git.deadlines.firstFetch : git.deadlines.fetch
    guard try await download(branch, into: directory, deadline: deadline) else {
      if known != nil {
        _ = try await succeed(["update-ref", "-d", "--", Self.ref(of: branch)])
      }
      return nil
    }
    guard let tip = try await tip(of: branch) else {
      throw noted(.corruptMirror("git fetched \(branch) but the mirror does not have it"))
    }
    guard case .object = try await ask(.info("\(tip)^{tree}")) else {
      throw noted(.corruptMirror("the mirror lacks the tree of \(tip.short())"))
    }
    return tip
  }

  /// The tip as the last fetch left it; nil if the branch was never fetched, or is gone.
  package func tip(of branch: BranchName) async throws(GitError) -> CommitSHA? {
    try await prepare()
    guard case .object(let id, "commit", _, _) = try await ask(.info(Self.ref(of: branch))) else {
      return nil
    }
    return CommitSHA(id.hex)
  }

  /// False: the remote has no such branch.
  private func download(
    _ branch: BranchName, into repository: String, deadline: Duration
  ) async throws(GitError) -> Bool {
    let (result, complaint) = try await ask(
      remote: fetchCommand + ["origin", "+\(branch.ref):\(Self.ref(of: branch))"], in: repository,
      deadline: deadline)
    if result.succeeded { return true }
    // The text suggests it; an exit status of its own (2) settles it.
    if complaint.mentions(["couldn't find remote ref"]) {
      let (listed, _) = try await ask(
        remote: ["ls-remote", "--exit-code", "--heads", "--", "origin", branch.ref],
        in: repository, deadline: git.deadlines.fetch)
      if listed.status == .exited(2) { return false }
    }
    if complaint.saysLocked { Self.removeLocks(in: repository) }
    throw complaint.remoteFailure()
  }

  /// Whether the mirror has the commit, and does not have to be mended first.
  package func has(_ commit: CommitSHA) async throws(GitError) -> Bool {
    try await prepare()
    guard !state.withLock(\.isSuspect) else { return false }
    return try await contains(commit)
  }

  /// Makes sure that the mirror has a commit, whoever fetched the branch that it came by: another
  /// process, say, or this one before it lost its mirror.
  ///
  /// - Returns: false if the remote does not give it.
  package func obtain(
    _ commit: CommitSHA, from branch: BranchName
  ) async throws(GitError) -> Bool {
    if try await has(commit) { return true }
    _ = try await fetch(branch)
    return try await fetchCommit(commit)
  }

  /// Asks the remote for a commit that no ref of it reaches any more, such as what a force push
  /// left behind, and keeps it.
  ///
  /// - Returns: whether the mirror has it now; false if the remote does not give it.
  package func fetchCommit(_ commit: CommitSHA) async throws(GitError) -> Bool {
    guard !commit.isZero else { return false }
    try await prepare()
    if try await contains(commit) { return true }
    let (result, complaint) = try await ask(
      remote: fetchCommand + ["origin", "+\(commit):refs/mirror/commits/\(commit)"],
      deadline: git.deadlines.fetch)
    if result.succeeded { return try await contains(commit) }
    if complaint.refusesObject
      || complaint.mentions([
        "couldn't find remote ref", "no such remote ref", "is a tag, not a commit",
        "not a valid object",
      ])
    {
      return false
    }
    throw noted(complaint.remoteFailure())
  }

  /// Downloads blobs, in one request, or with all others where the remote gives no single ones.
  /// Those that the mirror has are not asked for.
  func download(_ blobs: [ObjectID]) async throws(GitError) {
    let missing = try await missing(among: blobs)
    guard !missing.isEmpty else { return }
    let (result, complaint) = try await ask(
      remote: ["-c", "fetch.negotiationAlgorithm=noop"] + fetchCommand + ["--stdin", "origin"],
      input: missing.flatMap { Array("\($0.hex)\n".utf8) }, deadline: git.deadlines.fetch)
    if result.succeeded { return }
    guard complaint.refusesObject else { throw noted(complaint.remoteFailure()) }
    try await becomeWhole(lacking: missing)
  }

  func missing(among blobs: [ObjectID]) async throws(GitError) -> [ObjectID] {
    let unique = Array(Set(blobs))
    let replies = try await ask(unique.map { .info($0.hex) })
    return zip(unique, replies).compactMap { id, reply in
      if case .object = reply { nil } else { id }
    }
  }
}

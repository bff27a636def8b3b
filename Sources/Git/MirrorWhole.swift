import DeployModel
import FoundationEssentials
import Logging
import Posix
import Synchronization

/// Remotes that leave files out when they are asked to, and then do not give them: before version 2
/// of git's protocol a server hands out what a ref leads to, and single objects only where
/// `uploadpack.allowAnySHA1InWant` is set. sshd lets no client ask for version 2 unless it has
/// `AcceptEnv GIT_PROTOCOL`. A mirror of such a remote has everything, as without a filter.
extension Mirror {
  /// Outlives the process: else each would find out again, and fetch everything again.
  static let wholeMark = "slipway-whole"

  /// Fetches what the mirror's branches lead to with all files, and leaves none out from now on.
  func becomeWhole(lacking blobs: [ObjectID]) async throws(GitError) {
    try await completion.join { [self] in
      do throws(GitError) {
        // Another may have fetched them meanwhile.
        guard try await !missing(among: blobs).isEmpty else { return .success(()) }
        try await fetchWhole()
        let rest = try await missing(among: blobs)
        guard let first = rest.first else { return .success(()) }
        return .failure(
          .unreachable(
            "the remote gives no objects by their ids, and \(rest.count) are on no branch of it any "
              + "more, such as \(first.hex)"))
      } catch {
        return .failure(error)
      }
    }
  }

  private func fetchWhole() async throws(GitError) {
    logger.notice(
      "the remote gives no single files; everything is fetched", metadata: ["path": "\(directory)"])
    state.withLock { $0.isWhole = true }
    for branch in try await branches() {
      // Where the branch stands is for `fetch` to say; this one names nothing.
      let (result, complaint) = try await ask(
        remote: fetchCommand + ["--refetch", "origin", branch.ref],
        deadline: git.deadlines.firstFetch)
      guard result.succeeded || complaint.mentions(["couldn't find remote ref"]) else {
        throw noted(complaint.remoteFailure())
      }
    }
    try markWhole(directory)
  }

  func markWhole(_ path: String) throws(GitError) {
    let file = "\(path)/\(Self.wholeMark)"
    do {
      try Data().write(to: URL(filePath: file))
    } catch {
      throw .failed("\(file) could not be written: \(error)")
    }
  }

  /// Those that were ever fetched.
  private func branches() async throws(GitError) -> [BranchName] {
    let prefix = "refs/mirror/heads/"
    let listing = try await succeed(["for-each-ref", "--format=%(refname)", "--", prefix])
    return String(decoding: listing, as: UTF8.self).split(separator: "\n").compactMap {
      BranchName(refComponent: String($0.dropFirst(prefix.count)))
    }
  }
}

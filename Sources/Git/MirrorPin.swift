package import DeployModel
import FoundationEssentials
import Posix

extension Mirror {
  /// Keeps a commit, and what it reaches, whatever becomes of its branch; moves the pin if it is
  /// there. Throws `noSuchCommit` if the mirror lacks it.
  ///
  /// - Parameter name: a kind, a slash, and a branch's name: `cursor/main`, `cursor/release/2`.
  package func pin(_ name: String, to commit: CommitSHA) async throws(GitError) {
    let ref = try Self.ref(ofPin: name)
    try await require([commit])
    try await update(["--", ref, commit.hex], ref)
  }

  package func unpin(_ name: String) async throws(GitError) {
    let ref = try Self.ref(ofPin: name)
    try await update(["-d", "--", ref], ref)
  }

  /// A lock that is older than any command may become was left by one that was killed.
  private func update(_ arguments: [String], _ ref: String) async throws(GitError) {
    let command = ["update-ref"] + arguments
    let result = try await local(command)
    if result.succeeded { return }
    guard GitComplaint(result.errorOutput, redacting: .none).saysLocked else {
      throw failure(of: command, result)
    }
    removeLock("\(directory)/\(ref).lock")
    _ = try await succeed(command)
  }

  /// One that stays makes the next command fail and name it.
  private func removeLock(_ path: String) {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      let limit = Date.now - Double(git.deadlines.local.components.seconds)
      guard let made = attributes[.modificationDate] as? Date, made < limit else { return }
      try FileManager.default.removeItem(atPath: path)
    } catch {
      return
    }
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

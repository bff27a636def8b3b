package import DeployModel
import Posix
import Synchronization

package enum PushOutcome: Hashable, Sendable {
  /// The branch on the remote is at the commit.
  case landed
  case rejected(PushRejection)
}

extension Mirror {
  /// Moves a branch of the remote from `expected` to `commit`, its descendant; never back or
  /// aside. What the remote refuses, and what is lost on the way, is an outcome and not an error:
  /// errors are those of this machine.
  package func push(
    _ commit: CommitSHA, to branch: BranchName, expecting expected: CommitSHA
  ) async throws(GitError) -> PushOutcome {
    guard try await isForward(from: expected, to: commit) else {
      throw .invalid("\(commit.short()) is not a descendant of \(expected.short())")
    }
    let arguments = [
      "push", "--porcelain", "--no-progress", "--no-verify", "--no-follow-tags",
      "--recurse-submodules=no", "--signed=no",
      // A lease on a fast-forward can only refuse more: without it, a tip that was just moved back
      // would be brought forward over what its mover wanted gone.
      "--force-with-lease=\(branch.ref):\(expected)", "--", "origin", "\(commit):\(branch.ref)",
    ]
    do {
      let (result, complaint) = try await ask(remote: arguments, deadline: git.deadlines.push)
      let report = PushReport(String(decoding: result.output, as: UTF8.self), of: branch)
      if result.succeeded, report.landed { return .landed }
      let kind = PushRejection.classify(reason: report.reason, complaint: complaint.text)
      let words = [report.reason, complaint.serverWords].filter { !$0.isEmpty }
      return .rejected(
        PushRejection(
          kind, words: words.isEmpty ? complaint.summary : words.joined(separator: "\n")))
    } catch .timedOut(let why) {
      return .rejected(.transport(why))
    } catch .authentication(let why) {
      return .rejected(.transport(why))
    }
  }

  /// What `write` put onto `expected` needs no question: while it is asked, others push.
  private func isForward(
    from expected: CommitSHA, to commit: CommitSHA
  ) async throws(GitError) -> Bool {
    if state.withLock({ $0.written.contains { $0 == (commit, expected) } }) { return true }
    return try await isAncestor(expected, of: commit)
  }
}

/// What `push --porcelain` prints, one line per ref: `<flag> TAB <from>:<to> TAB <summary>`, with
/// the reason of a refusal in parentheses (git-push(1), OUTPUT).
struct PushReport {
  /// ` ` moved, `*` made, `=` was there already.
  let landed: Bool
  /// Empty if there is none.
  let reason: String

  init(_ output: String, of branch: BranchName) {
    var landed = false
    var reason = ""
    for line in output.split(separator: "\n") {
      let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].hasSuffix(":\(branch.ref)") else { continue }
      landed = [" ", "*", "="].contains(parts[0])
      if let open = parts[2].firstIndex(of: "("), let close = parts[2].lastIndex(of: ")"),
        open < close, !landed
      {
        reason = parts[2][parts[2].index(after: open)..<close].trimmed
      }
    }
    self.landed = landed
    self.reason = reason
  }
}

/// Why a push did not land, by what was said. Only a hint: the writer fetches and decides by what
/// it sees (R6). The text is for people: git's reason and the server's own words, redacted.
package enum PushRejection: Hashable, Sendable {
  /// Somebody was faster: apply again on the new tip.
  case tipMoved(String)
  /// The server will not have this commit, however often it is pushed.
  case policy(String)
  /// Everything else: network, locks, expired credentials. Try again.
  case transport(String)

  package var words: String {
    switch self {
    case .tipMoved(let words), .policy(let words), .transport(let words): words
    }
  }

  /// - Parameters:
  ///   - reason: of the `!` line that `--porcelain` prints, without parentheses; empty if git
  ///     printed none.
  ///   - complaint: all of standard error.
  static func classify(reason: String, complaint: String) -> Kind {
    let isOneOf = { (phrases: [String], text: String) in
      phrases.contains { text.contains($0) }
    }
    if isOneOf(moved, reason) || (reason.contains("is at ") && reason.contains("but expected")) {
      return .tipMoved
    }
    if isOneOf(refused, reason) || isOneOf(refusedInWords, complaint) { return .policy }
    // Some servers name the lock in `remote:` lines and give a general reason.
    if isOneOf(moved, complaint)
      || (complaint.contains("is at ") && complaint.contains("but expected"))
    {
      return .tipMoved
    }
    return .transport
  }

  enum Kind: Hashable { case tipMoved, policy, transport }

  init(_ kind: Kind, words: String) {
    self =
      switch kind {
      case .tipMoved: .tipMoved(words)
      case .policy: .policy(words)
      case .transport: .transport(words)
      }
  }

  /// The first three are our own git's, the last is how GitLab answers a lost race.
  private static let moved = [
    "non-fast-forward", "fetch first", "stale info", "incorrect old value provided",
  ]
  private static let refused = [
    "pre-receive hook declined", "hook declined", "protected branch hook declined",
    "push declined due to repository rule violations", "branch is currently checked out",
    "deny updating a hidden ref",
  ]
  private static let refusedInWords = [
    "GH006", "GH013", "returned error: 403", "HTTP 403", " denied to ",
    "marked as read only", "archived so it is read-only",
  ]
}

import DeployModel
import Git

/// Answers about who descends from whom in one mirror. Between two commits the answer never
/// changes, so it is asked for once: the time between a fetch and the push decides who wins a
/// race.
struct Ancestry {
  /// R12: beyond it everything is forgotten and asked for again.
  private static let limit = 4096

  let mirror: Mirror
  private var answers: [CommitSHA: [CommitSHA: Bool]] = [:]
  private var lastTip: CommitSHA?

  init(mirror: Mirror) { self.mirror = mirror }

  /// Which of `commits` are `descendant` or its ancestors, in one question for all that is new.
  mutating func ancestors(
    among commits: [CommitSHA], of descendant: CommitSHA
  ) async throws(GitError) -> Set<CommitSHA> {
    var known = answers[descendant] ?? [:]
    let unknown = Set(commits).filter { known[$0] == nil }
    if !unknown.isEmpty {
      let found = try await mirror.ancestors(among: Array(unknown), of: descendant)
      for commit in unknown { known[commit] = found.contains(commit) }
      if answers.count > Self.limit { answers = [:] }
      answers[descendant] = known
    }
    return Set(commits.filter { known[$0] == true })
  }

  mutating func isAncestor(
    _ commit: CommitSHA, of descendant: CommitSHA
  ) async throws(GitError) -> Bool {
    try await !ancestors(among: [commit], of: descendant).isEmpty
  }

  /// The branch moved: what was on it still is, if the old tip is.
  mutating func move(to tip: CommitSHA) async throws(GitError) {
    defer { lastTip = tip }
    guard let lastTip, lastTip != tip, let earlier = answers[lastTip],
      try await isBelow(lastTip, tip)
    else { return }
    answers[tip, default: [:]].merge(earlier.filter(\.value)) { new, _ in new }
    answers[lastTip] = nil
  }

  /// A branch mostly moved by a few commits: those are read from the long-lived process, before a
  /// new one is asked.
  private mutating func isBelow(
    _ commit: CommitSHA, _ tip: CommitSHA
  ) async throws(GitError) -> Bool {
    var next = tip
    for _ in 0..<32 {
      let parents = try await mirror.commit(next).parents
      if parents.contains(commit) { return true }
      guard let first = parents.first else { break }
      next = first
    }
    guard try await mirror.contains(commit) else { return false }
    return try await isAncestor(commit, of: tip)
  }
}

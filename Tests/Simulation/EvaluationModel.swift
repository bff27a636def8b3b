/// R2, R3, R4, as a second reading of docs/rules.md: what becomes of a push, from git's commits and
/// the cursor alone.
struct EvaluationModel {
  struct Trigger: Hashable {
    var service: String
    var source: String
    var isCatchUp: Bool
  }

  struct Expectation: Equatable {
    var outcome: String
    var triggers: Set<Trigger>
    /// Where the cursor goes; nil: it stays.
    var cursor: String?
    /// The newest source that touched a service, skipped or not.
    var wanted: [String: String] = [:]

    static let nothing = Expectation(outcome: "", triggers: [], cursor: nil)
  }

  /// What came of it.
  struct Found {
    var triggers: [Trigger]
    var cursor: String?
  }

  let git: GitView
  let tip: String
  let cursor: String?
  /// Blobs of kustomizations that Slipway wrote.
  let ownBlobs: Set<String>
  let services: [String]

  /// Those whose paths have their manifests, too.
  static let watchesManifest: Set<String> = ["api"]

  func expect(before: String, after: String) -> Expectation {
    let target = git.isAncestor(after, of: tip) ? after : tip
    guard let cursor else { return evaluate([(before, target, false)], to: target) }
    let isOnBranch = git.isAncestor(cursor, of: tip)
    if isOnBranch, git.commits[after] != nil, git.isAncestor(after, of: cursor) { return covered }
    if target == cursor { return covered }
    let isBeyond =
      before != cursor && git.isAncestor(before, of: tip) && git.isAncestor(cursor, of: before)
    if isBeyond, before != target {
      return evaluate([(cursor, before, true), (before, target, false)], to: target)
    }
    return evaluate([(cursor, target, false)], to: target)
  }

  /// Without a delivery every commit of the branch is a push of its own; at first contact it is taken as
  /// it is. Nil: so many that they are taken together.
  func expectCatchUp() -> Expectation? {
    guard let cursor else { return Expectation(outcome: "", triggers: [], cursor: tip) }
    guard git.isAncestor(cursor, of: tip) else {
      return evaluate([(cursor, tip, true)], to: tip)
    }
    let missed = git.branch.drop { $0 != cursor }
    guard missed.count <= 50 else { return nil }
    return evaluate(
      zip(missed, missed.dropFirst()).map { (base: $0, after: $1, isCatchUp: true) },
      to: tip)
  }

  private var covered: Expectation { Expectation(outcome: "covered", triggers: [], cursor: nil) }

  private func evaluate(
    _ steps: [(base: String, after: String, isCatchUp: Bool)], to target: String
  ) -> Expectation {
    var result = Expectation(outcome: "", triggers: [], cursor: target)
    for (base, after, isCatchUp) in steps {
      guard let source = source(base, after) else {
        result.outcome = "ignored"
        continue
      }
      let touched = services.filter { isTouched($0, base, after) }
      for service in touched { result.wanted[service] = source.sha }
      if source.message.contains("[skip ci]") {
        result.outcome = "skipped"
        continue
      }
      result.outcome = touched.isEmpty ? "none-matched" : "deployed"
      for service in touched {
        result.triggers.insert(
          Trigger(service: service, source: source.sha, isCatchUp: isCatchUp))
      }
    }
    if !result.triggers.isEmpty { result.outcome = "deployed" }
    return result
  }

  /// A rewind adds nothing, and goes back to what was there.
  private func source(_ base: String, _ after: String) -> Commit? {
    if git.isAncestor(after, of: base) { return git.newestForeign(from: nil, to: after) }
    return git.newestForeign(from: common(base, after), to: after)
  }

  private func common(_ base: String, _ after: String) -> String? {
    var next: String? = base
    while let sha = next {
      if git.isAncestor(sha, of: after) { return sha }
      next = git.commits[sha]?.parent
    }
    return nil
  }

  private func isTouched(_ service: String, _ base: String, _ after: String) -> Bool {
    guard let old = git.commits[base]?.blobs, let new = git.commits[after]?.blobs else {
      return false
    }
    return Set(old.keys).union(new.keys).contains { path in
      guard old[path] != new[path] else { return false }
      if path.hasPrefix("\(service)/") { return true }
      guard Self.watchesManifest.contains(service), path.hasPrefix("k8s/\(service)/") else {
        return false
      }
      return new[path].map { !ownBlobs.contains($0) } ?? true
    }
  }
}

import DeployModel

extension Checker {
  /// R6: a line; nobody's commit is lost; no deployment is on it twice, and none where sources are,
  /// unless manifests are there, too.
  func checkBranches() throws {
    try checkBranch(town.manifests, town.keeper)
    guard town.sources !== town.manifests else { return }
    try checkBranch(town.sources, town.developer)
    guard town.sources.commits.values.allSatisfy({ !$0.isOurs }) else {
      throw Violation("R6", "Slipway committed where only sources are")
    }
  }

  private func checkBranch(_ git: GitView, _ people: Developer) throws {
    guard git.mergeCount == 0 else { throw Violation("R6", "there is a merge") }
    let raced = try people.raced
    let foreign = git.branch.filter { git.commits[$0]?.isOurs == false }
    guard foreign.filter({ !raced.contains($0) }) == people.foreign,
      raced.isSubset(of: foreign)
    else {
      throw Violation(
        "R6", "the branch has \(foreign); people pushed \(people.foreign) and \(raced)")
    }
    var owners: Set<String> = []
    for sha in git.branch where git.commits[sha]?.isOurs == true {
      guard let owner = git.commits[sha]?.trailer("Deployment"), owners.insert(owner).inserted
      else { throw Violation("R1", "a second commit for the deployment of \(sha)") }
    }
  }

  /// R7: one line of one file, and in it the tag, quoted.
  func checkEdit(_ commit: Commit) throws {
    let git = town.manifests
    guard let path = commit.changed.first, commit.changed.count == 1,
      Town.services.contains(where: { kustomization($0) == path }),
      let parent = commit.parent, let old = git.text(path, at: parent),
      let new = git.text(path, at: commit.sha), let tag = tag(in: new)
    else { throw Violation("R7", "\(commit.sha) changes \(commit.changed)") }
    let expected = old.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line in
        guard let range = line.firstRange(of: "newTag: ") else { return String(line) }
        return "\(line[..<range.upperBound])\"\(tag)\""
      }.joined(separator: "\n")
    guard new == expected else {
      throw Violation("R7", "\(commit.sha) changes more than the tag of \(path):\n\(new)")
    }
  }

  /// R5: for what nobody decided by hand, (a) its source is on the branch, (b) it is not older than
  /// what it replaces, and the same source comes again only as a rebuild.
  func checkForward(_ commit: Commit, _ records: [String: Deployment]) throws {
    guard let owner = commit.trailer("Deployment"), let record = records[owner] else {
      throw Violation("R1", "\(commit.sha) belongs to no deployment")
    }
    guard let path = commit.changed.first, let parent = commit.parent,
      let source = record.source?.commit.hex
    else { throw Violation("R7", "\(commit.sha) has no source") }
    guard record.cause.isAutomatic else { return }
    let tips = sourceTips(under: commit)
    guard commit.trailer("Source-Commit") == source,
      tips.contains(where: { town.sources.isAncestor(source, of: $0) })
    else { throw Violation("R5", "\(owner) landed; its source \(source) is not on the branch") }
    guard let before = town.manifests.text(path, at: parent).flatMap(tag(in:)),
      before != tagOf(commit), let deployed = self.source(named: before),
      tips.allSatisfy({ town.sources.isAncestor(deployed, of: $0) })
    else { return }
    if deployed == source, !record.rebuild {
      throw Violation("R5", "\(owner) replaces the image of its own source \(source)")
    }
    if deployed != source, town.sources.isAncestor(source, of: deployed) {
      throw Violation("R5", "\(owner) of \(source) replaces the newer \(deployed)")
    }
  }

  /// Where sources were when the commit was made: what lies under it tells, or else they were here or
  /// there since the last check.
  private func sourceTips(under commit: Commit) -> [String] {
    if town.sources === town.manifests { return [commit.parent ?? ""] }
    return [sourcesBefore, town.sources.tip].filter { !$0.isEmpty }
  }

  private func tagOf(_ commit: Commit) -> String? {
    commit.changed.first.flatMap { town.manifests.text($0, at: commit.sha) }.flatMap(tag(in:))
  }

  /// A tag is the beginning of a commit's name, and perhaps the number of a rebuild.
  func source(named tag: String) -> String? {
    let digits = tag.split(separator: "-").first ?? ""
    guard digits.utf8.count >= 7 else { return nil }
    let found = town.sources.commits.keys.filter { $0.hasPrefix(digits) }
    return found.count == 1 ? found.first : nil
  }
}

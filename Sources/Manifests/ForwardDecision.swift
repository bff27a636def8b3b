import DeployModel
import Git

/// R5 for a batch: which edit of each service may land, on the tips as they were just fetched or, of a
/// slow source, as they were last told.
struct ForwardDecision {
  struct Candidate {
    var pending: PendingEdit
    var standing: LandingStanding
    /// About the branch of its source; nil if R5 asks for none.
    var source: SourceTips.Answer?
  }

  /// The newest of a service, and those that give way once it has landed.
  struct Winner {
    var candidate: Candidate
    var losers: [Candidate] = []
  }

  private(set) var outcomes: [Int: WriteOutcome] = [:]
  private(set) var winners: [Winner] = []
  /// Services with an edit that the next answer about its source decides.
  private(set) var undecided: Set<ServiceName> = []

  /// - Parameters:
  ///   - tip: of the manifests, as it was just fetched.
  ///   - files: as the fetched tip has them; those of candidates that `mayChangeImage` at least.
  ///   - ancestries: by source repository; one for every candidate with a source.
  static func make(
    _ candidates: [Candidate], on tip: CommitSHA, files: ManifestFiles,
    _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> ForwardDecision {
    var decision = ForwardDecision()
    try await warm(candidates, &ancestries)
    var byService: [ServiceName: [Candidate]] = [:]
    for candidate in candidates {
      let facts = try await facts(about: candidate, files, &ancestries)
      let pending = candidate.pending
      switch ForwardOnly.decide(facts) {
      case .hold: decision.outcomes[pending.ticket] = .held
      case .supersede(let by, let reason):
        decision.outcomes[pending.ticket] = .superseded(by: by, reason: reason)
      case .land where try await mayGoBack(candidate, on: tip, &ancestries):
        decision.undecided.insert(pending.edit.service)
      case .land: byService[pending.edit.service, default: []].append(candidate)
      }
    }
    for service in byService.keys.sorted() {
      guard let rivals = byService[service] else { continue }
      if let winner = try await newest(of: rivals, &ancestries) { decision.winners.append(winner) }
    }
    decision.winners.sort { $0.candidate.deployment.sequence < $1.candidate.deployment.sequence }
    return decision
  }

  /// From the last accepted to the first: an earlier one wins only if it is beyond the later one's
  /// source (pushes may be built out of order), or if it is a person's decision that the later one
  /// (a retry of an older push) does not overrule.
  private static func newest(
    of rivals: [Candidate], _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> Winner? {
    let ordered = rivals.sorted { $0.deployment.sequence > $1.deployment.sequence }
    guard let last = ordered.first else { return nil }
    // A person's decision asks for no ancestry, and the mirror may lack its source.
    if ordered.count > 1, last.deployment.cause.isAutomatic, let source = last.deployment.source {
      let commits = ordered.compactMap { $0.deployment.source }.filter {
        $0.repository == source.repository
      }
      _ = try await ancestries[source.repository]?.ancestors(
        among: commits.map(\.commit), of: source.commit)
    }
    var winner = Winner(candidate: last)
    for rival in ordered.dropFirst() {
      if try await isBeaten(winner.candidate.deployment, by: rival.deployment, &ancestries) {
        winner.losers.append(winner.candidate)
        winner.candidate = rival
      } else {
        winner.losers.append(rival)
      }
    }
    return winner
  }

  private static func isBeaten(
    _ later: Deployment, by earlier: Deployment, _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> Bool {
    guard later.cause.isAutomatic else { return false }
    if !earlier.cause.isAutomatic {
      return earlier.sequence > later.basisSequence && !later.released
    }
    guard let old = later.source, let new = earlier.source, old.commit != new.commit,
      old.repository == new.repository
    else { return false }
    // In order, as nearly always: already known.
    if try await ancestries[old.repository]?.isAncestor(new.commit, of: old.commit) == true {
      return false
    }
    return try await ancestries[old.repository]?.isAncestor(old.commit, of: new.commit) ?? false
  }

  private static func facts(
    about candidate: Candidate, _ files: ManifestFiles,
    _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> ForwardOnly.Facts {
    let deployment = candidate.deployment
    return ForwardOnly.Facts(
      cause: deployment.cause, rebuild: deployment.rebuild, released: deployment.released,
      overrideHold: deployment.overrideHold, holdInForce: candidate.standing.holdInForce,
      sourceIsOnBranch: try await sourceIsOnBranch(candidate, &ancestries),
      relation: try await relation(of: candidate, &ancestries),
      overruledBy: candidate.standing.overruledBy,
      changesImage: changesImage(candidate, files))
  }

  /// False where the file cannot be read: that is the edit's own failure, and a better answer.
  private static func changesImage(_ candidate: Candidate, _ files: ManifestFiles) -> Bool {
    guard candidate.mayChangeImage, case .success(let file) = files[candidate.path] else {
      return false
    }
    let edit = candidate.pending.edit
    do throws(KustomizationError) {
      let entry = try KustomizationFile.read(file.bytes, image: edit.location.imageName)
      guard let entry, entry.tag == edit.image.tag.name else { return true }
      return entry.digest.map { $0 != edit.image.digest.text } ?? false
    } catch {
      return false
    }
  }

  private static func sourceIsOnBranch(
    _ candidate: Candidate, _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> Bool {
    guard candidate.deployment.cause.isAutomatic, let source = candidate.deployment.source else {
      return true
    }
    guard let tip = candidate.source?.tip else { return false }
    return try await ancestries[source.repository]?.isAncestor(source.commit, of: tip) ?? false
  }

  /// What was built, pushed and landed after the source's tip was asked for is not on that tip, and
  /// looks as if it had left the branch.
  private static func mayGoBack(
    _ candidate: Candidate, on tip: CommitSHA, _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> Bool {
    guard let answer = candidate.source, answer.ground.commit != tip,
      let source = candidate.deployment.source, let sourceTip = answer.tip,
      let deployed = candidate.standing.sourceCommit, deployed != source.commit,
      try await ancestries[source.repository]?.isAncestor(deployed, of: sourceTip) != true
    else { return false }
    // What was there before Slipway landed before the question, too.
    guard let landed = candidate.standing.manifestCommit else { return false }
    let manifests = candidate.pending.edit.location.repository
    return try await ancestries[manifests]?.isAncestor(landed, of: answer.ground.commit) != true
  }

  private static func relation(
    of candidate: Candidate, _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) -> ForwardOnly.Relation {
    guard candidate.deployment.cause.isAutomatic, let source = candidate.deployment.source,
      let deployed = candidate.standing.sourceCommit
    else { return .unknown }
    if deployed == source.commit { return .same }
    guard let tip = candidate.source?.tip,
      try await ancestries[source.repository]?.isAncestor(deployed, of: tip) == true,
      try await ancestries[source.repository]?.isAncestor(source.commit, of: deployed) == true
    else { return .deployedIsOlderOrGone }
    return .deployedIsNewer(deployed)
  }

  /// Asks everything that will be asked, in as few questions as there are descendants.
  private static func warm(
    _ candidates: [Candidate], _ ancestries: inout [RepositoryName: Ancestry]
  ) async throws(GitError) {
    var questions: [RepositoryName: [CommitSHA: Set<CommitSHA>]] = [:]
    for candidate in candidates where candidate.deployment.cause.isAutomatic {
      guard let source = candidate.deployment.source else { continue }
      let deployed = candidate.standing.sourceCommit
      if let tip = candidate.source?.tip {
        questions[source.repository, default: [:]][tip, default: []]
          .formUnion([source.commit] + (deployed.map { [$0] } ?? []))
      }
    }
    for (repository, commits) in questions {
      for (tip, ancestors) in commits {
        _ = try await ancestries[repository]?.ancestors(among: Array(ancestors), of: tip)
      }
    }
    var again: [RepositoryName: [CommitSHA: Set<CommitSHA>]] = [:]
    for candidate in candidates where candidate.deployment.cause.isAutomatic {
      guard let source = candidate.deployment.source, let tip = candidate.source?.tip,
        let deployed = candidate.standing.sourceCommit, deployed != source.commit,
        try await ancestries[source.repository]?.isAncestor(deployed, of: tip) == true
      else { continue }
      again[source.repository, default: [:]][deployed, default: []].insert(source.commit)
    }
    for (repository, commits) in again {
      for (deployed, ancestors) in commits {
        _ = try await ancestries[repository]?.ancestors(among: Array(ancestors), of: deployed)
      }
    }
  }
}

extension ForwardDecision.Candidate {
  var ground: LandingGround {
    LandingGround(
      deployment: deployment.id, holdInForce: standing.holdInForce,
      overruledBy: standing.overruledBy)
  }

  var deployment: Deployment { pending.edit.deployment }
  var path: RepositoryPath { pending.edit.location.path }

  /// R5: the same source as what is deployed; then it counts what stands in the manifest.
  var mayChangeImage: Bool {
    guard deployment.cause.isAutomatic, !deployment.rebuild, let source = deployment.source else {
      return false
    }
    return source.commit == standing.sourceCommit
  }
}

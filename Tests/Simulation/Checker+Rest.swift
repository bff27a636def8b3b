import DeployModel
import PipelineKit

/// What must hold when nothing moves.
extension Checker {
  func checkRest(
    _ ledger: Town.Ledger, _ byID: [String: Deployment]
  ) async throws {
    let records = ledger.deployments
    try checkCommits(records, byID)
    try checkExternal(records)
    try checkQueue(records)
    try await checkRunning(records)
    try checkRollBacks(records, byID)
    let cursor = try await town.world.store.cursor(
      repository: PipelineWorld.repositoryName(), branch: PipelineWorld.branchName())?.hex
    try checkCursor(cursor)
    note(try await checkEvaluation(records, cursor: cursor))
    var holds: [String: Hold] = [:]
    for state in ledger.services {
      let service = "\(state.service)"
      holds[service] = state.hold
      try checkHold(service, state, records, byID)
      try checkGoingBack(service, state, records)
      try checkBehind(service, state, records)
      try await checkCurrent(service, state, byID)
    }
    rest = Rest(
      holds: holds, commits: Set(town.manifests.commits.keys),
      deployments: Set(records.map(\.id)), cursor: cursor,
      rewinds: town.sources.rewinds, troubles: troubles)
  }

  /// R3: it goes back only with the branch.
  private func checkCursor(_ cursor: String?) throws {
    let git = town.sources
    guard let before = rest?.cursor, let cursor, cursor != before, rest?.rewinds == git.rewinds,
      git.isOnBranch(before), git.isAncestor(cursor, of: before)
    else { return }
    throw Violation("R3", "the cursor went back from \(before) to \(cursor)")
  }

  /// R1: every manifest commit on the branch has its deployment, and the other way round.
  private func checkCommits(_ records: [Deployment], _ byID: [String: Deployment]) throws {
    let git = town.manifests
    for sha in git.branch {
      guard let commit = git.commits[sha], commit.isOurs, let owner = commit.trailer("Deployment"),
        let record = byID[owner]
      else { continue }
      let isBelow = record.state == .superseded && record.manifestCommit == nil
      guard record.manifestCommit?.hex == sha && hasLanded(record) || isBelow else {
        throw Violation(
          "R1",
          "\(sha) is on the branch; \(owner) is \(record.state) "
            + "with \(record.manifestCommit?.hex ?? "no commit")")
      }
    }
    for record in records where record.state.hasLanded && record.cause != .external {
      guard let sha = record.manifestCommit?.hex, let commit = git.commits[sha] else {
        throw Violation("R1", "\(record.id) is committed, and its commit was never on the branch")
      }
      // An edit that changes nothing takes the commit that is there.
      let names = git.text(kustomization(record.id.service.description), at: sha).flatMap(tag(in:))
      guard
        commit.trailer("Deployment") == record.id.description
          || names == record.image?.tag.name
      else { throw Violation("R1", "\(record.id) is committed as \(sha), which is another's") }
    }
  }

  /// Its rollout may have failed, or have been ended by the next; nobody watches: `committed`.
  private func hasLanded(_ record: Deployment) -> Bool {
    guard town.argo.observed.contains("\(record.id.service)") else {
      return record.state == .committed
    }
    return record.state.hasLanded || record.state == .superseded
      || record.failure?.code == .rolloutFailed
  }

  /// R14: somebody else's change is recorded once; ours is never taken for one, unless a force push
  /// brought it back.
  private func checkExternal(_ records: [Deployment]) throws {
    var seen: [String: DeploymentID] = [:]
    for record in records where record.cause == .external {
      guard let sha = record.manifestCommit?.hex, let commit = town.manifests.commits[sha] else {
        throw Violation("R14", "\(record.id) names a commit that nobody made")
      }
      if commit.isOurs, !town.isRewound {
        throw Violation("R14", "\(record.id) takes our own \(sha) for somebody else's")
      }
      let key = "\(record.id.service)@\(sha)"
      if let other = seen[key], !town.isRewound {
        throw Violation("R14", "\(other) and \(record.id) tell of the same \(key)")
      }
      seen[key] = record.id
    }
  }

  /// R14: `current` is what git says.
  private func checkCurrent(
    _ service: String, _ state: ServiceState, _ byID: [String: Deployment]
  ) async throws {
    guard let text = town.manifests.text(kustomization(service), at: town.manifests.tip),
      let tag = tag(in: text), let current = state.current
    else { return }
    guard current.tag == tag else {
      throw Violation("R14", "\(service) runs \(tag); the record says \(current.tag)")
    }
    guard let record = current.deployment.flatMap({ byID[$0.description] }),
      let image = record.image
    else { return }
    try await checkLatest(service, of: record, is: image)
  }
}

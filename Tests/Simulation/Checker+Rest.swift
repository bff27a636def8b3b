import DeployModel
import PipelineKit

/// What must hold when nothing moves.
extension Checker {
  func checkRest(
    _ records: [Deployment], _ byID: [String: Deployment], _ fresh: [Commit]
  ) async throws {
    try checkCommits(records, byID)
    try checkExternal(records)
    try checkQueue(records)
    for case .rollBack(let id, let isPrevious) in town.granted {
      try checkRollBack(id.description, isPrevious: isPrevious, byID)
    }
    let cursor = try await town.world.store.cursor(
      repository: PipelineWorld.repositoryName(), branch: PipelineWorld.branchName())?.hex
    try await checkEvaluation(records, cursor: cursor)
    var holds: [String: Hold] = [:]
    for service in Town.services {
      let state = try await town.world.state(service)
      holds[service] = state.hold
      try checkHold(service, state, records, byID)
      try checkGoingBack(service, state, records)
      try await checkCurrent(service, state, byID)
    }
    rest = Rest(
      holds: holds, commits: Set(town.git.commits.keys),
      deployments: Set(records.map(\.id)), cursor: cursor)
  }

  /// R1: every manifest commit on the branch has its deployment, and the other way round.
  private func checkCommits(_ records: [Deployment], _ byID: [String: Deployment]) throws {
    let git = town.git
    for sha in git.branch {
      guard let commit = git.commits[sha], commit.isOurs, let owner = commit.trailer("Deployment"),
        let record = byID[owner]
      else { continue }
      let isBelow = record.state == .superseded && record.manifestCommit == nil
      guard record.manifestCommit?.hex == sha && record.state == .committed || isBelow else {
        throw Violation(
          "R1",
          "\(sha) is on the branch; \(owner) is \(record.state) "
            + "with \(record.manifestCommit?.hex ?? "no commit")")
      }
    }
    for record in records where record.state == .committed && record.cause != .external {
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

  /// R14: somebody else's change is recorded once; ours is never taken for one, unless a force push
  /// brought it back.
  private func checkExternal(_ records: [Deployment]) throws {
    var seen: [String: DeploymentID] = [:]
    for record in records where record.cause == .external {
      guard let sha = record.manifestCommit?.hex, let commit = town.git.commits[sha] else {
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

  /// R10: of what pushes queued, only the newest waits; R9: so it is for what is held.
  private func checkQueue(_ records: [Deployment]) throws {
    for service in Town.services {
      let pushed = records.filter {
        $0.id.service.description == service && ($0.cause == .push || $0.cause == .catchUp)
      }
      for record in pushed where record.state == .queued && record.id != pushed.last?.id {
        throw Violation("R10", "\(record.id) is queued, though a newer push came")
      }
      let held = records.filter { $0.id.service.description == service && $0.state == .held }
      guard held.count <= 1 else { throw Violation("R9", "\(held.map(\.id)) are held at once") }
    }
  }

  /// R9: while one and the same hold lasts nothing lands by itself; what is held waits for a hold; a
  /// hold is there when it was asked for, and ends only by what ends it.
  private func checkHold(
    _ service: String, _ state: ServiceState, _ records: [Deployment],
    _ byID: [String: Deployment]
  ) throws {
    if state.held != nil, state.hold == nil {
      throw Violation("R9", "\(service) has something held, and no hold")
    }
    let asked = town.asked(of: service)
    switch asked.last {
    case .hold(_, let isNextPush) where !isNextPush || town.sent.isEmpty:
      guard state.hold?.until == (isNextPush ? .nextPush : .released) else {
        throw Violation("R9", "\(service) was to be held: \(String(describing: state.hold))")
      }
    case .release where state.hold != nil && town.sent.isEmpty:
      throw Violation("R9", "\(service) was released and is held")
    default: break
    }
    guard let rest, let before = rest.holds[service] else { return }
    if state.hold == nil, before.until == .released, asked.isEmpty {
      throw Violation("R9", "the hold of \(service) ended by itself")
    }
    guard state.hold?.sequence == before.sequence else { return }
    for sha in town.git.branch where !rest.commits.contains(sha) {
      guard let commit = town.git.commits[sha], commit.isOurs,
        let record = commit.trailer("Deployment").flatMap({ byID[$0] }),
        record.id.service.description == service, record.cause.isAutomatic
      else { continue }
      throw Violation("R9", "\(record.id) landed under the hold of \(service)")
    }
  }

  /// R14: `current` is what git says.
  private func checkCurrent(
    _ service: String, _ state: ServiceState, _ byID: [String: Deployment]
  ) async throws {
    guard let text = town.git.text(kustomization(service), at: town.git.tip),
      let tag = tag(in: text), let current = state.current
    else { return }
    guard current.tag == tag else {
      throw Violation("R14", "\(service) runs \(tag); the record says \(current.tag)")
    }
    guard let record = current.deployment.flatMap({ byID[$0.description] }),
      let image = record.image
    else { return }
    try await checkLatest(service, is: image)
  }
}

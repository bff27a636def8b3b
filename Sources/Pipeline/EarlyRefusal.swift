import DeployModel
import Git

/// R5 before anything is built: what the writer would refuse for certain is not built for it. By what
/// was last fetched, and by decisions that have landed; the writer decides on fresh tips.
struct EarlyRefusal {
  let parts: PipelineParts

  /// How it ends; nil if it may land, as far as can be said now. Under a hold it is made ready in any
  /// case (R9).
  func refusal(of deployment: Deployment) async throws -> DeploymentChange? {
    guard deployment.cause.isAutomatic, let source = deployment.source,
      let mirror = parts.mirrors[source.repository],
      let (tip, isOnBranch) = try await standing(of: source, in: mirror)
    else { return nil }
    let service = deployment.id.service
    let state = try await parts.store.serviceState(service)
    let decision = ForwardOnly.decide(
      ForwardOnly.Facts(
        cause: deployment.cause, rebuild: deployment.rebuild, released: deployment.released,
        overrideHold: deployment.overrideHold,
        holdInForce: state.hold?.isInForce(at: parts.clock.now()) ?? false,
        sourceIsOnBranch: isOnBranch,
        relation: try await relation(
          of: source.commit, to: state.current?.sourceCommit, at: tip, mirror),
        // One that is under way may still fail, and then overrules nothing.
        overruledBy: try await parts.store.overruling(
          service, after: deployment.basisSequence, onceLanded: true)))
    guard case .supersede(let by, let reason) = decision else { return nil }
    return DeploymentChange(
      from: [.queued], to: .superseded, at: parts.clock.now(), reason: reason, supersededBy: by)
  }

  /// Nil where nothing was fetched yet. Another process that shares the store may have fetched what
  /// this one has not: before a source is called gone, the remote is asked.
  private func standing(
    of source: Source, in mirror: Mirror
  ) async throws(GitError) -> (tip: CommitSHA, isOnBranch: Bool)? {
    guard let known = try await mirror.tip(of: source.branch) else { return nil }
    if try await mirror.descends(known, from: source.commit) { return (known, true) }
    guard let tip = try await mirror.fetch(source.branch) else { return nil }
    return (tip, try await mirror.descends(tip, from: source.commit))
  }

  private func relation(
    of source: CommitSHA, to deployed: CommitSHA?, at tip: CommitSHA, _ mirror: Mirror
  ) async throws(GitError) -> ForwardOnly.Relation {
    guard let deployed else { return .unknown }
    if deployed == source { return .same }
    // As nearly always, and the answer is near.
    if try await mirror.descends(source, from: deployed) { return .deployedIsOlderOrGone }
    guard try await mirror.descends(deployed, from: source),
      try await mirror.descends(tip, from: deployed)
    else { return .deployedIsOlderOrGone }
    return .deployedIsNewer(deployed)
  }
}

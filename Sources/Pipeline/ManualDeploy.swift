package import DeployModel
import Git
import Manifests

/// `workflow_dispatch`, as a request says it.
package struct ManualDeployRequest: Sendable {
  package var service: ServiceName
  /// A commit, branch or tag; nil: the branch's tip.
  package var reference: String?
  package var rebuild: Bool
  package var overrideHold: Bool
  /// R13: only an admin may deploy what is not on the branch.
  package var offBranch: Bool
  package var reason: String
  package var actor: String

  package init(
    service: ServiceName, reference: String?, rebuild: Bool, overrideHold: Bool, offBranch: Bool,
    reason: String, actor: String
  ) {
    self.service = service
    self.reference = reference
    self.rebuild = rebuild
    self.overrideHold = overrideHold
    self.offBranch = offBranch
    self.reason = reason
    self.actor = actor
  }
}

package struct ManualDeploy: Sendable {
  let parts: PipelineParts
  let watch: GitWatch

  package func request(_ request: ManualDeployRequest) async throws(Refusal) -> Deployment {
    let plan = try await plan(request)
    let covered = try await covered(
      by: plan.source.commit, of: plan.service.name, mirror: plan.mirror)
    do throws(StoreError) {
      return try await parts.store.create(
        NewDeployment(
          service: plan.service.name, cause: .manual, actor: request.actor,
          reason: request.reason, source: plan.source, rebuild: request.rebuild,
          overrideHold: request.overrideHold, covers: covered,
          refusedByHold: !request.overrideHold, at: parts.clock.now()))
    } catch {
      throw Refusal(error)
    }
  }

  /// What `request` would commit; refused as that would be.
  package func preview(_ request: ManualDeployRequest) async throws(Refusal) -> ChangePreview {
    let plan = try await plan(request)
    let state: ServiceState
    do {
      state = try await parts.store.serviceState(plan.service.name)
    } catch {
      throw Refusal(error)
    }
    if let hold = state.hold, hold.isInForce(at: parts.clock.now()), !request.overrideHold {
      throw .conflict(hold.refusal(of: plan.service.name))
    }
    let tag = plan.source.commit.short()
    return ChangePreview(
      service: plan.service.name,
      subject: ManifestEdit.subject(of: plan.service.name, to: tag, isRollback: false),
      location: plan.service.manifest, target: nil, source: plan.source, current: state.current,
      tag: tag, hold: nil, migrations: [])
  }

  private struct Plan {
    var service: Service
    var source: Source
    var mirror: Mirror
  }

  private func plan(_ request: ManualDeployRequest) async throws(Refusal) -> Plan {
    let configuration = parts.configuration.current
    guard let service = configuration.services[request.service] else {
      throw .notFound("there is no service \(request.service)")
    }
    guard let mirror = parts.mirrors[service.repository],
      let repository = configuration.repositories[service.repository]
    else { throw .unprocessable("the repository of \(service.name) is not configured") }
    let commit = try await commit(for: request, mirror: mirror, repository: repository)
    try await refuseBackwards(request, commit: commit.sha, mirror: mirror)
    return Plan(
      service: service,
      source: Source(
        repository: repository.name, branch: repository.branch, commit: commit.sha,
        subject: commit.subject, author: commit.author.name, committedAt: commit.committedAt),
      mirror: mirror)
  }

  private func commit(
    for request: ManualDeployRequest, mirror: Mirror,
    repository: PipelineConfiguration.Repository
  ) async throws(Refusal) -> CommitDetails {
    do {
      guard let tip = try await mirror.fetch(repository.branch) else {
        throw Refusal.unprocessable("the branch \(repository.branch) is gone from the remote")
      }
      try await watch.look(
        at: RepositoryBranch(repository: repository.name, branch: repository.branch), tip: tip)
      if let service = parts.configuration.current.services[request.service] {
        try await Adoption(parts: parts, watch: watch).adopt([service])
      }
      guard let reference = request.reference else {
        return try await newestForeign(at: tip, mirror: mirror, repository: repository)
      }
      // R13: what is not on the branch is not even fetched, unless an admin means it.
      guard
        let commit = try await mirror.resolve(
          reference, on: request.offBranch ? nil : repository.branch)
      else {
        throw Refusal.unprocessable(
          request.offBranch
            ? "\(reference) names no commit in \(repository.name)"
            : "\(reference) is not on \(repository.branch); an admin may say offBranch: true")
      }
      return try await newestForeign(at: commit, mirror: mirror, repository: repository)
    } catch let refusal as Refusal {
      throw refusal
    } catch GitError.invalid(let reason) {
      throw .unprocessable(reason)
    } catch {
      throw .unavailable("the repository \(repository.name) could not be read: \(error)")
    }
  }

  /// The tip is often a manifest commit of ours; the source is the commit below it.
  private func newestForeign(
    at commit: CommitSHA, mirror: Mirror, repository: PipelineConfiguration.Repository
  ) async throws -> CommitDetails {
    let foreign = ForeignCommits(mirror: mirror, store: parts.store, repository: repository)
    if let newest = try await foreign.newest(from: nil, to: commit) { return newest }
    return try await mirror.commit(commit)
  }

  /// What the service wants, if this commit contains it.
  private func covered(
    by commit: CommitSHA, of service: ServiceName, mirror: Mirror
  ) async throws(Refusal) -> CommitSHA? {
    do {
      guard let wanted = try await parts.store.serviceState(service).wanted,
        try await mirror.contains(wanted), try await mirror.isAncestor(wanted, of: commit)
      else { return nil }
      return wanted
    } catch {
      throw .unavailable("what the service waits for could not be compared: \(error)")
    }
  }

  private func refuseBackwards(
    _ request: ManualDeployRequest, commit: CommitSHA, mirror: Mirror
  ) async throws(Refusal) {
    do {
      guard
        let deployed = try await parts.store.serviceState(request.service).current?.sourceCommit
      else { return }
      if deployed == commit {
        guard !request.rebuild else { return }
        throw Refusal.conflict(
          "\(commit.short()) is deployed already; say rebuild: true to build it again")
      }
      if try await mirror.contains(deployed), try await mirror.isAncestor(commit, of: deployed) {
        throw Refusal.conflict(
          "\(commit.short()) is older than what is deployed (\(deployed.short())): use rollback")
      }
    } catch let refusal as Refusal {
      throw refusal
    } catch {
      throw .unavailable("what is deployed could not be compared: \(error)")
    }
  }
}

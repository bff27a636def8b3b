package import DeployModel
import Git

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
    let configuration = parts.configuration.current
    guard let service = configuration.services[request.service] else {
      throw .notFound("there is no service \(request.service)")
    }
    guard let mirror = parts.mirrors[service.repository],
      let repository = configuration.repositories[service.repository]
    else { throw .unprocessable("the repository of \(service.name) is not configured") }
    let commit = try await commit(for: request, mirror: mirror, repository: repository)
    try await refuseBackwards(request, commit: commit.sha, mirror: mirror)
    let covered = try await covered(by: commit.sha, of: service.name, mirror: mirror)
    do throws(StoreError) {
      let created = try await parts.store.create(
        NewDeployment(
          service: service.name, cause: .manual, actor: request.actor, reason: request.reason,
          source: Source(
            repository: repository.name, branch: repository.branch, commit: commit.sha,
            subject: commit.subject, author: commit.author.name, committedAt: commit.committedAt),
          rebuild: request.rebuild, overrideHold: request.overrideHold, covers: covered,
          refusedByHold: !request.overrideHold, at: parts.clock.now()))
      parts.events.publish(.deployment(created.id))
      return created
    } catch {
      throw Refusal(error)
    }
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

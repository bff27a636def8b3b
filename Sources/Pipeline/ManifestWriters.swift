import DeployModel
import Git
import Manifests

/// R6: one writer per (repository, branch), made when first needed.
actor ManifestWriters {
  private let parts: PipelineParts
  private let watch: GitWatch
  private var writers: [RepositoryBranch: ManifestWriter] = [:]

  init(parts: PipelineParts, watch: GitWatch) {
    self.parts = parts
    self.watch = watch
  }

  func writer(for location: ManifestLocation) async throws(StepError) -> ManifestWriter {
    let target = location.target
    let configuration = parts.configuration.current
    guard let repository = configuration.repositories[location.repository],
      let mirror = parts.mirrors[location.repository]
    else {
      throw .failed(
        DeploymentFailure(
          stage: .committing, code: .internalError,
          message: "the repository \(location.repository) is not configured"))
    }
    guard let author = GitIdentity(name: repository.authorName, email: repository.authorEmail)
    else {
      throw .failed(
        DeploymentFailure(
          stage: .committing, code: .internalError,
          message: "the author of \(location.repository) cannot stand in a commit"))
    }
    if let writer = writers[target] {
      await writer.follow(author: author, deadline: configuration.commitDeadline)
      return writer
    }
    let mirrors = parts.mirrors
    let writer = ManifestWriter(
      target: target, mirror: mirror, sourceMirror: { mirrors[$0] }, author: author,
      record: StoreLandingRecord(parts: parts, watch: watch), clock: parts.clock,
      deadline: configuration.commitDeadline, metrics: parts.metrics.writer, logger: parts.logger)
    writers[target] = writer
    return writer
  }

  /// After a reload: a branch that is configured keeps its writer, for there is to be one (R6).
  func forgetRemoved() {
    let configuration = parts.configuration.current
    writers = writers.filter { configuration.repositories[$0.key.repository] != nil }
  }
}

/// What a writer asks the record before it lands something.
struct StoreLandingRecord: LandingRecord {
  let parts: PipelineParts
  let watch: GitWatch

  func compare(
    _ services: Set<ServiceName>, with tip: CommitSHA, of target: RepositoryBranch
  ) async throws -> Set<ServiceName> {
    try await watch.look(at: target, tip: tip).intersection(services)
  }

  func standing(of edit: ManifestEdit) async throws -> LandingStanding {
    let state = try await parts.store.serviceState(edit.service)
    return LandingStanding(
      deployment: state.current?.deployment, sourceCommit: state.current?.sourceCommit,
      manifestCommit: state.current?.manifestCommit,
      holdInForce: state.hold?.isInForce(at: parts.clock.now()) ?? false,
      overruledBy: try await parts.store.overruling(
        edit.service, after: edit.deployment.basisSequence,
        onceLanded: edit.deployment.cause.givesWayOnceLanded),
      isOurs: try await parts.store.isCommitted(edit.id, by: parts.owner))
  }

  func willPush(
    _ intents: [ManifestIntent], decidedOn grounds: [LandingGround]
  ) async throws -> Bool {
    var grounds = grounds
    for index in grounds.indices { grounds[index].owner = parts.owner }
    do {
      try await parts.store.recordIntents(intents, decidedOn: grounds, at: parts.clock.now())
      return true
    } catch StoreError.conflict {
      return false
    }
  }

  func previousIntents(for id: DeploymentID) async throws -> [ManifestIntent] {
    try await parts.store.intents(for: id)
  }
}

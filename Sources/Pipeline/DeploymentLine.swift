import DeployModel
import Git
import Images
import Logging
import Manifests

/// The line that every deployment takes:
///
///     queued → (check out) → building → publishing → held | committing     `build`
///     queued → publishing → held | committing                              `build`, without a builder
///     committing → syncing | committed | superseded | held | failed        `commit`
///     syncing → live | failed                                              `RolloutWatch`
///
/// Each half holds a lease on its deployment; what it did is in the store before the next begins,
/// so that any process can go on from there.
struct DeploymentLine: Sendable {
  let parts: PipelineParts
  let writers: ManifestWriters
  let watch: GitWatch
  let latest: LatestTag
  let rollouts: RolloutWatch

  // MARK: From the image to the manifest commit

  @concurrent
  func commit(_ deployment: Deployment) async {
    let lease = Lease(deployment: deployment, owner: parts.owner, store: parts.store)
    let steps = stepRunner(for: deployment)
    var ending: Ending
    do {
      ending = try await write(deployment)
    } catch {
      ending = end(after: error)
    }
    await conclude(lease, ending, steps)
    if case .land(_, let target) = ending, await isRecorded(deployment.id, steps) {
      // Argo CD first: what people wait for.
      await watch.noteLanding(of: deployment.id.service, on: target)
      await rollouts.follow(deployment.id.service)
      await latest.follow(deployment.id.service)
    }
  }

  /// Whether a landing is in the record, whatever the store answered. Where nobody can tell it may be,
  /// and what follows looks there itself.
  private func isRecorded(_ id: DeploymentID, _ steps: StepRunner) async -> Bool {
    do {
      return try await parts.store.deployment(id)?.state != .committing
    } catch {
      steps.logger.warning("a landing was not looked up", metadata: ["error": "\(error)"])
      return true
    }
  }

  private func write(_ deployment: Deployment) async throws -> Ending {
    let location = try location(of: deployment)
    guard let image = deployment.image else {
      throw StepError.failed(
        DeploymentFailure(
          stage: .committing, code: .internalError, message: "there is no image to commit"))
    }
    let writer = try await writers.writer(for: location)
    let service = parts.configuration.current.services[deployment.id.service]
    let edit = ManifestEdit(
      deployment: deployment, image: image, location: location, pin: service?.pin ?? .tag)
    let now = parts.clock.now
    switch await writer.submit(edit) {
    case .landed(let commit, let changed, let warnings):
      for warning in warnings {
        try await parts.store.note(deployment.id, warning, details: nil, at: now())
      }
      return .land(
        Landing(
          deployment: deployment.id, state: rollouts.landing(of: deployment.id.service),
          commit: commit, at: now(),
          reason: changed
            ? "\(commit.short()) is on \(location.branch)"
            : "the manifest names this image already, since \(commit.short())"),
        on: location.target)
    case .held:
      return .advance(
        DeploymentChange(
          from: [.committing], to: .held, at: now(),
          reason: "the service was put on hold before the commit"))
    case .superseded(let by, let reason):
      return .advance(
        DeploymentChange(
          from: [.committing], to: .superseded, at: now(), reason: reason, supersededBy: by))
    case .failed(let failure):
      throw StepError.failed(failure)
    case .withdrawn:
      throw StepError.interrupted
    }
  }

  // MARK: Ends

  enum Ending: Sendable {
    case advance(DeploymentChange)
    case land(Landing, on: RepositoryBranch)
    /// Somebody takes it up again, or the record says already how it ended.
    case giveBack
  }

  func end(after error: any Error) -> Ending {
    let stepError = (error as? StepError) ?? StepRunner.classify(error, stage: .committing)
    switch stepError {
    case .overtaken, .interrupted: return .giveBack
    case .failed(let failure):
      return .advance(
        DeploymentChange(
          from: Set(DeploymentState.allCases.filter { !$0.isFinal }), to: .failed,
          at: parts.clock.now(), reason: failure.message, failure: failure))
    }
  }

  func conclude(_ lease: consuming Lease, _ ending: Ending, _ steps: StepRunner) async {
    do {
      switch ending {
      case .advance(let change):
        _ = try await lease.finish(change)
      case .land(let landing, _):
        _ = try await lease.land(landing)
      case .giveBack: try await lease.giveBack()
      }
    } catch {
      steps.logger.warning("the end of a step was not recorded", metadata: ["error": "\(error)"])
      await release(steps.deployment, steps)
    }
  }

  /// R1: somebody moved it on meanwhile; whoever has the next step must not wait until the lease
  /// ends by itself.
  private func release(_ id: DeploymentID, _ steps: StepRunner) async {
    do {
      try await parts.store.release(id, owner: parts.owner)
    } catch {
      steps.logger.warning("a lease was not released", metadata: ["error": "\(error)"])
    }
  }

  /// What began keeps the place that it began with (R14 finds it if that is no longer the service's).
  private func location(of deployment: Deployment) throws(StepError) -> ManifestLocation {
    if let location = deployment.location { return location }
    return try service(of: deployment).manifest
  }

  func service(of deployment: Deployment) throws(StepError) -> Service {
    guard let service = parts.configuration.current.services[deployment.id.service] else {
      throw .failed(
        DeploymentFailure(
          stage: deployment.state, code: .internalError,
          message: "the service \(deployment.id.service) is no longer configured"))
    }
    return service
  }

  /// - Parameter patience: how long an outage is waited for; nil: as long as a commit is tried.
  func stepRunner(for deployment: Deployment, patience: Duration? = nil) -> StepRunner {
    let logger = logger(for: deployment)
    return StepRunner(
      deployment: deployment.id, logger: logger, clock: parts.clock,
      patience: patience ?? parts.configuration.current.commitDeadline
    ) { reason in
      do {
        try await parts.store.note(
          deployment.id, "waiting: it will be tried again", details: reason,
          at: parts.clock.now())
      } catch {
        logger.warning("an outage could not be noted", metadata: ["error": "\(error)"])
      }
    }
  }

  private func logger(for deployment: Deployment) -> Logger {
    var logger = parts.logger
    logger[metadataKey: "deployment"] = "\(deployment.id)"
    if let delivery = deployment.trigger?.delivery {
      logger[metadataKey: "delivery"] = "\(delivery)"
    }
    return logger
  }
}

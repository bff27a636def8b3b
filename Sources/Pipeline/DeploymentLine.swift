import DeployModel
import Git
import Images
import Logging
import Manifests

/// The line that every deployment takes:
///
///     queued → (check out) → building → publishing → held | committing     `build`
///     committing → committed | superseded | held | failed                  `commit`
///
/// Each half holds a lease on its deployment; what it did is in the store before the next begins,
/// so that any process can go on from there.
struct DeploymentLine: Sendable {
  let parts: PipelineParts
  let writers: ManifestWriters
  let latest: LatestTag

  // MARK: From queued to an image that the registry confirms

  @concurrent
  func build(_ deployment: Deployment) async {
    let lease = Lease(deployment: deployment, owner: parts.owner, store: parts.store)
    let log = BuildLog(deployment.id, parts: parts)
    let steps = stepRunner(for: deployment)
    var ending: Ending
    do {
      let service = try service(of: deployment)
      let image = try await image(for: deployment, service: service, lease, log: log, steps)
      ending = .advance(try await gate(deployment, image: image))
    } catch {
      ending = end(after: error)
    }
    await log.flush()
    await conclude(lease, ending, steps)
  }

  private func image(
    for deployment: Deployment, service: Service, _ lease: borrowing Lease, log: BuildLog,
    _ steps: StepRunner
  ) async throws(StepError) -> PublishedImage {
    if let known = deployment.image { return known }
    let workshop = Workshop(parts: parts, deployment: deployment, service: service, log: log)
    let inputs = try await steps.step(.queued, "inputs") { try await workshop.inputs() }
    if !deployment.rebuild,
      let adopted = try await steps.step(.queued, "adopt", { try await workshop.adopt(inputs) })
    {
      try await advance(
        lease, steps, from: .queued, to: .publishing,
        reason: "the registry already has the image of these inputs", inputs: inputs.digest)
      return adopted
    }
    try await advance(
      lease, steps, from: .queued, to: .building, reason: "a builder is free",
      inputs: inputs.digest)
    let built = try await steps.step(.building, "build") { try await workshop.build(inputs) }
    try await advance(
      lease, steps, from: .building, to: .publishing, reason: "the image is built")
    let published: PublishedImage
    do {
      published = try await steps.step(.publishing, "publish") {
        try await workshop.publish(built, inputs)
      }
    } catch {
      await parts.builder.discard(built)
      throw error
    }
    await parts.builder.discard(built)
    return published
  }

  private func advance(
    _ lease: borrowing Lease, _ steps: StepRunner, from: DeploymentState, to: DeploymentState,
    reason: String, inputs: InputDigest? = nil
  ) async throws(StepError) {
    do {
      try await lease.advance(
        DeploymentChange(
          from: [from], to: to, at: parts.clock.now(), reason: reason, inputDigest: inputs))
    } catch {
      throw steps.classify(error, stage: from)
    }
    parts.events.publish(.deployment(steps.deployment))
  }

  /// R9: under a hold everything is made ready, and waits.
  private func gate(
    _ deployment: Deployment, image: PublishedImage
  ) async throws -> DeploymentChange {
    let state = try await parts.store.serviceState(deployment.id.service)
    let tags = image.tags.map(\.name).joined(separator: ", ")
    let isHeld =
      state.hold.map { $0.isInForce(at: parts.clock.now()) } ?? false
      && !deployment.cause.isRollback && !deployment.overrideHold && !deployment.released
    return DeploymentChange(
      from: [.queued, .publishing], to: isHeld ? .held : .committing, at: parts.clock.now(),
      reason: isHeld
        ? "the service is on hold: \(state.hold?.reason ?? "")"
        : "the registry has confirmed \(tags) as \(image.digest)",
      image: image)
  }

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
    let landed = await conclude(lease, ending, steps)
    if landed { await latest.follow(deployment.id.service) }
    if case .advance(let change) = ending, change.to == .superseded, deployment.released {
      await Holds(parts: parts).releaseNext(after: deployment)
    }
  }

  private func write(_ deployment: Deployment) async throws -> Ending {
    let service = try service(of: deployment)
    guard let image = deployment.image else {
      throw StepError.failed(
        DeploymentFailure(
          stage: .committing, code: .internalError, message: "there is no image to commit"))
    }
    let writer = try await writers.writer(for: service.manifest)
    let edit = ManifestEdit(deployment: deployment, image: image, location: service.manifest)
    let now = parts.clock.now
    switch await writer.submit(edit) {
    case .landed(let commit, let changed, let warnings):
      for warning in warnings {
        try await parts.store.note(deployment.id, warning, details: nil, at: now())
      }
      return .land(
        Landing(
          deployment: deployment.id, state: .committed, commit: commit, at: now(),
          reason: changed
            ? "\(commit.short()) is on \(service.manifest.branch)"
            : "the manifest names this image already, since \(commit.short())"))
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

  private enum Ending: Sendable {
    case advance(DeploymentChange)
    case land(Landing)
    /// Somebody takes it up again, or the record says already how it ended.
    case giveBack
  }

  private func end(after error: any Error) -> Ending {
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

  /// Returns whether the deployment landed.
  @discardableResult
  private func conclude(
    _ lease: consuming Lease, _ ending: Ending, _ steps: StepRunner
  ) async -> Bool {
    let id = steps.deployment
    let behind = BehindRecord(parts: parts)
    var landed = false
    do {
      switch ending {
      case .advance(let change):
        try await behind.before(
          lease.deployment, becomes: change.to, overruledBy: change.supersededBy)
        _ = try await lease.finish(change)
      case .land(let landing):
        try await behind.before(lease.deployment, becomes: landing.state)
        let deployment = try await lease.land(landing)
        landed = true
        await behind.after(deployment)
      case .giveBack: try await lease.giveBack()
      }
    } catch {
      steps.logger.warning("the end of a step was not recorded", metadata: ["error": "\(error)"])
      await release(id, steps)
    }
    parts.events.publish(.deployment(id))
    return landed
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

  private func service(of deployment: Deployment) throws(StepError) -> Service {
    guard let service = parts.configuration.current.services[deployment.id.service] else {
      throw .failed(
        DeploymentFailure(
          stage: deployment.state, code: .internalError,
          message: "the service \(deployment.id.service) is no longer configured"))
    }
    return service
  }

  private func stepRunner(for deployment: Deployment) -> StepRunner {
    let logger = logger(for: deployment)
    return StepRunner(
      deployment: deployment.id, logger: logger, clock: parts.clock,
      patience: parts.configuration.current.commitDeadline
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

import DeployModel
import Git
import Images
import Logging

/// From queued to an image that the registry confirms.
extension DeploymentLine {
  /// Whether a builder may be started for it.
  enum BuilderUse: Sendable { case allowed, notYet }

  /// - Returns: false if it needs a builder and may not have one yet, or if something failed before:
  ///   then nothing has changed, and it is told when its turn comes.
  @concurrent
  @discardableResult
  func build(_ deployment: Deployment, builder: BuilderUse = .allowed) async -> Bool {
    let lease = Lease(deployment: deployment, owner: parts.owner, store: parts.store)
    let log = BuildLog(deployment.id, parts: parts)
    let steps = stepRunner(for: deployment, patience: builder == .notYet ? .zero : nil)
    var ending: Ending
    var isReady = true
    do {
      if let refusal = try await EarlyRefusal(parts: parts).refusal(of: deployment) {
        ending = .advance(refusal)
      } else {
        let service = try service(of: deployment)
        let found = try await image(
          for: deployment, service: service, lease, log: log, steps, builder)
        if let found {
          ending = .advance(try await gate(deployment, image: found, service: service))
        } else {
          ending = .giveBack
          isReady = false
        }
      }
    } catch {
      ending = builder == .notYet ? .giveBack : end(after: error)
      isReady = builder == .allowed
    }
    await log.flush()
    await conclude(lease, ending, steps)
    return isReady
  }

  /// 1. One that is known. 2. One of this very source, 3. or of the same inputs, that the registry has.
  /// 4. A new one. A rebuild is asked for because the present image will not do.
  private func image(
    for deployment: Deployment, service: Service, _ lease: borrowing Lease, log: BuildLog,
    _ steps: StepRunner, _ builder: BuilderUse
  ) async throws(StepError) -> PublishedImage? {
    let workshop = Workshop(parts: parts, deployment: deployment, service: service, log: log)
    if let known = deployment.image {
      try await steps.step(.publishing, "sign") { try await workshop.sign(known, isNew: false) }
      return known
    }
    let inputs = try await steps.step(.queued, "inputs") { try await workshop.inputs() }
    if !deployment.rebuild {
      let found = try await steps.step(.queued, "adopt") { try await workshop.adopt(inputs) }
      if let found {
        return try await take(
          found, "the registry already has the image of these inputs", inputs, workshop, lease,
          steps)
      }
      let reused = try await steps.step(.queued, "reuse") { try await workshop.reuse(inputs) }
      if let reused {
        let origin = reused.reusedFrom.map { "the image of \($0) was" } ?? "an image was"
        return try await take(
          reused, "\(origin) built from the same inputs: nothing is built", inputs, workshop,
          lease, steps)
      }
    }
    guard builder == .allowed else { return nil }
    try await advance(
      lease, steps, from: .queued, to: .building, reason: "a builder is free", inputs.digest,
      service)
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
    try await steps.step(.publishing, "sign") { try await workshop.sign(published, isNew: true) }
    return published
  }

  /// Signed before anything is recorded: a look without a builder that fails has changed nothing.
  private func take(
    _ image: PublishedImage, _ reason: String, _ inputs: Workshop.Inputs, _ workshop: Workshop,
    _ lease: borrowing Lease, _ steps: StepRunner
  ) async throws(StepError) -> PublishedImage {
    try await steps.step(.publishing, "sign") { try await workshop.sign(image, isNew: false) }
    try await advance(
      lease, steps, from: .queued, to: .publishing, reason: reason, inputs.digest,
      workshop.service)
    return image
  }

  private func advance(
    _ lease: borrowing Lease, _ steps: StepRunner, from: DeploymentState, to: DeploymentState,
    reason: String, _ inputs: InputDigest? = nil, _ service: Service? = nil
  ) async throws(StepError) {
    do {
      try await lease.advance(
        DeploymentChange(
          from: [from], to: to, at: parts.clock.now(), reason: reason, inputDigest: inputs,
          location: service?.manifest))
    } catch {
      throw steps.classify(error, stage: from)
    }
  }

  /// R9: under a hold everything is made ready, and waits.
  private func gate(
    _ deployment: Deployment, image: PublishedImage, service: Service
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
      image: image, location: service.manifest)
  }
}

package import DeployModel

extension SQLStore {
  @discardableResult
  package func advance(
    _ id: DeploymentID, _ change: DeploymentChange
  ) async throws(StoreError) -> Deployment {
    try await writer.write { transaction throws(StoreError) in
      try transaction.advance(id, change)
    }
  }
}

extension Transaction {
  /// 1. It is where the caller saw it, may go where he wants it, and is still his. 2. What comes
  /// with the step. 3. Without a hold that would release it one day it goes on. Waiting for one,
  /// only the newest of a service stays (R9): this one ends an older, or ends at once if a newer is
  /// there. 4. The step.
  func advance(_ id: DeploymentID, _ change: DeploymentChange) throws(StoreError) -> Deployment {
    let record = try connection.record(of: id)
    let state = record.deployment.state
    guard change.from.contains(state), state.canBecome(change.to) else {
      throw .conflict("\(id) is \(state.rawValue): it cannot become \(change.to.rawValue)")
    }
    if let owner = change.owner, record.leaseOwner != owner {
      throw .conflict("\(id) is no longer worked on by \(owner)")
    }
    if state == .failed, record.deployment.manifestCommit == nil {
      throw .conflict("\(id) never reached the branch: it cannot recover")
    }
    if let image = change.image { try set(image, of: record.deployment, at: change.at) }
    if let inputs = change.inputDigest {
      try connection.run(
        SQL.updateDeploymentInputs, [.text(id.service), .integer(id.number), .text(inputs)])
    }
    if let location = change.location {
      try connection.run(
        SQL.updateDeploymentLocation,
        [.text(id.service), .integer(id.number)] + SQLValue.columns(of: location))
    }
    var step = Step(change)
    if change.to == .held {
      let hold = try connection.serviceState(of: id.service).hold
      if hold?.isInForce(at: change.at) != true {
        step.to = .committing
        step.reason = "the hold ended before it was reached"
        step.released = true
      } else if let newer = try settleHeld(record.deployment, at: change.at) {
        step = Step(
          to: .superseded, at: change.at,
          reason: "\(newer) is newer and waits for the hold to end", supersededBy: newer)
      }
    }
    try move(record, step)
    if state == .committing, change.to == .superseded, record.deployment.released {
      try releaseNext(after: record.deployment, at: change.at)
    }
    return try connection.record(of: id).deployment
  }

  /// R9: the held deployment that a release let go did not pass R5: the next newest that was made
  /// ready under the same hold has its turn, as a deployment of its own.
  private func releaseNext(after refused: Deployment, at time: Timestamp) throws(StoreError) {
    let service = refused.id.service
    // The chain goes on from the one whose turn this was.
    let origin = refused.cause == .release ? refused.retryOf ?? refused.id : refused.id
    let next = try connection.first(
      SQL.selectNextHeld,
      [.text(service), try .reference(origin, in: service), .integer(refused.sequence)]
    ) { row throws(StoreError) in try row.deployment() }
    guard let next, let image = next.image else { return }
    _ = try create(
      NewDeployment(
        service: service, cause: .release, actor: refused.actor,
        reason: "\(refused.id) was released and did not land; \(next.id) is the next newest",
        source: next.source, image: image, location: next.location, inputDigest: next.inputDigest,
        retryOf: next.id, released: true, basisSequence: next.basisSequence, at: time))
  }

  /// A change of state with all that follows from it.
  struct Step {
    var to: DeploymentState
    var at: Timestamp
    var reason: String
    var details: String?
    var failure: DeploymentFailure?
    var supersededBy: DeploymentID?
    var released: Bool?
    var releasesLease = false
  }

  /// Writes the state, and its row of the timeline. Ends leave no lease.
  func move(_ record: DeploymentRecord, _ step: Step) throws(StoreError) {
    let deployment = record.deployment
    let service = deployment.id.service
    let keepsLease = !step.to.isFinal && !step.releasesLease
    try connection.run(
      SQL.updateDeploymentState,
      [
        .text(service), .integer(deployment.id.number), .text(step.to.rawValue), .time(step.at),
        step.to.isFinal ? .time(step.at) : .null, .flag(step.released ?? deployment.released),
        .flag(deployment.state == .failed && step.to == .live),
        try .reference(step.supersededBy, in: service),
        .text(step.failure?.stage.rawValue), .text(step.failure?.code.rawValue),
        .text(step.failure?.message),
        keepsLease ? .text(record.leaseOwner) : .null,
        keepsLease ? .time(record.leaseUntil) : .null,
      ])
    try addTransition(
      deployment.id, deployment.sequence, step.to, at: step.at, reason: step.reason,
      details: step.details)
    try owe(deployment.sequence, of: service, step.to, at: step.at)
    if deployment.cause.isRollback, deployment.manifestCommit == nil, step.to.isFinal,
      !step.to.hasLanded
    {
      try keepHold(of: deployment, that: step.to)
    }
  }

  /// R9: a rollback that did not land leaves its hold, for what it was to take back still runs; and
  /// the hold says so.
  private func keepHold(
    of rollback: Deployment, that end: DeploymentState
  ) throws(StoreError) {
    try connection.run(
      SQL.updateServiceHoldReason,
      [
        .text(rollback.id.service), .integer(rollback.sequence),
        .text(
          " (\(rollback.id) ended as \(end.rawValue) and changed nothing; the hold stays)"),
      ])
  }

  func supersede(
    _ old: DeploymentID, by new: DeploymentID, at: Timestamp, because reason: String
  ) throws(StoreError) {
    try move(
      try connection.record(of: old),
      Step(to: .superseded, at: at, reason: reason, supersededBy: new))
  }

  /// The service's other deployments in `state`, oldest first.
  func others(
    than deployment: Deployment, in state: DeploymentState
  ) throws(StoreError) -> [(id: DeploymentID, basis: Int64, sequence: Int64)] {
    let id = deployment.id
    return try connection.all(
      SQL.selectInState, [.text(id.service), .text(state.rawValue), .integer(id.number)]
    ) { row throws(StoreError) in
      (
        try row.deploymentID(), try row.integer("basis_sequence"), try row.integer("sequence")
      )
    }
  }

  /// The service's deployment that waits for its hold to end: at most one (R9).
  func held(of service: ServiceName) throws(StoreError) -> DeploymentID? {
    // No deployment has number 0: none is left out.
    try connection.first(
      SQL.selectInState, [.text(service), .text(DeploymentState.held.rawValue), .integer(0)]
    ) { row throws(StoreError) in try row.deploymentID() }
  }

  /// Returns the held deployment that is newer, if there is one. A retry is as old as the push that
  /// it goes back to.
  private func settleHeld(
    _ deployment: Deployment, at: Timestamp
  ) throws(StoreError) -> DeploymentID? {
    for other in try others(than: deployment, in: .held) {
      if (other.basis, other.sequence) > (deployment.basisSequence, deployment.sequence) {
        return other.id
      }
      try supersede(
        other.id, by: deployment.id, at: at,
        because: "\(deployment.id) is newer and waits for the hold to end")
    }
    return nil
  }

  private func set(
    _ image: PublishedImage, of deployment: Deployment, at: Timestamp
  ) throws(StoreError) {
    let id = deployment.id
    let columns = try SQLValue.columns(of: image, in: id.service)
    try connection.run(
      SQL.updateDeploymentImage,
      [.text(id.service), .integer(id.number)] + columns + [.time(at)])
    try index(image, of: deployment.sequence)
    try connection.run(
      SQL.updateImagesPublished, [.text(image.digest), .text(image.repository)])
  }
}

extension Transaction.Step {
  init(_ change: DeploymentChange) {
    self.init(
      to: change.to, at: change.at, reason: change.reason, details: change.details,
      failure: change.failure, supersededBy: change.supersededBy, released: change.released,
      releasesLease: change.releasesLease)
  }
}

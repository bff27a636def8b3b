package import DeployModel

/// Ending a deployment early, and trying an ended one again.
package struct CancelAndRetry: Sendable {
  let parts: PipelineParts
  let scheduler: Scheduler

  /// - Returns: the deployment, and whether this call cancelled it (it may have been already).
  package func cancel(
    _ id: DeploymentID, actor: String, reason: String
  ) async throws(Refusal) -> (deployment: Deployment, changed: Bool) {
    let deployment = try await find(id)
    if deployment.state == .cancelled { return (deployment, false) }
    guard deployment.state.isCancellable else {
      throw .conflict(
        "\(id) is \(deployment.state.rawValue); only what is queued, building, publishing or held "
          + "can be cancelled")
    }
    do throws(StoreError) {
      try await BehindRecord(parts: parts).before(deployment, becomes: .cancelled)
      let cancelled = try await parts.store.advance(
        id,
        DeploymentChange(
          from: [.queued, .building, .publishing, .held], to: .cancelled, at: parts.clock.now(),
          reason: "cancelled by \(actor)\(reason.isEmpty ? "" : ": \(reason)")"))
      await scheduler.stopBuild(id)
      parts.events.publish(.deployment(id))
      return (cancelled, true)
    } catch {
      throw Refusal(error)
    }
  }

  /// A new deployment of the same source, under R5 and with the first one's place in the order; a
  /// rollback that failed is tried again as a rollback.
  package func retry(
    _ id: DeploymentID, actor: String, reason: String
  ) async throws(Refusal) -> Deployment {
    let first = try await find(id)
    guard first.state.isRetryable else {
      throw .conflict("\(id) is \(first.state.rawValue); only failed or cancelled can be retried")
    }
    guard parts.configuration.current.services[id.service] != nil else {
      throw .conflict("the service \(id.service) is no longer configured")
    }
    do throws(StoreError) {
      let created = try await parts.store.create(
        NewDeployment(
          service: id.service, cause: first.cause.isRollback ? first.cause : .retry,
          actor: actor, reason: reason.isEmpty ? "retry of \(id)" : reason,
          source: first.source, image: first.cause.isRollback ? first.image : nil,
          inputDigest: first.inputDigest, rollbackOf: first.rollbackOf,
          rolledBackFrom: first.rolledBackFrom, retryOf: id, rebuild: first.rebuild,
          overrideHold: first.overrideHold,
          basisSequence: first.cause.isRollback ? nil : first.basisSequence,
          at: parts.clock.now()))
      parts.events.publish(.deployment(created.id))
      return created
    } catch {
      throw Refusal(error)
    }
  }

  private func find(_ id: DeploymentID) async throws(Refusal) -> Deployment {
    do throws(StoreError) {
      guard let deployment = try await parts.store.deployment(id) else {
        throw StoreError.conflict("")
      }
      return deployment
    } catch .conflict {
      throw .notFound("there is no deployment \(id)")
    } catch {
      throw Refusal(error)
    }
  }
}

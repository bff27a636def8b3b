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
      let cancelled = try await parts.store.advance(
        id,
        DeploymentChange(
          from: [.queued, .building, .publishing, .held], to: .cancelled, at: parts.clock.now(),
          reason: "cancelled by \(actor)\(reason.isEmpty ? "" : ": \(reason)")"))
      await scheduler.stopBuild(id)
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
    guard let service = parts.configuration.current.services[id.service] else {
      throw .conflict("the service \(id.service) is no longer configured")
    }
    var retry = NewDeployment(
      service: id.service, cause: .retry, actor: actor,
      reason: reason.isEmpty ? "retry of \(id)" : reason, source: first.source,
      inputDigest: first.inputDigest, retryOf: id, rebuild: first.rebuild,
      overrideHold: first.overrideHold, basisSequence: first.basisSequence,
      at: parts.clock.now())
    if first.cause.isRollback { try await makeRollback(&retry, again: first, of: service) }
    do throws(StoreError) {
      return try await parts.store.create(retry)
    } catch {
      throw Refusal(error)
    }
  }

  /// R8, R9: a rollback is verified and holds its service each time it is tried.
  private func makeRollback(
    _ retry: inout NewDeployment, again first: Deployment, of service: Service
  ) async throws(Refusal) {
    guard let image = first.image else { throw .conflict("\(first.id) never had an image") }
    do throws(RegistryError) {
      try await parts.verify(image)
    } catch {
      throw Refusal(error)
    }
    retry.cause = first.cause
    retry.image = image
    retry.committingReason = "the registry has confirmed \(image.tag) as \(image.digest)"
    retry.location = service.manifest
    retry.rollbackOf = first.rollbackOf
    retry.rolledBackFrom = first.rolledBackFrom
    retry.basisSequence = nil
    do throws(StoreError) {
      let hold = try await parts.store.serviceState(first.id.service).hold
      guard hold?.isInForce(at: retry.at) != true else { return }
    } catch {
      throw Refusal(error)
    }
    retry.hold = Hold(
      until: .released, reason: "rolled back: \(retry.reason)", actor: retry.actor,
      since: retry.at)
  }

  private func find(_ id: DeploymentID) async throws(Refusal) -> Deployment {
    let found: Deployment?
    do {
      found = try await parts.store.deployment(id)
    } catch {
      throw Refusal(error)
    }
    guard let found else { throw .notFound("there is no deployment \(id)") }
    return found
  }
}

package import DeployModel
package import GitHub

/// What became of an authenticated request, once it is on disk.
package enum IntakeAnswer: Sendable {
  case accepted(DeliveryGUID)
  case duplicate(Delivery)
  case ignored(DeliveryGUID, reason: String)
  case pong(hookID: Int64?, warnings: [String])
  /// The body is signed, and is not what GitHub documents.
  case malformed(reason: String)
  /// R13: signed with another repository's secret. Nothing is stored.
  case foreign(reason: String)
}

/// R1, R2: a verified delivery on its way into the store, and to its branch's evaluator.
package struct Intake: Sendable {
  let parts: PipelineParts
  let evaluators: BranchEvaluators

  /// Returns only when the delivery is on disk.
  package func accept(
    _ verified: VerifiedDelivery, in directory: RepositoryDirectory
  ) async throws(StoreError) -> IntakeAnswer {
    let payload: WebhookPayload
    do {
      payload = try WebhookPayload(verified)
    } catch {
      return try await store(
        Delivery(verified, .failed, error.description, at: parts.clock.now())
      ) { .malformed(reason: error.description) }
    }
    switch WebhookClassification.classify(verified, payload, in: directory) {
    case .foreignSecret(let reason):
      return .foreign(reason: reason)
    case .pong(let hookID, let warnings):
      let reason = warnings.isEmpty ? "ping" : warnings.joined(separator: "; ")
      return try await store(Delivery(verified, .ignored, reason, at: parts.clock.now())) {
        .pong(hookID: hookID, warnings: warnings)
      }
    case .unknownRepository(let reason):
      return try await ignore(verified, payload, repository: nil, reason)
    case .ignored(let repository, let reason):
      return try await ignore(verified, payload, repository: repository, reason)
    case .push(let push):
      var delivery = Delivery(
        verified, .pending, "waits for its branch to be fetched", at: parts.clock.now())
      delivery.take(payload)
      delivery.repository = push.repository
      let answer = try await store(delivery) { .accepted(verified.guid) }
      if case .accepted = answer {
        await evaluators.wake(
          RepositoryBranch(repository: push.repository, branch: push.branch))
      }
      return answer
    }
  }

  /// Evaluates what waits on a branch; start-up and redelivery need no delivery for it.
  package func wake(_ target: RepositoryBranch) async { await evaluators.wake(target) }

  private func ignore(
    _ verified: VerifiedDelivery, _ payload: WebhookPayload, repository: RepositoryName?,
    _ reason: String
  ) async throws(StoreError) -> IntakeAnswer {
    var delivery = Delivery(verified, .ignored, reason, at: parts.clock.now())
    delivery.take(payload)
    delivery.repository = repository
    return try await store(delivery) { .ignored(verified.guid, reason: reason) }
  }

  private func store(
    _ delivery: Delivery, else answer: () -> IntakeAnswer
  ) async throws(StoreError) -> IntakeAnswer {
    switch try await parts.store.record(delivery) {
    case .duplicate(let known): return .duplicate(known)
    case .stored:
      parts.events.publish(.delivery(delivery.guid))
      return answer()
    }
  }
}

extension Delivery {
  init(
    _ verified: VerifiedDelivery, _ outcome: DeliveryOutcome, _ reason: String, at time: Timestamp
  ) {
    self.init(
      guid: verified.guid, event: verified.event, receivedAt: time, repository: nil, ref: "",
      before: "", after: "", forced: false, pusher: "", bodySHA256: verified.bodySHA256,
      outcome: outcome, reason: reason)
  }

  /// The push's own fields; the raw body is not kept.
  mutating func take(_ payload: WebhookPayload) {
    guard case .push(let push) = payload else { return }
    ref = push.ref
    before = push.before.hex
    after = push.after.hex
    forced = push.forced
    pusher = push.pusher
  }
}

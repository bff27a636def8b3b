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

extension IntakeAnswer {
  /// As it is counted.
  fileprivate var result: String {
    switch self {
    case .accepted: "accepted"
    case .duplicate: "duplicate"
    case .ignored: "ignored"
    case .pong: "pong"
    case .malformed: "malformed"
    case .foreign: "foreign"
    }
  }
}

/// R1, R2: a verified delivery on its way into the store, and to its branch's evaluator.
package struct Intake: Sendable {
  let parts: PipelineParts
  let evaluators: BranchEvaluators

  /// What a request comes to, before anything is stored.
  private struct Decision {
    var delivery: Delivery
    /// If the delivery is new.
    var answer: IntakeAnswer
    /// Whose evaluation it is for.
    var target: RepositoryBranch?
  }

  /// Returns only when the delivery is on disk.
  package func accept(
    _ verified: VerifiedDelivery, in directory: RepositoryDirectory
  ) async throws(StoreError) -> IntakeAnswer {
    let decision: Decision
    switch decide(verified, in: directory) {
    case .foreign(let reason):
      parts.metrics.received(verified.event, "foreign")
      return .foreign(reason: reason)
    case .store(let made): decision = made
    }
    if case .duplicate(let known) = try await parts.store.record(decision.delivery),
      try await !reopen(known, as: decision)
    {
      parts.metrics.received(verified.event, "duplicate")
      return .duplicate(known)
    }
    parts.metrics.received(verified.event, decision.answer.result)
    parts.events.publish(.delivery(decision.delivery.guid))
    if let target = decision.target { await evaluators.wake(target) }
    return decision.answer
  }

  /// A push whose repository was not configured when it came: sent again, it finds it configured. What it
  /// said was not kept, so nobody else can have it evaluated.
  private func reopen(_ known: Delivery, as decision: Decision) async throws(StoreError) -> Bool {
    guard decision.target != nil, known.wasForNobody else { return false }
    do {
      try await parts.store.reopen(decision.delivery, byItself: false)
      return true
    } catch {
      // Another request with the same GUID was faster.
      guard case .conflict = error else { throw error }
      return false
    }
  }

  private enum Verdict {
    case foreign(String)
    case store(Decision)
  }

  private func decide(
    _ verified: VerifiedDelivery, in directory: RepositoryDirectory
  ) -> Verdict {
    let time = parts.clock.now()
    let payload: WebhookPayload
    do {
      payload = try WebhookPayload(verified)
    } catch {
      return .store(
        Decision(
          delivery: Delivery(verified, .failed, error.description, at: time),
          answer: .malformed(reason: error.description)))
    }
    switch WebhookClassification.classify(verified, payload, in: directory) {
    case .foreignSecret(let reason):
      return .foreign(reason)
    case .pong(let hookID, let warnings):
      let reason = warnings.isEmpty ? "ping" : warnings.joined(separator: "; ")
      return .store(
        Decision(
          delivery: Delivery(verified, .ignored, reason, at: time),
          answer: .pong(hookID: hookID, warnings: warnings)))
    case .unknownRepository(let reason):
      return .store(ignored(verified, payload, repository: nil, reason, at: time))
    case .ignored(let repository, let reason):
      return .store(ignored(verified, payload, repository: repository, reason, at: time))
    case .push(let push):
      var delivery = Delivery(
        verified, .pending, "waits for its branch to be fetched", at: time)
      delivery.take(payload)
      delivery.repository = push.repository
      return .store(
        Decision(
          delivery: delivery, answer: .accepted(verified.guid),
          target: RepositoryBranch(repository: push.repository, branch: push.branch)))
    }
  }

  /// Evaluates what waits on a branch; start-up and redelivery need no delivery for it.
  package func wake(_ target: RepositoryBranch) async { await evaluators.wake(target) }

  private func ignored(
    _ verified: VerifiedDelivery, _ payload: WebhookPayload, repository: RepositoryName?,
    _ reason: String, at time: Timestamp
  ) -> Decision {
    var delivery = Delivery(verified, .ignored, reason, at: time)
    delivery.take(payload)
    delivery.repository = repository
    return Decision(delivery: delivery, answer: .ignored(verified.guid, reason: reason))
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

  /// It told of a repository that was not configured.
  var wasForNobody: Bool { outcome == .ignored && repository == nil }

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

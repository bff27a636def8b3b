package import DeployModel

/// Evaluates a delivery again that failed, was ignored, or matched nothing: after a correction of
/// the configuration, say.
package struct Redelivery: Sendable {
  let parts: PipelineParts
  let evaluators: BranchEvaluators

  package func request(_ guid: DeliveryGUID) async throws(Refusal) -> Delivery {
    guard var delivery = try await find(guid) else {
      throw .notFound("there is no delivery \(guid)")
    }
    guard !delivery.wasForNobody else {
      throw .conflict(
        "no configured repository was found in it when it came, and its body is not kept: have it sent "
          + "again (in GitHub: Recent Deliveries, Redeliver)")
    }
    let configuration = parts.configuration.current
    guard [.failed, .ignored, .noneMatched].contains(delivery.outcome),
      let push = Self.push(of: delivery, in: configuration)
    else {
      throw .conflict(
        "only a push to a configured branch that failed, was ignored or matched nothing can be "
          + "evaluated again; this one is \(delivery.outcome.rawValue)")
    }
    let target = RepositoryBranch(repository: push.repository, branch: push.branch)
    // The cursor is past what matched nothing: it is compared by its own ends, and the cursor stays.
    let byItself = delivery.outcome == .noneMatched
    delivery.repository = push.repository
    delivery.outcome = .pending
    delivery.reason = "evaluated again on request"
    do {
      try await parts.store.reopen(delivery, byItself: byItself)
    } catch {
      throw Refusal(error)
    }
    parts.events.publish(.delivery(guid))
    await evaluators.wake(target)
    return delivery
  }

  private func find(_ guid: DeliveryGUID) async throws(Refusal) -> Delivery? {
    do {
      return try await parts.store.delivery(guid)
    } catch {
      throw Refusal(error)
    }
  }

  static func push(of delivery: Delivery, in configuration: PipelineConfiguration) -> PushEvent? {
    guard let name = delivery.repository, let repository = configuration.repositories[name],
      let branch = BranchName(ref: delivery.ref), branch == repository.branch,
      let before = CommitSHA(delivery.before), let after = CommitSHA(delivery.after),
      !after.isZero
    else { return nil }
    return PushEvent(
      repository: name, branch: branch, before: before, after: after, forced: delivery.forced,
      pusher: delivery.pusher)
  }
}

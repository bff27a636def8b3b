package import DeployModel

/// Evaluates a delivery again that failed, was ignored, or matched nothing: after a correction of
/// the configuration, say.
package struct Redelivery: Sendable {
  let parts: PipelineParts
  let evaluators: BranchEvaluators

  package func request(_ guid: DeliveryGUID) async throws(Refusal) -> Delivery {
    do throws(StoreError) {
      guard var delivery = try await parts.store.delivery(guid) else {
        throw StoreError.conflict("")
      }
      switch delivery.outcome {
      case .failed, .ignored, .noneMatched: break
      case .pending, .deployed, .covered, .skipped:
        throw StoreError.bug("")
      }
      guard let push = Self.push(of: delivery, in: parts.configuration.current) else {
        throw StoreError.bug("")
      }
      delivery.repository = push.repository
      delivery.outcome = .pending
      delivery.reason = "evaluated again on request"
      try await parts.store.reopen(delivery)
      parts.events.publish(.delivery(guid))
      await evaluators.wake(
        RepositoryBranch(repository: push.repository, branch: push.branch))
      return delivery
    } catch .conflict {
      throw .notFound("there is no delivery \(guid)")
    } catch .bug {
      throw .conflict(
        "only a push to a configured branch that failed, was ignored or matched nothing can be "
          + "evaluated again")
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

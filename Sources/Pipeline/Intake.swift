package import DeployModel

/// R1, R2: an authenticated delivery on its way into the store, and to its branch's evaluator.
package struct Intake: Sendable {
  let parts: PipelineParts
  let evaluators: BranchEvaluators

  /// Returns only when the delivery is on disk.
  package func accept(_ delivery: Delivery, push: PushEvent?) async throws(StoreError)
    -> DeliveryReceipt
  {
    let receipt = try await parts.store.record(delivery)
    guard case .stored = receipt else { return receipt }
    parts.events.publish(.delivery(delivery.guid))
    if let push {
      await evaluators.wake(RepositoryBranch(repository: push.repository, branch: push.branch))
    }
    return receipt
  }
}

import DeployModel
import Logging

/// What one target is owed: every step that it wants, in the order of each deployment, until it has
/// taken it. The store knows what is owed, and when it is tried next.
struct NotificationWork: LaneWork {
  struct Call: Sendable {
    var message: NotificationMessage
    var id: NotificationID { message.notification.id }
  }

  let target: TargetName
  let parts: PipelineParts

  /// R12: what nobody took for so long is given up, and waits for somebody to ask for it.
  static let patience: Duration = .seconds(86_400)
  private static let backoff = Backoff(first: .seconds(5), most: .seconds(900))
  /// Of the target as a whole: one that is gone is not asked for each deployment in turn.
  private static let shortestOutage: Duration = .seconds(1)
  private static let longestOutage: Duration = .seconds(60)

  var listener: String { target.name }
  var turn: String { "target \(target)" }
  var pause: Duration { .zero }

  func metadata(of call: Call) -> Logger.Metadata {
    ["notification": "\(call.id)", "deployment": "\(call.message.deployment.id)"]
  }

  func next(for id: DeploymentID) async throws(StoreError) -> LaneTurn<Call> {
    guard let owed = try await parts.store.nextNotification(to: target, of: id),
      let deployment = try await parts.store.deployment(id)
    else { return .nothing }
    if let due = owed.dueAt, due > parts.clock.now() { return .at(due) }
    let then = deployment.asOf(owed.step)
    let configuration = parts.configuration.current
    return .call(
      Call(
        message: NotificationMessage(
          notification: owed, deployment: then,
          sentence: try await sentence(of: then, at: owed.step),
          page: configuration.page(of: id), server: configuration.publicURL)))
  }

  /// The same words as on GitHub; where the record has moved on since, the step's own reason.
  private func sentence(
    of deployment: Deployment, at step: Transition
  ) async throws(StoreError) -> String {
    if deployment.state == .failed, deployment.failure == nil { return step.reason }
    var context = DeploymentSaying.Context(lastReason: step.reason)
    if let successor = deployment.supersededBy {
      context.successor = try await parts.store.deployment(successor)
    }
    return DeploymentSaying(of: deployment, context).sentence
  }

  func make(_ call: Call) async throws {
    try await parts.receivers.send(call.message, to: target)
    try await parts.store.settle(call.id, .delivered, at: parts.clock.now())
    parts.metrics.notified(target, "delivered")
  }

  /// 1. It will never be taken. 2. The target is configured no more, or not yet. 3. Later; but not for
  /// ever.
  func failed(
    _ call: Call, for item: DeploymentID, _ error: BoardError, inARow: Int
  ) async throws(StoreError) -> LaneFailure<DeploymentID> {
    let rest = Duration.doubling(
      from: Self.shortestOutage, to: Self.longestOutage, after: inARow)
    switch error.kind {
    case .refused:
      try await giveUp(call, error)
      return LaneFailure(pause: .zero)
    case .denied: return LaneFailure(pause: .zero) { _ in true }
    case .unavailable:
      try await putOff(call, error, by: nil)
      return LaneFailure(pause: rest)
    case .limited(let wait):
      try await putOff(call, error, by: wait)
      return LaneFailure(pause: max(wait ?? .zero, rest))
    }
  }

  private func putOff(
    _ call: Call, _ error: BoardError, by wait: Duration?
  ) async throws(StoreError) {
    let now = parts.clock.now()
    let notification = call.message.notification
    guard now - notification.owedSince < Self.patience else {
      try await giveUp(call, error)
      return
    }
    var generator = SystemRandomNumberGenerator()
    let usual = Self.backoff.delay(afterAttempt: notification.attempts, using: &generator)
    try await parts.store.settle(
      call.id, .again(at: now + max(usual, wait ?? .zero), because: error.message), at: now)
    parts.metrics.notified(target, "failed")
  }

  private func giveUp(_ call: Call, _ error: BoardError) async throws(StoreError) {
    try await parts.store.settle(call.id, .dead(because: error.message), at: parts.clock.now())
    parts.metrics.notified(target, "dead")
    parts.logger.warning(
      "a notification was given up",
      metadata: metadata(of: call).merging(
        ["target": "\(target)", "error": "\(error)"]) { $1 })
  }
}

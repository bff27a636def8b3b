extension RolloutRule {
  /// Where an application's last operation stands to our commit.
  enum Standing {
    /// There is none, or it says nothing of our commit: the comparison decides.
    case silent
    /// It is not over, or nobody has compared since; the sentence says what goes on.
    case underWay(String)
    /// It brought our commit, and failed.
    case failed(String)
    /// It brought our commit, and failed before this deployment wanted it: a retry takes the commit that
    /// is there.
    case failedBefore(String)
    /// It failed with a commit on top of ours, which was synced before.
    case overtaken(String)
  }

  /// 1. One is asked for, runs or ends. 2. A failed one that brought our commit, which needs no
  /// comparison. 3. It is over, and nobody has compared since. 4. It failed, and an earlier one had
  /// brought our commit: several services may share an application. 5. It succeeded, or failed with a
  /// commit that is not ours: for one that restores what still runs Argo CD starts no other, it is in
  /// sync.
  ///
  /// - Parameter wanted: since when this deployment wants the commit in the cluster.
  static func standing(
    of rollout: Rollout, wanted: Timestamp?, reached: (String) -> Bool
  ) -> Standing {
    guard let operation = rollout.operation else {
      return rollout.isOperationAsked ? .underWay("a sync has been asked for") : .silent
    }
    switch operation.phase {
    case .running: return .underWay(running(operation))
    case .terminating: return .underWay("the sync is being stopped")
    case .succeeded, .failed, .error: break
    }
    guard let finished = operation.finishedAt else { return .underWay("a sync is ending") }
    if rollout.isOperationAsked { return .underWay("another sync has been asked for") }
    let isOurs = operation.phase.isFailure && operation.revisions.contains(where: reached)
    // Argo CD keeps in its history what was synced in full.
    let wasSynced = rollout.history.contains {
      $0.revisions != operation.revisions && $0.revisions.contains(where: reached)
    }
    if isOurs, !wasSynced {
      let isEarlier = started(operation, before: wanted)
      return isEarlier ? .failedBefore(sentence(of: operation)) : .failed(sentence(of: operation))
    }
    // Whole seconds on both sides: a tie may still be stale (Argo CD's own clients wait, too).
    guard let reconciled = rollout.reconciledAt, reconciled >= finished else {
      return .underWay("the sync is over; the cluster has not been compared since")
    }
    return isOurs ? .overtaken(sentence(of: operation)) : .silent
  }

  /// Argo CD's times are whole seconds: one within the same second may be later.
  private static func started(_ operation: Rollout.Operation, before wanted: Timestamp?) -> Bool {
    guard let started = operation.startedAt, let wanted else { return false }
    return wanted - started >= .seconds(1)
  }

  /// A failed attempt that will be repeated has a `finishedAt` too, and its phase is Running.
  private static func running(_ operation: Rollout.Operation) -> String {
    if let hook = operation.hooks.first(where: { $0.state == "Running" }) {
      return "the \(hook.phase) hook \(hook.name) is running"
    }
    return operation.message.isEmpty ? "a sync is running" : operation.message
  }

  private static func sentence(of operation: Rollout.Operation) -> String {
    if let hook = operation.hooks.first(where: { $0.state == "Failed" || $0.state == "Error" }) {
      let why = hook.message.isEmpty ? operation.message : hook.message
      return "the \(hook.phase) hook \(hook.name) failed" + (why.isEmpty ? "" : ": \(why)")
    }
    if let refusal = operation.refusals.first { return refusal }
    return operation.message.isEmpty ? "the sync failed" : operation.message
  }
}

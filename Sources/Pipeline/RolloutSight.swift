import DeployModel

/// What was seen in one place.
enum RolloutSight: Sendable {
  case application(Rollout)
  case workload(Workload)

  var health: Rollout.Health {
    switch self {
    case .application(let rollout): rollout.health
    case .workload(let workload): workload.health
    }
  }

  var healthMessage: String {
    switch self {
    case .application(let rollout): rollout.healthMessage
    case .workload(let workload):
      workload.progress.state == .complete ? "" : workload.progress.words
    }
  }

  /// For the timeline of what is live.
  var wellness: String {
    switch self {
    case .workload: "the rollout is complete, and the image runs"
    case .application(let rollout) where rollout.sync == .synced:
      "synced, healthy, and the image runs"
    case .application(let rollout):
      "synced but for what needs pruning (\(rollout.outOfSync.joined(separator: ", "))), healthy, "
        + "and the image runs"
    }
  }
}

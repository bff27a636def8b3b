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
  func wellness(of image: PublishedImage?) -> String {
    switch self {
    case .workload: return "the rollout is complete, and the image runs"
    case .application(let rollout):
      let differing = rollout.outOfSync.joined(separator: ", ")
      let sync =
        rollout.sync == .synced ? "synced" : "synced but for what needs pruning (\(differing))"
      let runs = image.map(rollout.runs) ?? true
      return "\(sync), healthy, and "
        + (runs ? "the image runs" : "the image is what the next pod runs: there is none now")
    }
  }
}

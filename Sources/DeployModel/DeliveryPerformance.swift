/// One deployment that has ended, as far as measuring looks at it.
package struct MeasuredDeployment: Hashable, Sendable {
  package var id: DeploymentID
  package var state: DeploymentState
  package var cause: DeploymentCause
  package var createdAt: Timestamp
  /// When its manifest commit was recorded as being on the branch.
  package var landedAt: Timestamp?
  package var finishedAt: Timestamp
  /// When the source was committed: the committer's date, since authors' dates lie after a rebase.
  package var committedAt: Timestamp?
  package var failedIn: DeploymentState?
  package var recovered: Bool
  package var rolledBackFrom: DeploymentID?

  package init(
    id: DeploymentID, state: DeploymentState, cause: DeploymentCause, createdAt: Timestamp,
    landedAt: Timestamp? = nil, finishedAt: Timestamp, committedAt: Timestamp? = nil,
    failedIn: DeploymentState? = nil, recovered: Bool = false, rolledBackFrom: DeploymentID? = nil
  ) {
    self.id = id
    self.state = state
    self.cause = cause
    self.createdAt = createdAt
    self.landedAt = landedAt
    self.finishedAt = finishedAt
    self.committedAt = committedAt
    self.failedIn = failedIn
    self.recovered = recovered
    self.rolledBackFrom = rolledBackFrom
  }

  /// It reached production by itself: going back, and what others did, are not counted as such.
  var isSuccess: Bool {
    (state == .live || state == .committed) && !isGoingBack && cause != .external
  }

  /// A rollback, or another's commit that went back to an earlier image.
  var isGoingBack: Bool { cause.isRollback || rolledBackFrom != nil }

  /// Its image was what ran, or what was to run, and did not get well in time.
  var failedInProduction: Bool { failedIn == .syncing || recovered }
}

/// How long one deployment was in one state.
package struct StageVisit: Hashable, Sendable {
  package var stage: DeploymentState
  package var duration: Duration

  package init(stage: DeploymentState, duration: Duration) {
    self.stage = stage
    self.duration = duration
  }
}

extension StageVisit {
  /// A state lasts from the first row of a timeline that names it to the first that names another:
  /// notes repeat the state that they were made in. The end lasts for ever, and is none.
  ///
  /// - Parameter timeline: oldest first.
  package static func visits(in timeline: [Transition]) -> [StageVisit] {
    var visits: [StageVisit] = []
    var stay: Transition?
    for row in timeline where row.state != stay?.state {
      if let stay, !stay.state.isFinal {
        visits.append(StageVisit(stage: stay.state, duration: row.at - stay.at))
      }
      stay = row
    }
    return visits
  }
}

/// What a store has for measuring.
package struct Measurements: Sendable {
  /// Newest first.
  package var deployments: [MeasuredDeployment]
  /// Of all of them, or of the newest where there are many.
  package var visits: [StageVisit]
  /// False where more ended in the window than are here.
  package var isComplete: Bool

  package init(deployments: [MeasuredDeployment], visits: [StageVisit], isComplete: Bool) {
    self.deployments = deployments
    self.visits = visits
    self.isComplete = isComplete
  }
}

/// DORA's measures of what a service's deployments did, and how long their stages took.
///
/// Definitions are DORA's (dora.dev, 2026). What each one is computed from is said where it is
/// computed, and in `docs/operations.md`.
package struct DeliveryPerformance: Hashable, Sendable {
  package struct Day: Hashable, Sendable {
    /// Whole days since 1970-01-01, UTC.
    package var number: Int64
    package var live: Int
    package var failed: Int

    package init(number: Int64, live: Int = 0, failed: Int = 0) {
      self.number = number
      self.live = live
      self.failed = failed
    }
  }

  package struct Stage: Hashable, Sendable {
    package var stage: DeploymentState
    package var durations: DurationSample
  }

  /// Deployments that reached production: `live`, or `committed` where nobody observes.
  package var live = 0
  /// Those that ended as `failed`, in whichever stage.
  package var failed = 0
  /// Rollbacks, by people or by themselves, and commits of others that went back.
  package var rollbacks = 0
  /// Deployments that somebody went back from.
  package var rolledBack = 0
  /// Days on which anything of that happened, oldest first.
  package var days: [Day] = []
  package var frequencyPerDay = 0.0
  /// From the source's commit to its being live.
  package var leadTime = DurationSample([])
  /// From acceptance (the push) to its being live.
  package var pushToLive = DurationSample([])
  /// Of those that reached production, how many failed there or were gone back from. Nil without any.
  package var changeFailureRate: Double?
  /// From the landing of one that failed to the end of the next that did not.
  package var timeToRestore = DurationSample([])
  /// Failed, and nothing well has followed yet.
  package var notRestored = 0
  /// Rollbacks among all that reached production. Nil without any.
  package var reworkRate: Double?
  package var stages: [Stage] = []

  /// - Parameter deployments: those that ended in the window, in any order.
  /// - Parameter visits: how long those, or the newest of them, were in each state.
  package init(
    of deployments: [MeasuredDeployment], visits: [StageVisit], window: Duration
  ) {
    let leftBehind = Set(deployments.filter { $0.isLanded }.compactMap(\.rolledBackFrom))
    let successes = deployments.filter(\.isSuccess)
    live = successes.count
    failed = deployments.count { $0.state == .failed }
    rollbacks = deployments.count { $0.isGoingBack && $0.isLanded }
    days = Self.days(of: deployments)
    let length = Double(window.wholeMilliseconds) / 86_400_000
    frequencyPerDay = length > 0 ? Double(live) / length : 0
    leadTime = DurationSample(
      successes.compactMap { deployment in
        deployment.committedAt.map { deployment.finishedAt - $0 }
      }.filter { $0 > .zero })
    pushToLive = DurationSample(successes.map { $0.finishedAt - $0.createdAt })

    // Gone back from while it was rolled out, as in an emergency, it had reached production as well.
    let inProduction = deployments.filter {
      $0.isSuccess || (!$0.isGoingBack && $0.failedInProduction)
        || (!$0.isGoingBack && $0.cause != .external && $0.isLanded && leftBehind.contains($0.id))
    }
    let bad = inProduction.filter { $0.failedInProduction || leftBehind.contains($0.id) }
    rolledBack = inProduction.count { leftBehind.contains($0.id) }
    if !inProduction.isEmpty {
      changeFailureRate = Double(bad.count) / Double(inProduction.count)
      reworkRate = Double(rollbacks) / Double(inProduction.count + rollbacks)
    }
    let restored = Self.restored(bad, among: deployments, leftBehind: leftBehind)
    timeToRestore = DurationSample(restored.compactMap { $0 })
    notRestored = restored.count { $0 == nil }

    let byStage = Dictionary(grouping: visits, by: \.stage)
    stages = DeploymentState.allCases.compactMap { stage in
      byStage[stage].map { Stage(stage: stage, durations: DurationSample($0.map(\.duration))) }
    }
  }

  private static func days(of deployments: [MeasuredDeployment]) -> [Day] {
    var days: [Int64: Day] = [:]
    for deployment in deployments where deployment.isSuccess || deployment.state == .failed {
      let number = deployment.finishedAt.milliseconds / 86_400_000
      if deployment.isSuccess {
        days[number, default: Day(number: number)].live += 1
      } else {
        days[number, default: Day(number: number)].failed += 1
      }
    }
    return days.values.sorted { $0.number < $1.number }
  }

  /// For each that failed in production, how long until its service was well again: 1. it recovered
  /// by itself; 2. the next of its service that ended well and was not itself gone back from; 3. nil,
  /// if none has.
  private static func restored(
    _ bad: [MeasuredDeployment], among deployments: [MeasuredDeployment],
    leftBehind: Set<DeploymentID>
  ) -> [Duration?] {
    guard !bad.isEmpty else { return [] }
    let well = Dictionary(
      grouping: deployments.filter {
        ($0.state == .live || $0.state == .committed) && !leftBehind.contains($0.id)
      }.sorted { $0.finishedAt < $1.finishedAt }, by: \.id.service)
    return bad.map { failure in
      let start = failure.landedAt ?? failure.finishedAt
      if failure.recovered, !leftBehind.contains(failure.id) { return failure.finishedAt - start }
      let next = well[failure.id.service]?.first { other in
        other.id != failure.id && (other.landedAt ?? other.finishedAt) > start
      }
      return next.map { $0.finishedAt - start }
    }
  }
}

extension MeasuredDeployment {
  fileprivate var isLanded: Bool { state == .live || state == .committed || landedAt != nil }
}

import DeployModel

/// Durations in milliseconds; no values, no percentile.
struct SampleShape: Encodable {
  var count: Int
  @Nullable var p50: Int64?
  @Nullable var p95: Int64?

  init(_ sample: DurationSample) {
    count = sample.count
    p50 = sample.percentile(0.5)?.wholeMilliseconds
    p95 = sample.percentile(0.95)?.wholeMilliseconds
  }
}

struct RestoreShape: Encodable {
  var count: Int
  /// Failed, and nothing well has followed yet.
  var open: Int
  @Nullable var p50: Int64?
  @Nullable var p95: Int64?

  init(_ performance: DeliveryPerformance) {
    let sample = SampleShape(performance.timeToRestore)
    count = sample.count
    open = performance.notRestored
    p50 = sample.p50
    p95 = sample.p95
  }
}

struct StageShape: Encodable {
  var stage: String
  var count: Int
  @Nullable var p50: Int64?
  @Nullable var p95: Int64?

  init(_ stage: DeliveryPerformance.Stage) {
    self.stage = stage.stage.rawValue
    let sample = SampleShape(stage.durations)
    count = sample.count
    p50 = sample.p50
    p95 = sample.p95
  }
}

struct DayShape: Encodable {
  var day: String
  var live: Int
  var failed: Int

  init(_ day: DeliveryPerformance.Day) {
    self.day = String(Timestamp(milliseconds: day.number * 86_400_000).rfc3339.prefix(10))
    live = day.live
    failed = day.failed
  }
}

struct DeploymentCountsShape: Encodable {
  var live: Int
  var failed: Int
  var rolledBack: Int
  var rollbacks: Int
  var perDay: [DayShape]
}

struct PerformanceShape: Encodable {
  @Nullable var service: String?
  var deployments: DeploymentCountsShape
  var frequencyPerDay: Double
  var leadTime: SampleShape
  var pushToLive: SampleShape
  @Nullable var changeFailureRate: Double?
  var timeToRestore: RestoreShape
  @Nullable var reworkRate: Double?
  var stages: [StageShape]
  /// False: more ended in the window than were looked at, the newest first.
  var complete: Bool

  init(_ performance: DeliveryPerformance, of service: ServiceName?, complete: Bool) {
    self.service = service?.name
    deployments = DeploymentCountsShape(
      live: performance.live, failed: performance.failed, rolledBack: performance.rolledBack,
      rollbacks: performance.rollbacks, perDay: performance.days.map(DayShape.init))
    frequencyPerDay = performance.frequencyPerDay
    leadTime = SampleShape(performance.leadTime)
    pushToLive = SampleShape(performance.pushToLive)
    changeFailureRate = performance.changeFailureRate
    timeToRestore = RestoreShape(performance)
    reworkRate = performance.reworkRate
    stages = performance.stages.map(StageShape.init)
    self.complete = complete
  }
}

struct StatsShape: Encodable {
  var window: String
  var from: String
  var to: String
  var services: [PerformanceShape]
}

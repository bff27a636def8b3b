import DeployModel
import Testing

/// DORA's measures, over histories small enough to do in one's head.
@Suite struct DeliveryPerformanceTests {
  private static let window: Duration = .seconds(10 * 86_400)

  /// Minutes after a midnight.
  private func at(_ minutes: Int64) -> Timestamp {
    Timestamp(milliseconds: 20_000 * 86_400_000 + minutes * 60_000)
  }

  private func made(
    _ number: Int, of service: String = "backend", _ state: DeploymentState = .live,
    cause: DeploymentCause = .push, created: Int64, landed: Int64? = nil, finished: Int64,
    committed: Int64? = nil, failedIn: DeploymentState? = nil, recovered: Bool = false,
    from left: Int? = nil
  ) throws -> MeasuredDeployment {
    let name = try #require(ServiceName(service))
    return MeasuredDeployment(
      id: DeploymentID(service: name, number: number), state: state, cause: cause,
      createdAt: at(created), landedAt: landed.map(at), finishedAt: at(finished),
      committedAt: committed.map(at), failedIn: failedIn, recovered: recovered,
      rolledBackFrom: left.map { DeploymentID(service: name, number: $0) })
  }

  private func measure(_ deployments: [MeasuredDeployment]) -> DeliveryPerformance {
    DeliveryPerformance(of: deployments, visits: [], window: Self.window)
  }

  @Test("Nothing happened: counts are zero, and rates are not said")
  func nothing() {
    let none = measure([])
    #expect(none.live == 0 && none.failed == 0 && none.frequencyPerDay == 0)
    #expect(none.changeFailureRate == nil && none.reworkRate == nil)
    #expect(none.leadTime.percentile(0.5) == nil)
  }

  @Test("Lead time is from the commit to live, push to live from the acceptance; medians")
  func times() throws {
    let measured = measure([
      try made(1, created: 10, landed: 12, finished: 14, committed: 4),
      try made(2, .committed, created: 20, landed: 22, finished: 22, committed: 2),
    ])
    #expect(measured.live == 2)
    #expect(measured.frequencyPerDay == 0.2)
    #expect(measured.leadTime.percentile(0.5) == .seconds(15 * 60))
    #expect(measured.pushToLive.percentile(0.5) == .seconds(3 * 60))
  }

  @Test("A commit from the future, by a wrong clock, gives no lead time")
  func wrongClock() throws {
    let measured = measure([try made(1, created: 10, finished: 14, committed: 400)])
    #expect(measured.live == 1)
    #expect(measured.leadTime.count == 0)
  }

  @Test("A build that fails never reached production: it is failed, and no failed change")
  func buildFailure() throws {
    let measured = measure([
      try made(1, created: 0, landed: 1, finished: 2),
      try made(2, .failed, created: 3, finished: 4, failedIn: .building),
    ])
    #expect(measured.failed == 1)
    #expect(measured.changeFailureRate == 0)
  }

  @Test("What somebody went back from is a failed change, restored when the rollback is live")
  func rolledBack() throws {
    let measured = measure([
      try made(1, created: 0, landed: 1, finished: 2),
      try made(2, created: 10, landed: 11, finished: 13),
      try made(3, cause: .rollback, created: 40, landed: 41, finished: 43, from: 2),
    ])
    #expect(measured.live == 2)
    #expect(measured.rollbacks == 1 && measured.rolledBack == 1)
    #expect(measured.changeFailureRate == 0.5)
    #expect(measured.timeToRestore.percentile(0.5) == .seconds(32 * 60))
    #expect(measured.reworkRate == 1.0 / 3)
    #expect(measured.frequencyPerDay == 0.2)
  }

  @Test("What somebody went back from while it was rolled out is a failed change as well")
  func rolledBackWhileRollingOut() throws {
    let measured = measure([
      try made(1, created: 0, landed: 1, finished: 2),
      try made(2, .superseded, created: 10, landed: 11, finished: 14),
      try made(3, cause: .rollback, created: 13, landed: 14, finished: 16, from: 2),
      try made(4, .superseded, created: 20, landed: 21, finished: 23),
      try made(5, created: 22, landed: 23, finished: 24),
    ])
    #expect(measured.live == 2, "4 gave way to a newer push")
    #expect(measured.rolledBack == 1 && measured.rollbacks == 1)
    #expect(measured.changeFailureRate == 1.0 / 3)
    #expect(measured.timeToRestore.percentile(0.5) == .seconds(5 * 60))
  }

  @Test("A rollout that fails is a failed change; until something well follows it stays open")
  func rolloutFailure() throws {
    let failed = try made(
      1, .failed, created: 0, landed: 1, finished: 5, failedIn: .syncing)
    let open = measure([failed])
    #expect(open.changeFailureRate == 1)
    #expect(open.notRestored == 1 && open.timeToRestore.count == 0)
    let other = measure([failed, try made(1, of: "frontend", created: 6, landed: 7, finished: 8)])
    #expect(other.notRestored == 1)
    let restored = measure([failed, try made(2, created: 6, landed: 9, finished: 11)])
    #expect(restored.notRestored == 0)
    #expect(restored.timeToRestore.percentile(0.5) == .seconds(10 * 60))
  }

  @Test("One that recovered by itself was a failed change, restored when it was live")
  func recovered() throws {
    let measured = measure([
      try made(1, created: 0, landed: 2, finished: 20, recovered: true)
    ])
    #expect(measured.changeFailureRate == 1)
    #expect(measured.timeToRestore.percentile(0.5) == .seconds(18 * 60))
  }

  @Test("Changes by others count for nothing, unless they go back")
  func external() throws {
    let measured = measure([
      try made(1, created: 0, landed: 1, finished: 2),
      try made(2, .committed, cause: .external, created: 5, landed: 5, finished: 5),
      try made(3, .committed, cause: .external, created: 9, landed: 9, finished: 9, from: 1),
    ])
    #expect(measured.live == 1)
    #expect(measured.rollbacks == 1 && measured.changeFailureRate == 1)
  }

  @Test("A rollback that never landed took nothing back")
  func rollbackInVain() throws {
    let measured = measure([
      try made(1, created: 0, landed: 1, finished: 2),
      try made(
        2, .failed, cause: .rollback, created: 5, finished: 6, failedIn: .committing, from: 1),
    ])
    #expect(measured.changeFailureRate == 0)
    #expect(measured.rollbacks == 0)
  }

  @Test("Days are UTC's, and those on which nothing happened are left out")
  func days() throws {
    let measured = measure([
      try made(1, created: 0, finished: 1),
      try made(2, .failed, created: 2, finished: 1439, failedIn: .building),
      try made(3, created: 0, finished: 2 * 1440),
    ])
    #expect(
      measured.days == [
        DeliveryPerformance.Day(number: 20_000, live: 1, failed: 1),
        DeliveryPerformance.Day(number: 20_002, live: 1, failed: 0),
      ])
  }

  @Test("Stages come in the order of the line")
  func stages() {
    let visits = [
      StageVisit(stage: .building, duration: .seconds(30)),
      StageVisit(stage: .queued, duration: .seconds(1)),
      StageVisit(stage: .building, duration: .seconds(10)),
    ]
    let measured = DeliveryPerformance(of: [], visits: visits, window: Self.window)
    #expect(measured.stages.map(\.stage) == [.queued, .building])
    #expect(measured.stages[1].durations.percentile(0.5) == .seconds(20))
  }

  @Test(
    "Percentiles lie between values in proportion",
    arguments: [(0.0, 10), (0.5, 25), (0.95, 38.5), (1.0, 40)])
  func percentiles(_ share: Double, _ seconds: Double) throws {
    let sample = DurationSample([40, 10, 30, 20].map { Duration.seconds($0) })
    let found = try #require(sample.percentile(share))
    #expect(abs((found - .seconds(seconds)).wholeMilliseconds) <= 1)
  }
}

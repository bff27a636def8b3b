import DeployModel
import Logging
import Synchronization
import TestKit
import Testing

@testable import Pipeline

@Suite("R12: how long a step waits for what is down")
struct StepRunnerTests {
  /// Goes on by what is slept, and by what a test says.
  private final class Clock: WallClock {
    private let state = Mutex<(time: ContinuousClock.Instant, pauses: [Duration])>((.now, []))

    var time: ContinuousClock.Instant { state.withLock { $0.time } }
    var pauses: [Duration] { state.withLock { $0.pauses } }
    func pass(_ duration: Duration) { state.withLock { $0.time += duration } }
    func now() -> Timestamp { Timestamp(milliseconds: 0) }
    func sleep(for duration: Duration) async throws {
      state.withLock {
        $0.time += duration
        $0.pauses.append(duration)
      }
    }
  }

  private func runner(_ clock: Clock) throws -> StepRunner {
    StepRunner(
      deployment: try #require(DeploymentID("backend-1")),
      logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), clock: clock,
      patience: .seconds(300), now: { clock.time }, noteOutage: { _ in })
  }

  private func away(after: Duration? = nil) -> RegistryError {
    RegistryError(
      code: .registryUnavailable, message: "503", disposition: .retry(after: after))
  }

  @Test("a build that took longer than the patience is not lost to a registry that is away")
  func longBuild() async throws {
    let clock = Clock()
    var calls = 0
    try await runner(clock).step(.publishing, "publish") {
      calls += 1
      clock.pass(.seconds(calls == 1 ? 1200 : 1))
      if calls == 1 { throw away() }
    }
    #expect(calls == 2)
  }

  @Test("a registry is left alone for as long as it asks, if there is so much time")
  func retryAfter() async throws {
    let clock = Clock()
    var calls = 0
    try await runner(clock).step(.publishing, "publish") {
      calls += 1
      if calls == 1 { throw away(after: .seconds(240)) }
    }
    #expect(clock.pauses == [.seconds(240)])
    await #expect(throws: StepError.self) {
      try await runner(clock).step(.publishing, "publish") { throw away(after: .seconds(600)) }
    }
    #expect(clock.pauses == [.seconds(240)])
  }

  @Test("what stays away is given up when the patience is over")
  func staysAway() async throws {
    let clock = Clock()
    let begin = clock.time
    await #expect(throws: StepError.self) {
      try await runner(clock).step(.publishing, "publish") { throw away() }
    }
    #expect(clock.time - begin > .seconds(240) && clock.time - begin < .seconds(300))
  }
}

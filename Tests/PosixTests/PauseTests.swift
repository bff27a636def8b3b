import Testing

@testable import Posix

@Suite struct PauseTests {
  @Test("it ends when the time has passed, in the order of the times")
  func passes() async throws {
    let alarms = Alarms()
    let now = MonotonicTime.now()
    let order = await withTaskGroup(of: Int.self) { group in
      for number in [3, 1, 2] {
        group.addTask {
          #expect(await alarms.wait(until: now + .milliseconds(number * 20)))
          return number
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(order == [1, 2, 3])
    #expect(now + .milliseconds(60) <= .now())
    #expect(alarms.count == 0)
    #expect(await alarms.wait(until: now), "that was before")
  }

  @Test("R12: one that is cancelled ends at once, and nothing stays of ten thousand")
  func cancelled() async throws {
    let alarms = Alarms()
    for _ in 0..<100 {
      await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<100 {
          group.addTask { await alarms.wait(until: .now() + .seconds(3600)) }
        }
        group.cancelAll()
        for await passed in group { #expect(!passed) }
      }
    }
    #expect(alarms.count <= 65)
    #expect(await alarms.wait(until: .now() + .milliseconds(1)), "the others are passed over")
    let task = Task { try await Pause.sleep(for: .seconds(3600)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}

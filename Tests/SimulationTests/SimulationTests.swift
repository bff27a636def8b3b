import Foundation
import Simulation
import TestKit
import Testing

@Suite struct SimulationTests {
  /// SLIPWAY_SIM_SEED=n plays one seed; SLIPWAY_SIM_SEEDS=n the first n, or both n from there;
  /// SLIPWAY_SIM_STEPS=n steps each;
  /// SLIPWAY_SIM_STOP=1 ends with the first failure; SLIPWAY_SIM_WIDTH=n are played at once. Without
  /// them, as many seeds as fit in this time.
  private static let time: Duration = .seconds(40)
  /// Seeds at once: much of a seed is waiting.
  private static let width = number("WIDTH") ?? 2

  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment["SLIPWAY_SIM_\(name)"].flatMap { Int($0) }
  }

  @Test("R1–R11, R14: whatever happens in whatever order, the rules hold")
  func rulesHold() async throws {
    let steps = Self.number("STEPS") ?? 30
    let first = Self.number("SEED")
    let last = Self.number("SEEDS").map { (first ?? 1) + $0 - 1 } ?? first ?? .max
    let end = ContinuousClock.now + Self.time
    let isTimed = last == .max
    let stops = isTimed || Self.number("STOP") != nil
    var next = first ?? 1
    var played = 0
    var failed = 0
    var tally: Simulator.Tally = [:]
    await withTaskGroup(of: Result<Simulator.Tally, Simulator.Failure>.self) { group in
      func play() {
        guard next <= last, !isTimed || ContinuousClock.now < end else { return }
        let schedule = Schedule(seed: UInt64(next), count: steps)
        next += 1
        group.addTask { await Simulator(schedule).run() }
      }
      for _ in 0..<Self.width { play() }
      while let result = await group.next() {
        played += 1
        switch result {
        case .success(let ends): tally.merge(ends, uniquingKeysWith: +)
        case .failure(let failure):
          failed += 1
          Issue.record("\(failure)")
          if stops { return }
        }
        play()
      }
    }
    print("simulation: \(played) seeds of \(steps) steps, \(played - failed) clean")
    for (end, count) in tally.sorted(by: { $0.value > $1.value }) { print("  \(count) \(end)") }
    #expect(played > 0)
  }
}

import Foundation

/// Seeds one after another, some at once, and what came of them.
package struct Series: Sendable {
  package var seeds: ClosedRange<Int>
  package var steps: Int
  /// Seeds at once: much of a seed is waiting.
  package var width: Int
  /// No seed begins after this.
  package var time: Duration?
  /// The first failure is the last.
  package var stopsAtFailure: Bool

  package struct Summary: Sendable, CustomStringConvertible {
    package var played = 0
    package var clean = 0
    package var steps = 0
    package var tally: Simulator.Tally = [:]

    package var description: String {
      let ends = tally.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\n  \($0.value) \($0.key)" }.joined()
      return "simulation: \(played) seeds, \(steps) steps, \(clean) seeds clean\(ends)"
    }
  }

  /// SLIPWAY_SIM_SEED=n plays one seed; SLIPWAY_SIM_SEEDS=n the first n, or both n from there;
  /// SLIPWAY_SIM_STEPS=n steps each; SLIPWAY_SIM_WIDTH=n are played at once; SLIPWAY_SIM_SECONDS=n begins
  /// no seed after that; SLIPWAY_SIM_STOP=1 ends with the first failure.
  package init(
    _ environment: [String: String] = ProcessInfo.processInfo.environment,
    seeds: Int, steps: Int, width: Int
  ) {
    func number(_ name: String) -> Int? { environment["SLIPWAY_SIM_\(name)"].flatMap { Int($0) } }
    let first = number("SEED")
    let count = max(1, number("SEEDS") ?? (first == nil ? seeds : 1))
    self.seeds = (first ?? 1)...((first ?? 1) + count - 1)
    self.steps = number("STEPS") ?? steps
    self.width = number("WIDTH") ?? width
    time = number("SECONDS").map { .seconds($0) }
    stopsAtFailure = number("STOP") != nil
  }

  /// Tells of every failure as soon as it is there.
  package func play(_ tell: (Simulator.Failure) -> Void) async throws -> Summary {
    let ground = try await Ground()
    let end = time.map { ContinuousClock.now + $0 }
    var summary = Summary()
    var waiting = seeds.makeIterator()
    await withTaskGroup(of: Result<Simulator.Tally, Simulator.Failure>.self) { group in
      func begin() {
        if let end, ContinuousClock.now >= end { return }
        guard let seed = waiting.next() else { return }
        let schedule = Schedule(seed: UInt64(seed), count: steps)
        group.addTask { await Simulator(schedule, on: ground).run() }
      }
      for _ in 0..<width { begin() }
      while let result = await group.next() {
        summary.played += 1
        switch result {
        case .success(let ends):
          summary.clean += 1
          summary.steps += steps
          summary.tally.merge(ends, uniquingKeysWith: +)
        case .failure(let failure):
          tell(failure)
          if stopsAtFailure { return group.cancelAll() }
        }
        begin()
      }
    }
    return summary
  }
}

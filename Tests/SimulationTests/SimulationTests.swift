import Simulation
import Testing

/// A few seeds; `scripts/simulate` plays many, with the variables of `Series`, as here.
@Suite struct SimulationTests {
  @Test("R1–R11, R14: whatever happens in whatever order, the rules hold")
  func rulesHold() async throws {
    let series = Series(seeds: 8, steps: 30, width: 2)
    let summary = try await series.play { Issue.record("\($0)") }
    print(summary)
    #expect(summary.played > 0)
  }
}

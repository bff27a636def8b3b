import Foundation
import Simulation

/// Plays seeds, as the variables of `Series` say, and fails if a rule broke.
@main struct Simulate {
  static func main() async throws {
    let width = 4 * ProcessInfo.processInfo.activeProcessorCount
    let series = Series(seeds: 500, steps: 40, width: width)
    let summary = try await series.play { print("\($0)") }
    print(summary)
    exit(summary.clean == summary.played && summary.played > 0 ? 0 : 1)
  }
}

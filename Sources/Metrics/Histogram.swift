import Synchronization

/// How many observations lie at or below each of some bounds, and their sum.
package final class Histogram: Sendable {
  private struct State {
    /// One more than there are bounds: the last is for what lies above them all.
    var counts: [Int]
    var sum = 0.0
  }

  let bounds: [Double]
  private let state: Mutex<State>

  /// - Parameter bounds: ascending, without infinity.
  package init(_ bounds: [Double]) {
    self.bounds = bounds
    state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  package func observe(_ value: Double) {
    let index = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[index] += 1
      state.sum += value
    }
  }

  package func observe(_ duration: Duration) {
    let parts = duration.components
    observe(Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
  }

  /// Cumulative counts, one for each bound and one for all; and the sum.
  var snapshot: (cumulative: [Int], sum: Double) {
    let state = state.withLock { $0 }
    var total = 0
    return (
      state.counts.map { count in
        total += count
        return total
      }, state.sum
    )
  }
}

extension [Double] {
  /// Seconds, for answers of a server: a tenth of a millisecond to ten seconds.
  package static let answerTimes: [Double] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
  ]

  /// Seconds, for what people wait for: a tenth of a second to two hours.
  package static let stageTimes: [Double] = [
    0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200,
  ]

  /// How many at once.
  package static let batchSizes: [Double] = [1, 2, 4, 8, 16, 32, 64, 128, 256]
}

import Synchronization

/// The series of one metric: one for each combination of its labels' values.
///
/// R12: only so many. What comes beyond is counted under `other`, so that no input makes the process
/// or Prometheus grow without bound.
package final class Family<Series: Sendable>: Sendable {
  private struct State {
    var series: [[String]: Series] = [:]
  }

  /// A label value for each of a thousand services, with a handful of another label's.
  package static var seriesLimit: Int { 5000 }

  let name: String
  let help: String
  let labels: [String]
  private let make: @Sendable () -> Series
  private let state = Mutex(State())
  private let limit: Int

  init(
    _ name: String, _ help: String, labels: [String], limit: Int = Family.seriesLimit,
    make: @escaping @Sendable () -> Series
  ) {
    self.name = name
    self.help = help
    self.labels = labels
    self.limit = limit
    self.make = make
    // Without labels there is one series, and it is there before anything happens.
    if labels.isEmpty { state.withLock { $0.series[[]] = make() } }
  }

  /// - Parameter values: one for each label, in their order.
  package subscript(values: String...) -> Series {
    state.withLock { state in
      if let known = state.series[values] { return known }
      let key =
        state.series.count < limit ? values : Array(repeating: "other", count: labels.count)
      if let other = state.series[key] { return other }
      let made = make()
      state.series[key] = made
      return made
    }
  }

  /// By their labels' values.
  var all: [(values: [String], series: Series)] {
    state.withLock { $0.series }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
      .map { ($0.key, $0.value) }
  }
}

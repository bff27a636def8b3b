import Synchronization

/// Everything that is counted in this process. Whoever counts something makes its family here once,
/// and keeps it.
package final class MetricRegistry: Sendable {
  /// Writes what is only known when somebody asks.
  package typealias Collector = @Sendable (inout Exposition) async -> Void

  private enum Entry: Sendable {
    case counters(Family<Counter>)
    case gauges(Family<Gauge>)
    case histograms(Family<Histogram>)
    case collector(Collector)
  }

  private let entries = Mutex<[Entry]>([])

  package init() {}

  package func counters(
    _ name: String, _ help: String, labels: [String] = []
  ) -> Family<Counter> {
    let family = Family(name, help, labels: labels) { Counter() }
    entries.withLock { $0.append(.counters(family)) }
    return family
  }

  package func gauges(_ name: String, _ help: String, labels: [String] = []) -> Family<Gauge> {
    let family = Family(name, help, labels: labels) { Gauge() }
    entries.withLock { $0.append(.gauges(family)) }
    return family
  }

  package func histograms(
    _ name: String, _ help: String, labels: [String] = [], bounds: [Double]
  ) -> Family<Histogram> {
    let family = Family(name, help, labels: labels) { Histogram(bounds) }
    entries.withLock { $0.append(.histograms(family)) }
    return family
  }

  package func collect(_ collector: @escaping Collector) {
    entries.withLock { $0.append(.collector(collector)) }
  }

  /// In the order in which they were made.
  package func exposition() async -> Exposition {
    var exposition = Exposition()
    for entry in entries.withLock({ $0 }) {
      switch entry {
      case .counters(let family): exposition.add(family)
      case .gauges(let family): exposition.add(family)
      case .histograms(let family): exposition.add(family)
      case .collector(let collect): await collect(&exposition)
      }
    }
    return exposition
  }
}

/// Durations, of which people want the middle and the tail.
package struct DurationSample: Hashable, Sendable {
  private let sorted: [Duration]

  package init(_ durations: [Duration]) { sorted = durations.sorted() }

  package var count: Int { sorted.count }

  /// The continuous percentile: between two values it lies in proportion, so that the median of two
  /// is their mean. Nil without any value.
  ///
  /// - Parameter share: from 0 (the shortest) to 1 (the longest).
  package func percentile(_ share: Double) -> Duration? {
    guard let last = sorted.indices.last else { return nil }
    let position = min(max(share, 0), 1) * Double(last)
    let below = sorted[Int(position)]
    let above = sorted[min(Int(position) + 1, last)]
    return below + (above - below) * (position - position.rounded(.down))
  }
}

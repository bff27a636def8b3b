package import Metrics

/// What the writers of manifests count.
package struct WriterMetrics: Sendable {
  /// How a push ended.
  package enum Result: String, Sendable { case landed, moved, refused, trouble }

  private let pushes: Family<Counter>
  private let sizes: Family<Histogram>
  private let times: Family<Histogram>

  package init(_ registry: MetricRegistry) {
    pushes = registry.counters(
      "slipway_manifest_pushes_total",
      "Pushes of manifest commits; moved: somebody else was faster, and it is tried again.",
      labels: ["result"])
    sizes = registry.histograms(
      "slipway_manifest_batch_commits", "Commits in each push that landed.",
      bounds: .batchSizes)
    times = registry.histograms(
      "slipway_manifest_attempt_seconds", "From the first look at the branch to the push's end.",
      bounds: .stageTimes)
  }

  func count(_ result: Result) { pushes[result.rawValue].add() }

  func landed(commits: Int) {
    count(.landed)
    sizes[].observe(Double(commits))
  }

  func took(_ duration: Duration) { times[].observe(duration) }
}

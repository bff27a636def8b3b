import Metrics
import Testing

/// Prometheus's text format, 0.0.4.
@Suite struct ExpositionTests {
  @Test("Counters, gauges and histograms are written with their help, labels and buckets")
  func whole() async {
    let registry = MetricRegistry()
    let pushes = registry.counters("pushes_total", "Pushes, by result.", labels: ["result"])
    pushes["moved"].add()
    pushes["landed"].add(3)
    let up = registry.gauges("up", "1 if it is.")
    up[].set(1)
    let times = registry.histograms("times_seconds", "How long.", bounds: [0.5, 1])
    times[].observe(.milliseconds(500))
    times[].observe(0.75)
    times[].observe(.seconds(4))
    registry.collect { $0.single("asked", .gauge, "Only when asked.", 0.25) }
    #expect(
      await registry.exposition().text == """
        # HELP pushes_total Pushes, by result.
        # TYPE pushes_total counter
        pushes_total{result="landed"} 3
        pushes_total{result="moved"} 1
        # HELP up 1 if it is.
        # TYPE up gauge
        up 1
        # HELP times_seconds How long.
        # TYPE times_seconds histogram
        times_seconds_bucket{le="0.5"} 1
        times_seconds_bucket{le="1"} 2
        times_seconds_bucket{le="+Inf"} 3
        times_seconds_sum 5.25
        times_seconds_count 3
        # HELP asked Only when asked.
        # TYPE asked gauge
        asked 0.25

        """)
  }

  @Test("A metric without labels is 0 before anything happened; one with labels has no series yet")
  func atFirst() async {
    let registry = MetricRegistry()
    _ = registry.counters("a_total", "A.")
    _ = registry.counters("b_total", "B.", labels: ["x"])
    let text = await registry.exposition().text
    #expect(text.contains("\na_total 0\n"))
    #expect(!text.contains("\nb_total"))
  }

  @Test("Label values and help are escaped")
  func escaping() async {
    let registry = MetricRegistry()
    let family = registry.counters("a_total", "One\nline \\ \"x\"", labels: ["name"])
    family["a\"b\\c\nd"].add()
    let text = await registry.exposition().text
    #expect(text.contains(#"# HELP a_total One\nline \\ "x""# + "\n"))
    #expect(text.contains(#"a_total{name="a\"b\\c\nd"} 1"# + "\n"))
  }

  @Test("R12: a metric has only so many series; the rest is counted together")
  func bounded() async {
    let registry = MetricRegistry()
    let family = registry.counters("a_total", "A.", labels: ["name"])
    for number in 1...6000 { family["name-\(number)"].add() }
    family["name-1"].add()
    let lines = await registry.exposition().text.split(separator: "\n")
    #expect(lines.count == 2 + 5001)
    #expect(lines.contains(#"a_total{name="other"} 1000"#))
    #expect(lines.contains(#"a_total{name="name-1"} 2"#))
  }
}

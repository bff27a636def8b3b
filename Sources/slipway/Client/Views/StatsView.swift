import APIClient
import DeployModel

/// `slipway stats`: DORA's measures, a block for each service.
struct StatsView {
  var stats: StatsRecord

  func lines(width: Int?) -> [StyledText] {
    stats.services.enumerated().flatMap { index, performance in
      (index == 0 ? [] : [""]) + lines(performance, width: width)
    }
  }

  private func lines(_ performance: StatsRecord.Performance, width: Int?) -> [StyledText] {
    let counts = performance.deployments
    var facts = Facts()
    facts.add(
      "deployments",
      "\(counts.live) live, \(counts.failed) failed, \(counts.rolledBack) rolled back; "
        + "\(Self.decimal(performance.frequencyPerDay)) a day")
    facts.add("lead time", Self.times(performance.leadTime.p50, performance.leadTime.p95))
    facts.add("push to live", Self.times(performance.pushToLive.p50, performance.pushToLive.p95))
    facts.add("change failures", Self.percent(performance.changeFailureRate))
    let restoring = performance.timeToRestore
    let open = restoring.open == 0 ? "" : ", \(restoring.open) not yet"
    facts.add("time to restore", Self.times(restoring.p50, restoring.p95) + open)
    facts.add("rework", Self.percent(performance.reworkRate))
    if !performance.complete {
      facts.add("note", StyledText("more ended than are looked at; the newest count", .yellow))
    }
    let title =
      StyledText(performance.service ?? "all services", .bold)
      + StyledText("  the last \(stats.window)", .dim)
    return [title] + facts.lines + stages(performance, width: width)
  }

  private func stages(_ performance: StatsRecord.Performance, width: Int?) -> [StyledText] {
    guard !performance.stages.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("  STAGE"), Table.Column("COUNT", isNumber: true),
      Table.Column("P50", isNumber: true), Table.Column("P95", isNumber: true),
    ])
    table.rows = performance.stages.map { stage in
      [
        StyledText("  \(stage.stage)"), StyledText("\(stage.count)"),
        StyledText(Self.time(stage.p50)), StyledText(Self.time(stage.p95)),
      ]
    }
    return [""] + table.lines(width: width)
  }

  private static func times(_ p50: Int64?, _ p95: Int64?) -> String {
    guard p50 != nil else { return "no data" }
    return "\(time(p50)) (p95 \(time(p95)))"
  }

  private static func time(_ milliseconds: Int64?) -> String {
    milliseconds.map { TimeText.length(.milliseconds($0)) } ?? "–"
  }

  private static func percent(_ share: Double?) -> String {
    share.map { "\(decimal($0 * 100)) %" } ?? "no data"
  }

  /// With one decimal place.
  private static func decimal(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return "–" }
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
  }
}

/// `pipeline:`
struct PipelineSettings: Hashable, Sendable {
  /// R10: what a newer push drops.
  enum Supersede: String, Hashable, Sendable, CaseIterable { case queued, running }

  var supersede = Supersede.queued
  /// How old an image from the same inputs may be to be used again. Zero: never.
  var reuseMaxAge = Duration.seconds(7 * 86_400)
  /// R6: how long a manifest commit is tried.
  var commitDeadline = Duration.seconds(5 * 60)
  /// R14: how often branches with manifests are looked at without a delivery.
  var pollInterval = Duration.seconds(3 * 60)
}

extension PipelineSettings {
  init(_ section: Section) {
    supersede = section.value("supersede", Form<Supersede>.oneOf, default: supersede)
    section.within("reuse") { reuse in
      reuseMaxAge = reuse.value("maxAge", .duration(atLeast: .zero), default: reuseMaxAge)
    }
    commitDeadline = section.value(
      "commitDeadline", .duration(atMost: .seconds(86_400)), default: commitDeadline)
    pollInterval = section.value(
      "pollInterval", .duration(atMost: .seconds(86_400)), default: pollInterval)
  }
}

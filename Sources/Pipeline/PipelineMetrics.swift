import DeployModel
package import Manifests
package import Metrics

/// What the line counts. Labels are names from the configuration and words of ours: never what comes
/// from outside.
package struct PipelineMetrics: Sendable {
  package let registry: MetricRegistry
  package let writer: WriterMetrics
  private let deliveries: Family<Counter>
  private let deployments: Family<Counter>
  private let stages: Family<Histogram>
  private let pushToLive: Family<Histogram>
  private let argocd: Family<Counter>
  private let argocdUp: Family<Gauge>
  private let argocdStreams: Family<Gauge>
  private let kubernetes: Family<Counter>
  private let reports: Family<Counter>
  private let notifications: Family<Counter>
  private let imagesRemoved: Family<Counter>
  private let signing: Family<Histogram>

  package init(_ registry: MetricRegistry = MetricRegistry()) {
    self.registry = registry
    deliveries = registry.counters(
      "slipway_deliveries_total", "Authenticated deliveries, by what they were answered.",
      labels: ["event", "result"])
    deployments = registry.counters(
      "slipway_deployments_total", "Deployments that ended, by how.",
      labels: ["service", "cause", "result"])
    stages = registry.histograms(
      "slipway_stage_duration_seconds", "How long deployments were in a state.",
      labels: ["stage"], bounds: .stageTimes)
    pushToLive = registry.histograms(
      "slipway_push_to_live_seconds",
      "From the acceptance of a push to its deployment being live, or committed where nobody observes.",
      bounds: .stageTimes)
    writer = WriterMetrics(registry)
    argocd = registry.counters(
      "slipway_argocd_looks_total", "Times that Argo CD was asked for an application.",
      labels: ["result"])
    argocdUp = registry.gauges(
      "slipway_argocd_up", "1 if Argo CD answered the last time it was asked.", labels: ["server"])
    argocdStreams = registry.gauges(
      "slipway_argocd_streams", "Streams of Argo CD that are open.", labels: [])
    kubernetes = registry.counters(
      "slipway_kubernetes_looks_total", "Times that Kubernetes was asked for a Deployment.",
      labels: ["result"])
    reports = registry.counters(
      "slipway_github_calls_total",
      "Statuses and deployments that GitHub was told, by the outcome.",
      labels: ["kind", "result"])
    notifications = registry.counters(
      "slipway_notifications_total", "Notifications that were sent, by the outcome of the attempt.",
      labels: ["target", "result"])
    imagesRemoved = registry.counters(
      "slipway_images_removed_total", "Old images that registries were asked to delete.",
      labels: ["result"])
    signing = registry.histograms(
      "slipway_image_signing_seconds",
      "How long signing an image took, or finding that it is signed, by the outcome.",
      labels: ["result"], bounds: .stageTimes)
  }

  /// Events that GitHub documents for pushes; the rest is one label, for a sender may invent others.
  func received(_ event: String, _ result: String) {
    let known = event == "push" || event == "ping"
    deliveries[known ? event : "other", result].add()
  }

  func ended(_ deployment: Deployment, _ timeline: [Transition]) {
    deployments[
      deployment.id.service.name, deployment.cause.rawValue, deployment.state.rawValue
    ].add()
    for visit in StageVisit.visits(in: timeline) {
      stages[visit.stage.rawValue].observe(visit.duration)
    }
    if deployment.state == .live || deployment.state == .committed,
      deployment.cause == .push || deployment.cause == .catchUp,
      let end = deployment.finishedAt
    {
      pushToLive[].observe(end - deployment.createdAt)
    }
  }

  /// - Parameter target: of the configuration.
  func notified(_ target: TargetName, _ result: String) {
    notifications[target.name, result].add()
  }

  func signed(_ result: String, in time: Duration) { signing[result].observe(time) }

  func removedImage(_ result: String) { imagesRemoved[result].add() }

  func reported(_ kind: String, _ result: String) { reports[kind, result].add() }

  func listening(_ streams: Int) { argocdStreams[].set(streams) }

  func asked(_ place: RolloutPlace, answered: Bool) {
    let result = answered ? "answered" : "failed"
    switch place {
    case .application:
      argocd[result].add()
      argocdUp["argocd"].set(answered ? 1 : 0)
    case .workload: kubernetes[result].add()
    }
  }
}

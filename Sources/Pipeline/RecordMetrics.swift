import DeployModel
import Logging
import Metrics

/// What the record says when somebody asks: how much waits, and for how long.
///
/// Not all parts: the registry, which keeps it, is one of them.
struct RecordMetrics: Sendable {
  private let store: any DeploymentStore
  private let configuration: ConfigurationInForce
  private let clock: any WallClock
  private let logger: Logger

  /// More in flight than that are shown as that many.
  private static let most = 1000
  private static let open: [DeploymentState] = DeploymentState.allCases.filter { !$0.isFinal }

  init(_ parts: PipelineParts) {
    store = parts.store
    configuration = parts.configuration
    clock = parts.clock
    logger = parts.logger
  }

  func register(in registry: MetricRegistry) {
    registry.collect { exposition in await collect(&exposition) }
  }

  private func collect(_ exposition: inout Exposition) async {
    do {
      let open = try await store.deployments(
        DeploymentQuery(states: Self.open, limit: Self.most)
      ).items
      let services = try await store.serviceStates()
      let branches = try await store.branchesWithPendingPushes()
      let owed = try await store.pendingNotifications()
      write(open, &exposition)
      write(owed, &exposition)
      let now = clock.now()
      exposition.single(
        "slipway_services", .gauge, "Services that are configured.",
        Double(configuration.current.services.count))
      exposition.single(
        "slipway_services_behind", .gauge,
        "Services whose newest triggering source is neither deployed nor in flight.",
        Double(services.count { $0.behind != nil }))
      exposition.single(
        "slipway_services_on_hold", .gauge, "Services whose automatic deployments are stopped.",
        Double(services.count { $0.hold?.isInForce(at: now) == true }))
      exposition.single(
        "slipway_branches_pending", .gauge, "Branches with a push that is not evaluated yet.",
        Double(branches.count))
    } catch {
      // Readiness says that the store is gone; the other metrics are told all the same.
      logger.warning("the record was not measured", metadata: ["error": "\(error)"])
    }
  }

  private func write(_ owed: [TargetName: Int], _ exposition: inout Exposition) {
    let name = "slipway_notifications_pending"
    exposition.begin(name, .gauge, "Notifications that wait to be sent, by target.")
    for target in configuration.current.notifications.map(\.target) {
      exposition.sample(name, [("target", target.name)], Double(owed[target] ?? 0))
    }
  }

  private func write(_ open: [Deployment], _ exposition: inout Exposition) {
    let name = "slipway_deployments_in_flight"
    exposition.begin(name, .gauge, "Deployments that have not ended, by state.")
    for state in Self.open {
      exposition.sample(
        name, [("state", state.rawValue)], Double(open.count { $0.state == state }))
    }
    let queued = open.filter { $0.state == .queued }.map(\.createdAt).min()
    let age = queued.map { clock.now() - $0 } ?? .zero
    exposition.single(
      "slipway_queue_oldest_seconds", .gauge,
      "Age of the oldest deployment that waits for a builder.",
      Double(max(0, age.wholeMilliseconds)) / 1000)
  }
}

import DeployModel
import Logging

/// Counts each deployment when it has ended: hears of changes as everybody does, and reads the rest
/// from the record, so that no stage has to think of it. Of several processes that share a store the
/// one in which it ended counts it: their sum is the truth.
struct DeploymentMeter: Sendable {
  let parts: PipelineParts

  /// A deployment is heard of several times; what was counted is remembered as far back as events are.
  private static let remembered = EventBus.kept

  /// Until cancelled.
  func run() async {
    let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    var last = parts.events.newest
    let subscription = parts.events.subscribe(where: Self.isOfInterest) { wake.yield() }
    var counted: [Ended] = []
    for await _ in wakes {
      // What is gone before it was read is not counted: a counter may lag, and never blocks the line.
      let events = parts.events.recent(after: last, atMost: EventBus.kept) ?? []
      last = events.last?.number ?? parts.events.newest
      for id in Self.deployments(in: events) {
        guard let ended = await count(id, unless: counted) else { continue }
        counted = counted.suffix(Self.remembered - 1) + [ended]
      }
    }
    withExtendedLifetime(subscription) {}
  }

  private struct Ended: Hashable {
    var id: DeploymentID
    var state: DeploymentState
  }

  private static func isOfInterest(_ event: PipelineEvent) -> Bool {
    if case .deployment = event { true } else { false }
  }

  private static func deployments(in events: [NumberedEvent]) -> [DeploymentID] {
    var seen: Set<DeploymentID> = []
    return events.compactMap { numbered in
      guard numbered.isOwn, case .deployment(let id) = numbered.event, seen.insert(id).inserted
      else { return nil }
      return id
    }
  }

  private func count(_ id: DeploymentID, unless counted: [Ended]) async -> Ended? {
    do {
      guard let deployment = try await parts.store.deployment(id), deployment.state.isFinal
      else { return nil }
      let ended = Ended(id: id, state: deployment.state)
      guard !counted.contains(ended) else { return nil }
      parts.metrics.ended(deployment, try await parts.store.timeline(id))
      return ended
    } catch {
      parts.logger.warning(
        "a deployment was not counted",
        metadata: ["deployment": "\(id)", "error": "\(error)"])
      return nil
    }
  }
}

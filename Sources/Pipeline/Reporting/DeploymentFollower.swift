import DeployModel

/// Follows what happens to deployments: the record is looked at at the start, now and then, and when
/// events were missed; what happens in between is heard of one by one. So nothing that is owed is kept
/// in memory alone.
struct DeploymentFollower: Sendable {
  let parts: PipelineParts
  let lookEvery: Duration

  private static let batch = 500

  /// Until the task is cancelled.
  func follow(
    look: @escaping @Sendable () async -> Void, hear: ([DeploymentID]) async -> Void
  ) async {
    let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let subscription = parts.events.subscribe(
      where: { if case .deployment = $0 { true } else { false } }, { wake.yield() })
    defer { withExtendedLifetime(subscription) {} }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await lookNowAndThen(look) }
      var place = parts.events.newest
      await look()
      // What happened while it looked.
      wake.yield()
      for await _ in wakes {
        while let events = parts.events.recent(after: place, atMost: Self.batch), !events.isEmpty {
          place = events.last?.number ?? place
          await hear(Self.deployments(in: events))
        }
        if parts.events.recent(after: place, atMost: 0) == nil {
          place = parts.events.newest
          await look()
        }
      }
      group.cancelAll()
    }
  }

  private func lookNowAndThen(_ look: @escaping @Sendable () async -> Void) async {
    while !Task.isCancelled {
      do {
        try await parts.clock.sleep(for: lookEvery)
      } catch {
        return
      }
      await look()
    }
  }

  /// Each once.
  private static func deployments(in events: [NumberedEvent]) -> [DeploymentID] {
    var seen: Set<DeploymentID> = []
    return events.compactMap { numbered in
      guard case .deployment(let id) = numbered.event, seen.insert(id).inserted else { return nil }
      return id
    }
  }
}

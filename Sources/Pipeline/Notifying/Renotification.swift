package import DeployModel

/// Sends a notification again that was given up, or that its receiver has lost.
package struct Renotification: Sendable {
  let parts: PipelineParts

  package func request(_ id: NotificationID) async throws(Refusal) -> DeploymentNotification {
    guard
      let known = try await asking({ store throws(StoreError) in
        try await store.notification(id)
      })
    else { throw .notFound("there is no notification \(id)") }
    let targets = parts.configuration.current.notifications.map(\.target)
    guard targets.contains(known.target) else {
      throw .conflict(
        "\(id) is for \(known.target), which is not one of the configuration's notifications")
    }
    let reopened = try await asking { store throws(StoreError) in
      try await store.reopen(id, at: parts.clock.now())
    }
    // Whoever sends, in this process or another, looks where something happens.
    parts.events.publish(.deployment(reopened.deployment))
    return reopened
  }

  private func asking<Value: Sendable>(
    _ body: (any DeploymentStore) async throws(StoreError) -> Value
  ) async throws(Refusal) -> Value {
    do throws(StoreError) {
      return try await body(parts.store)
    } catch {
      throw Refusal(error)
    }
  }
}

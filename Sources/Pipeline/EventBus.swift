package import DeployModel
import Synchronization

/// Something that people watch has changed. Carries no state: who cares reads the store.
package enum PipelineEvent: Hashable, Sendable {
  case deployment(DeploymentID)
  /// The build log grew. Too often to be kept.
  case log(DeploymentID)
  case service(ServiceName)
  case delivery(DeliveryGUID)
}

/// Tells whoever listens in this process, and keeps the newest events, so that a listener takes
/// them at its own pace (R12). A slow one delays nobody: what it misses is gone, and it hears that.
package final class EventBus: Sendable {
  private struct Listener {
    var isInterested: @Sendable (PipelineEvent) -> Bool
    var wake: @Sendable () -> Void
  }

  private struct State {
    var recent: RecentEvents
    var nextID = 0
    var listeners: [Int: Listener] = [:]
  }

  /// R12: as far as a listener may lag behind, or have been away.
  package static let kept = 1024

  private let state: Mutex<State>
  private let relay: (@Sendable (PipelineEvent) -> Void)?

  /// - Parameter relay: tells other processes of what was published in this one. Returns at once.
  package init(
    kept: Int = EventBus.kept, relay: (@Sendable (PipelineEvent) -> Void)? = nil
  ) {
    state = Mutex(State(recent: RecentEvents(capacity: kept)))
    self.relay = relay
  }

  /// A deployment's change is one of its service too: what is in flight, held or deployed.
  package func publish(_ event: PipelineEvent) {
    add(event, isOwn: true)
    relay?(event)
  }

  /// What another process has published.
  func hear(_ event: PipelineEvent) { add(event, isOwn: false) }

  private func add(_ event: PipelineEvent, isOwn: Bool) {
    let events: [PipelineEvent]
    if case .deployment(let id) = event {
      events = [event, .service(id.service)]
    } else {
      events = [event]
    }
    let listeners = state.withLock { state in
      if case .log = event {
      } else {
        for event in events { state.recent.append(event, isOwn: isOwn) }
      }
      return Array(state.listeners.values)
    }
    for listener in listeners where events.contains(where: listener.isInterested) {
      listener.wake()
    }
  }

  /// Everything may have changed at once: whoever goes on from an earlier event is told to look at
  /// everything again.
  package func forget() {
    let listeners = state.withLock { state in
      state.recent.forget()
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.wake() }
  }

  /// The number of the newest event; 0 before the first.
  package var newest: Int { state.withLock { $0.recent.newest } }

  /// The events after this number, oldest first and at most so many. Nil if some of them are gone.
  package func recent(after number: Int, atMost limit: Int) -> [NumberedEvent]? {
    state.withLock { $0.recent.after(number, atMost: limit) }
  }

  /// Calls `wake` after each event of interest, from whichever thread, until the subscription is
  /// let go.
  package func subscribe(
    where isInterested: @escaping @Sendable (PipelineEvent) -> Bool,
    _ wake: @escaping @Sendable () -> Void
  ) -> EventSubscription {
    let id = state.withLock { state in
      state.nextID += 1
      state.listeners[state.nextID] = Listener(isInterested: isInterested, wake: wake)
      return state.nextID
    }
    return EventSubscription { [weak self] in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
    }
  }
}

/// Listening, for as long as this is kept.
package final class EventSubscription: Sendable {
  private let end: @Sendable () -> Void

  fileprivate init(_ end: @escaping @Sendable () -> Void) { self.end = end }

  deinit { end() }
}

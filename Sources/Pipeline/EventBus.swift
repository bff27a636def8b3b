package import DeployModel
import Synchronization

/// Something that people watch has changed. Carries no state: who cares reads the store.
package enum PipelineEvent: Hashable, Sendable {
  case deployment(DeploymentID)
  /// The build log grew.
  case log(DeploymentID)
  case service(ServiceName)
  case delivery(DeliveryGUID)
}

/// Tells whoever listens in this process. A slow listener misses events, never delays the sender:
/// each reads the store again on the next one.
package final class EventBus: Sendable {
  private struct Listener {
    var isInterested: @Sendable (PipelineEvent) -> Bool
    var continuation: AsyncStream<PipelineEvent>.Continuation
  }

  private struct State {
    var nextID = 0
    var listeners: [Int: Listener] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package func publish(_ event: PipelineEvent) {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners where listener.isInterested(event) {
      listener.continuation.yield(event)
    }
  }

  /// Says "look again": of several events that wait, the newest is kept.
  package func events(
    where isInterested: @escaping @Sendable (PipelineEvent) -> Bool
  ) -> AsyncStream<PipelineEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: PipelineEvent.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextID += 1
      state.listeners[state.nextID] = Listener(
        isInterested: isInterested, continuation: continuation)
      return state.nextID
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
    }
    return stream
  }
}

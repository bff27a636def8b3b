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
  private struct State {
    var nextID = 0
    var listeners: [Int: AsyncStream<PipelineEvent>.Continuation] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  package func publish(_ event: PipelineEvent) {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield(event) }
  }

  package func events() -> AsyncStream<PipelineEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: PipelineEvent.self, bufferingPolicy: .bufferingNewest(256))
    let id = state.withLock { state in
      state.nextID += 1
      state.listeners[state.nextID] = continuation
      return state.nextID
    }
    continuation.onTermination = { [weak self] _ in
      self?.state.withLock { _ = $0.listeners.removeValue(forKey: id) }
    }
    return stream
  }
}

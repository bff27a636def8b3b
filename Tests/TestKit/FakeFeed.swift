package import DeployModel
import Synchronization

/// What a test tells of rollouts, in its order.
package final class FakeFeed: RolloutFeed {
  private typealias Told = Result<RolloutNotice?, RolloutError>

  private struct State {
    var told: [Told] = []
    var reader: CheckedContinuation<Told, Never>?
  }

  package let topic: RolloutTopic
  /// What its listener had heard before.
  package let version: String?
  private let state = Mutex(State())

  init(_ topic: RolloutTopic, _ version: String?) {
    self.topic = topic
    self.version = version
  }

  package func tell(_ notice: RolloutNotice) { say(.success(notice)) }

  /// The other side has ended it; with an error, the connection is gone.
  package func end(_ error: RolloutError? = nil) {
    say(error.map { .failure($0) } ?? .success(nil))
  }

  private func say(_ told: Told) {
    let reader = state.withLock { state in
      defer { state.reader = nil }
      if state.reader == nil { state.told.append(told) }
      return state.reader
    }
    reader?.resume(returning: told)
  }

  package func next() async throws(RolloutError) -> RolloutNotice? {
    let told: Told = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> Told? in
          if !state.told.isEmpty { return state.told.removeFirst() }
          state.reader = continuation
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      end(RolloutError(.unavailable, "cancelled"))
    }
    return try told.get()
  }
}

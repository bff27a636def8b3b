package import DeployModel
import Synchronization

/// A clock that stands still until a test turns it.
package final class ManualClock: WallClock {
  private struct Sleeper {
    var until: Timestamp
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var now: Timestamp
    var nextID = 0
    var sleepers: [Int: Sleeper] = [:]
  }

  private let state: Mutex<State>

  package init(_ start: Timestamp = Timestamp(milliseconds: 1_764_753_577_000)) {
    state = Mutex(State(now: start))
  }

  package func now() -> Timestamp { state.withLock { $0.now } }

  /// How many sleep now.
  package var sleepers: Int { state.withLock { $0.sleepers.count } }

  package func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now = state.now + duration
      let ready = state.sleepers.filter { $0.value.until <= state.now }
      for id in ready.keys { state.sleepers[id] = nil }
      return ready.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }

  package func sleep(for duration: Duration) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let resolved: Bool = state.withLock { state in
          let until = state.now + duration
          guard until > state.now, !Task.isCancelled else { return true }
          state.sleepers[id] = Sleeper(until: until, continuation: continuation)
          return false
        }
        if resolved {
          if Task.isCancelled {
            continuation.resume(throwing: CancellationError())
          } else {
            continuation.resume()
          }
        }
      }
    } onCancel: {
      let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }
}

import DeployModel
import PipelineKit
import Synchronization

/// The store as one process sees it. When the process dies it sees nothing any more, and nobody sees
/// what it does: whatever it had sent before is in the store, whatever it had not is lost.
final class MortalStore: Sendable {
  /// A write at which a process can die.
  enum Moment: String, CaseIterable, Sendable {
    case delivery, conclusion, creation, advance, claim, intents, landing, external, release
  }

  private struct State {
    var isDead = false
    var doom: (moment: Moment, isAfter: Bool)?
  }

  private let base: any DeploymentStore
  private let state = Mutex(State())

  init(_ base: any DeploymentStore) { self.base = base }

  var isDead: Bool { state.withLock { $0.isDead } }

  func die() { state.withLock { $0.isDead = true } }

  /// The process dies right before or right after its next write of this kind.
  func die(at moment: Moment, isAfter: Bool) {
    state.withLock { $0.doom = (moment, isAfter) }
  }

  func passing<Value: Sendable>(
    _ moment: Moment? = nil,
    _ body: (any DeploymentStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    try arrive(at: moment, isAfter: false)
    let value = try await body(base)
    try arrive(at: moment, isAfter: true)
    return value
  }

  private func arrive(at moment: Moment?, isAfter: Bool) throws(StoreError) {
    let isDead = state.withLock { state in
      if let doom = state.doom, doom.moment == moment, doom.isAfter == isAfter {
        state.isDead = true
      }
      return state.isDead
    }
    if isDead { throw .unavailable("this process is dead") }
  }
}

/// Fifty times as fast as the time that it tells; for the dead it stands still.
struct FastClock: WallClock {
  let store: MortalStore

  func now() -> Timestamp { TestClock().now() }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration / 50)
    if store.isDead { throw CancellationError() }
  }
}

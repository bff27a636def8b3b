import DeployModel
import PipelineKit
import Synchronization
import TestKit

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
    /// Writes that fail once, as on a full disk.
    var refusing: Set<Moment> = []
    var refusals = 0
    /// Where the next write of a kind waits.
    var stalls: [Moment: Gate] = [:]
    var waiting: [Gate] = []
  }

  let base: any DeploymentStore
  private let changes: ChangeCount
  private let state = Mutex(State())

  init(_ base: any DeploymentStore, counting changes: ChangeCount) {
    self.base = base
    self.changes = changes
  }

  var isDead: Bool { state.withLock { $0.isDead } }

  func die() {
    state.withLock { $0.isDead = true }
    goOn()
  }

  /// The process dies right before or right after its next write of this kind.
  func die(at moment: Moment, isAfter: Bool) {
    state.withLock { $0.doom = (moment, isAfter) }
  }

  /// - Parameter changes: whether it may change what the record says; without it, if a process can die
  ///   at it.
  func passing<Value: Sendable>(
    _ moment: Moment? = nil, changes: Bool? = nil,
    _ body: (any DeploymentStore) async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    await wait(at: moment)
    try arrive(at: moment, isAfter: false)
    let isRefused = state.withLock { state in
      guard let moment, state.refusing.remove(moment) != nil else { return false }
      state.refusals += 1
      return true
    }
    if isRefused { throw .unavailable("the disk is full") }
    defer { if changes ?? (moment != nil) { self.changes.increment() } }
    let value = try await body(base)
    try arrive(at: moment, isAfter: true)
    return value
  }

  /// The next write of this kind fails, and the process lives on.
  func refuse(_ moment: Moment) { state.withLock { _ = $0.refusing.insert(moment) } }
  var refusals: Int { state.withLock { $0.refusals } }

  /// The next write of this kind takes until `goOn`: others overtake it.
  func stall(at moment: Moment) { state.withLock { $0.stalls[moment] = Gate() } }

  /// Nothing is in its way any more.
  func heal() {
    state.withLock { ($0.doom, $0.refusing) = (nil, []) }
    goOn()
  }

  /// Somebody is at a write that is slow.
  var isStalling: Bool { state.withLock { !$0.waiting.isEmpty } }

  func goOn() {
    let gates = state.withLock { state in
      defer { (state.stalls, state.waiting) = ([:], []) }
      return state.waiting
    }
    for gate in gates { gate.open() }
  }

  private func wait(at moment: Moment?) async {
    guard let moment else { return }
    let gate = state.withLock { state in
      let gate = state.stalls.removeValue(forKey: moment)
      if let gate { state.waiting.append(gate) }
      return gate
    }
    do {
      try await gate?.pass()
    } catch {
      // Whoever waits no more writes at once.
    }
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

/// Of all processes on one store, writes that may have changed what the record says. What was read after
/// the count still holds while the count is the same.
final class ChangeCount: Sendable {
  private let count = Atomic(0)

  var value: Int { count.load(ordering: .sequentiallyConsistent) }
  func increment() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }
}

/// Twenty times as fast as the time that it tells; for the dead it stands still.
struct FastClock: WallClock {
  let store: MortalStore
  let told: JumpingClock

  func now() -> Timestamp { told.now() }

  func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration / 20)
    if store.isDead { throw CancellationError() }
  }
}

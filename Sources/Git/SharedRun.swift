import Synchronization

private enum Entry { case start, wait, refuse }

/// Folds callers of one costly action: those who arrive while it runs share the *next* run, since
/// the one under way may have looked before they asked.
///
/// A cancelled caller leaves at once. A run that nobody waits for any more is cancelled.
final class SharedRun<Value: Sendable>: Sendable {
  typealias Outcome = Result<Value, GitError>
  typealias Action = @Sendable () async -> Outcome
  private typealias Waiter = CheckedContinuation<Outcome, Never>

  private struct State {
    var nextID = 0
    var waiting: [Int: Waiter] = [:]
    var current: [Int: Waiter] = [:]
    var action: Action?
    var isRunning = false
    var work: Task<Outcome, Never>?
  }

  private let state = Mutex(State())

  func join(_ action: @escaping Action) async throws(GitError) -> Value {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    let outcome = await withTaskCancellationHandler {
      await withCheckedContinuation { (waiter: Waiter) in
        enter(id, waiter, action)
      }
    } onCancel: {
      leave(id)
    }
    return try outcome.get()
  }

  private func enter(_ id: Int, _ waiter: Waiter, _ action: @escaping Action) {
    let next: Entry = state.withLock { state in
      // Cancelled before it could enter: `leave` found nothing to remove.
      if Task.isCancelled { return .refuse }
      state.waiting[id] = waiter
      state.action = action
      if state.isRunning { return .wait }
      state.isRunning = true
      return .start
    }
    switch next {
    case .start: Task { await run() }
    case .wait: break
    case .refuse: waiter.resume(returning: .failure(.cancelled))
    }
  }

  private func leave(_ id: Int) {
    let (waiter, abandoned) = state.withLock { state in
      if let waiter = state.waiting.removeValue(forKey: id) {
        return (Optional(waiter), nil as Task<Outcome, Never>?)
      }
      let waiter = state.current.removeValue(forKey: id)
      return (waiter, state.current.isEmpty ? state.work : nil)
    }
    abandoned?.cancel()
    waiter?.resume(returning: .failure(.cancelled))
  }

  private func run() async {
    while let work = beginRound() {
      let outcome = await work.value
      let waiters = state.withLock { state in
        state.work = nil
        defer { state.current = [:] }
        return state.current.values
      }
      for waiter in waiters { waiter.resume(returning: outcome) }
    }
  }

  private func beginRound() -> Task<Outcome, Never>? {
    state.withLock { state in
      guard !state.waiting.isEmpty, let action = state.action else {
        state.isRunning = false
        state.action = nil
        return nil
      }
      swap(&state.current, &state.waiting)
      let work = Task { await action() }
      state.work = work
      return work
    }
  }
}

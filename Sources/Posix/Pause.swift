@preconcurrency import Dispatch
import Synchronization

/// Waits for a time to pass; for waits that mostly end before, such as a program's deadline.
///
/// A `Task.sleep` that is cancelled stays until its time would have passed (Swift 6.3): a task and a timer
/// of Dispatch's, two kB for each program that was given half an hour and took a moment. Here an entry of
/// a heap stays, until half of them are such.
package enum Pause {
  /// - Throws: `CancellationError`, at once.
  package static func sleep(for duration: Duration) async throws {
    guard await Alarms.shared.wait(until: .now() + duration) else { throw CancellationError() }
  }
}

/// Everybody who waits, under one timer.
final class Alarms: Sendable {
  static let shared = Alarms()

  private struct State: Sendable {
    var heap = DeadlineHeap()
    var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    /// Given up before they waited.
    var cancelled: Set<UInt64> = []
    var lastToken: UInt64 = 0
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "slipway.alarms")
  /// Scheduled on the queue alone, so that the newest order is the last.
  private let timer: any DispatchSourceTimer

  /// Below it, entries of nobody are not worth the work.
  private static let smallHeap = 64
  private static let longest = Duration.seconds(86_400)

  init() {
    timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { [weak self] in self?.ring() }
    timer.schedule(deadline: .distantFuture)
    timer.activate()
  }

  deinit { timer.cancel() }

  /// What is kept, of whoever waits and of those who gave up.
  var count: Int { state.withLock { $0.heap.count + $0.waiting.count + $0.cancelled.count } }

  /// Whether the time has passed: false where the task was cancelled before.
  func wait(until time: MonotonicTime) async -> Bool {
    let token = state.withLock { state in
      state.lastToken += 1
      return state.lastToken
    }
    defer { state.withLock { _ = $0.cancelled.remove(token) } }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { set($0, token, at: time) }
    } onCancel: {
      giveUp(token)
    }
  }

  private func set(
    _ continuation: CheckedContinuation<Bool, Never>, _ token: UInt64, at time: MonotonicTime
  ) {
    let (isCancelled, isFirst) = state.withLock { state in
      if state.cancelled.contains(token) { return (true, false) }
      state.waiting[token] = continuation
      state.heap.insert(DeadlineHeap.Entry(time: time, token: token))
      return (false, state.heap.first?.token == token)
    }
    if isCancelled { continuation.resume(returning: false) }
    if isFirst { queue.async { [weak self] in self?.arm() } }
  }

  private func giveUp(_ token: UInt64) {
    let continuation = state.withLock { state in
      guard let continuation = state.waiting.removeValue(forKey: token) else {
        state.cancelled.insert(token)
        return nil as CheckedContinuation<Bool, Never>?
      }
      if state.heap.count > Self.smallHeap, state.heap.count > 2 * state.waiting.count {
        state.heap.keep { [waiting = state.waiting] in waiting[$0] != nil }
      }
      return continuation
    }
    continuation?.resume(returning: false)
  }

  private func ring() {
    let now = MonotonicTime.now()
    let due = state.withLock { state in
      var due: [CheckedContinuation<Bool, Never>] = []
      while let first = state.heap.first, first.time <= now {
        _ = state.heap.removeFirst()
        if let continuation = state.waiting.removeValue(forKey: first.token) {
          due.append(continuation)
        }
      }
      return due
    }
    for continuation in due { continuation.resume(returning: true) }
    arm()
  }

  private func arm() {
    guard let time = state.withLock({ $0.heap.first?.time }) else { return }
    let now = MonotonicTime.now()
    let rest = time <= now ? 0 : time.nanoseconds - now.nanoseconds
    let most = UInt64(Self.longest.components.seconds) * 1_000_000_000
    timer.schedule(deadline: .now() + .nanoseconds(Int(min(rest, most))))
  }
}

import DeployModel
import Synchronization

/// Says again and again that some time has passed, until it is let go.
final class Ticks: Sendable {
  private let count: Counter
  private let task: Task<Void, Never>

  init(every pause: Duration, clock: any WallClock, _ wake: @escaping @Sendable () -> Void) {
    let count = Counter()
    self.count = count
    task = Task {
      while true {
        do {
          try await clock.sleep(for: pause)
        } catch {
          return
        }
        count.value.add(1, ordering: .relaxed)
        wake()
      }
    }
  }

  deinit { task.cancel() }

  /// Since this was asked last.
  func haveCome() -> Bool { count.value.exchange(0, ordering: .relaxed) > 0 }

  /// Of its own, that the task does not keep the ticks alive.
  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }
}

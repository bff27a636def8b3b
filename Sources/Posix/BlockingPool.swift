import Dispatch
import Synchronization

/// Runs calls that block (SQLite, zlib, large files) away from Swift's own threads.
///
/// On Linux `DispatchQueue.global()` and concurrent queues share workers with the cooperative pool,
/// so a blocking call there freezes unrelated tasks; serial queues get threads of their own.
package final class BlockingPool: Sendable {
  private let queues: [DispatchQueue]
  private let waiting: Mutex<[Int]>

  /// At most `width` calls run at a time; the others wait.
  package init(width: Int, label: String = "slipway.blocking") {
    let width = max(1, width)
    queues = (0..<width).map { DispatchQueue(label: "\(label).\($0)") }
    waiting = Mutex(Array(repeating: 0, count: width))
  }

  /// Runs `body` to its end on one of the queues, cancelled or not: a blocking call hears nothing.
  package func run<Outcome: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Outcome
  ) async throws(Failure) -> Outcome {
    let index = claim()
    // A throwing continuation would erase the error's type.
    let result: Result<Outcome, Failure> = await withCheckedContinuation { continuation in
      queues[index].async {
        let result = Result { () throws(Failure) in try body() }
        self.waiting.withLock { $0[index] -= 1 }
        continuation.resume(returning: result)
      }
    }
    return try result.get()
  }

  /// The queue with the fewest calls: taking turns would wait behind a long one beside idle ones.
  private func claim() -> Int {
    waiting.withLock { counts in
      var best = 0
      for index in counts.indices where counts[index] < counts[best] { best = index }
      counts[best] += 1
      return best
    }
  }
}

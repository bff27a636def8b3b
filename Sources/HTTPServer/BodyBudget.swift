import Synchronization

/// The bytes that all connections together may hold of requests that nobody has vouched for (R12).
final class BodyBudget: Sendable {
  private let limit: Int
  private let used = Atomic<Int>(0)

  init(limit: Int) { self.limit = limit }

  /// Asked before each read, so the limit is passed by at most one read per reactor.
  var hasRoom: Bool { used.load(ordering: .relaxed) < limit }

  func change(by count: Int) { used.add(count, ordering: .relaxed) }
}

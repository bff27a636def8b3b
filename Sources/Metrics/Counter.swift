import Synchronization

/// Only ever grows; starts at 0 with the process.
package final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  package init() {}

  package func add(_ amount: Int = 1) { value.wrappingAdd(amount, ordering: .relaxed) }

  package var current: Int { value.load(ordering: .relaxed) }
}

/// Says how things are.
package final class Gauge: Sendable {
  private let value = Atomic<Int>(0)

  package init() {}

  package func set(_ new: Int) { value.store(new, ordering: .relaxed) }

  package var current: Int { value.load(ordering: .relaxed) }
}

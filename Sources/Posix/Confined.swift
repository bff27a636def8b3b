/// A value that only its reactor can reach, in a box that may be passed around.
// Unchecked: `value` is reached through `on(_:)` only, which holds the isolation of a reactor and
// refuses any other than the one that the value was confined to; and it came in as `sending`, or
// was that reactor's already.
package final class Confined<Value>: @unchecked Sendable {
  private let reactor: Reactor
  private let value: Value

  package init(_ value: sending Value, to reactor: Reactor) {
    self.value = value
    self.reactor = reactor
  }

  /// For a value that is the reactor's own.
  package init(_ value: Value, of reactor: isolated Reactor) {
    self.value = value
    self.reactor = reactor
  }

  package func on(_ reactor: isolated Reactor) -> Value {
    precondition(reactor === self.reactor, "a value was reached from another reactor")
    return value
  }
}

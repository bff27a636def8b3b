import Logging
import Posix
import Synchronization

/// What all reactors of one server share.
final class ServerState: Sendable {
  let limits: ServerLimits
  let handler: any HTTPHandler
  let logger: Logger
  let makeTransport: TransportMaker
  let budget: BodyBudget
  private let connections = Atomic<Int>(0)

  init(
    limits: ServerLimits, handler: any HTTPHandler, logger: Logger,
    makeTransport: @escaping TransportMaker
  ) {
    self.limits = limits
    self.handler = handler
    self.logger = logger
    self.makeTransport = makeTransport
    budget = BodyBudget(limit: limits.unauthenticatedBodies)
  }

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  /// False: there are as many as there may be. True is undone by `connectionEnded`.
  func connectionBegins() -> Bool {
    let (_, count) = connections.add(1, ordering: .relaxed)
    if count <= limits.connections { return true }
    connectionEnded()
    return false
  }

  func connectionEnded() { connections.subtract(1, ordering: .relaxed) }
}

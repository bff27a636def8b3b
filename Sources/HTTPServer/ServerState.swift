import Logging
import OpenSSLKit
import Posix
import Synchronization

/// What all reactors of one server share.
final class ServerState: Sendable {
  let limits: ServerLimits
  let handler: any HTTPHandler
  let logger: Logger
  private let tls: TLSInForce?
  let budget: BodyBudget
  private let connections = Atomic<Int>(0)

  init(
    limits: ServerLimits, handler: any HTTPHandler, logger: Logger, tls: TLSInForce?
  ) {
    self.limits = limits
    self.handler = handler
    self.logger = logger
    self.tls = tls
    budget = BodyBudget(limit: limits.unauthenticatedBodies)
  }

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  var speaksTLS: Bool { tls != nil }

  /// Of an accepted descriptor.
  func makeTransport(_ descriptor: consuming OwnedDescriptor) -> any ConnectionTransport {
    guard let tls else { return PlainTransport(descriptor) }
    return TLSTransport(descriptor, tls: tls, logger: logger)
  }

  /// False: there are as many as there may be. True is undone by `connectionEnded`.
  func connectionBegins() -> Bool {
    let (_, count) = connections.add(1, ordering: .relaxed)
    if count <= limits.connections { return true }
    connectionEnded()
    return false
  }

  func connectionEnded() { connections.subtract(1, ordering: .relaxed) }
}

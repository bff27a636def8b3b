import HTTPTypes
import HTTPWire
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
  private let proxies: TrustedProxies
  private let clients: AddressLimit
  private let connections = Atomic<Int>(0)

  init(
    limits: ServerLimits, proxies: TrustedProxies, handler: any HTTPHandler, logger: Logger,
    tls: TLSInForce?
  ) {
    self.limits = limits
    self.handler = handler
    self.logger = logger
    self.tls = tls
    self.proxies = proxies
    clients = AddressLimit(limits.perClient)
    budget = BodyBudget(limit: limits.unauthenticatedBodies)
  }

  var connectionCount: Int { connections.load(ordering: .relaxed) }

  var speaksTLS: Bool { tls != nil }

  /// Of an accepted descriptor.
  func makeTransport(_ descriptor: consuming OwnedDescriptor) -> any ConnectionTransport {
    guard let tls else { return PlainTransport(descriptor) }
    return TLSTransport(descriptor, tls: tls, logger: logger)
  }

  /// Nil: there are as many as there may be, in all or of one client. What is given is undone by
  /// `connectionEnded`.
  func connectionBegins(on descriptor: CInt) -> ConnectionOrigin? {
    let (_, count) = connections.add(1, ordering: .relaxed)
    if count <= limits.connections, let origin = origin(of: descriptor) { return origin }
    connections.subtract(1, ordering: .relaxed)
    return nil
  }

  func connectionEnded(_ origin: ConnectionOrigin) {
    clients.end(origin.place)
    connections.subtract(1, ordering: .relaxed)
  }

  private func origin(of descriptor: CInt) -> ConnectionOrigin? {
    let address: String
    do {
      address = try SocketAddress.peer(of: descriptor).host
    } catch {
      // It has gone already; the first read will say so.
      return ConnectionOrigin(address: "", proxy: nil, place: .uncounted)
    }
    guard let peer = IPAddress(address) else {
      return ConnectionOrigin(address: address, proxy: nil, place: .uncounted)
    }
    if proxies.contain(peer) {
      return ConnectionOrigin(address: address, proxy: peer, place: .uncounted)
    }
    guard let place = clients.begin(peer) else { return nil }
    return ConnectionOrigin(address: address, proxy: nil, place: place)
  }

  /// The handler's answer to what a trusted proxy has passed on, unless its client has too many
  /// requests under way. A stream is under way until it ends.
  func respond(to request: ServerRequest, passedOnBy proxy: IPAddress) async -> ServerResponse {
    let client = proxies.client(
      forwardedFor: request.headers[.forwardedFor], peer: proxy)
    guard let place = clients.begin(client) else {
      logger.debug(
        "request refused",
        metadata: [
          "request": "\(request.id)", "reason": "tooManyOfOneClient", "remote": "\(client)",
        ])
      return handler.refusal(
        of: RefusedRequest(
          id: request.id, error: .tooManyOfOneClient,
          head: RequestHeadView(method: request.method, path: request.path),
          remoteAddress: client.description))
    }
    let stay = clients.stay(in: place)
    defer { withExtendedLifetime(stay) {} }
    var request = request
    request.remoteAddress = client.description
    var response = await handler.respond(to: request)
    if let stay, case .stream(let stream) = response.body {
      response.body = .stream { writer in
        defer { withExtendedLifetime(stay) {} }
        try await stream(writer)
      }
    }
    return response
  }
}

extension HTTPField.Name {
  static let forwardedFor = HTTPField.Name(validated: "X-Forwarded-For")
}

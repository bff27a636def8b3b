import Posix
import Synchronization

/// How much one client holds at once (R12). Off unless it is configured.
///
/// What counts as one client is an IPv4 address or the /64 of an IPv6 one, which a single subscriber
/// usually has. Connections count where they come from the client itself; behind a trusted proxy,
/// whose connections carry everybody's requests, the requests that are under way do.
final class AddressLimit: Sendable {
  /// One that is held, until `end`. Without a client nobody counts it.
  struct Place: Sendable {
    fileprivate let client: IPAddress?

    static let uncounted = Place(client: nil)
  }

  /// A place that is given back when nobody holds this any more.
  final class Stay: Sendable {
    private let place: Place
    private let clients: AddressLimit

    fileprivate init(in place: Place, of clients: AddressLimit) {
      self.place = place
      self.clients = clients
    }

    deinit { clients.end(place) }
  }

  private let limit: Int?
  private let held = Mutex<[IPAddress: Int]>([:])

  /// `limit` nil: there is none.
  init(_ limit: Int?) { self.limit = limit }

  /// Nil: the client has as many as it may.
  func begin(_ address: IPAddress) -> Place? {
    guard let limit else { return .uncounted }
    let client = address.bytes.count == 4 ? address : address.prefix(64)
    return held.withLock { held in
      let count = held[client, default: 0]
      guard count < limit else { return nil }
      held[client] = count + 1
      return Place(client: client)
    }
  }

  /// Instead of `end`, where that is not one moment. Nil: nobody counts it.
  func stay(in place: Place) -> Stay? {
    place.client == nil ? nil : Stay(in: place, of: self)
  }

  func end(_ place: Place) {
    guard let client = place.client else { return }
    held.withLock { held in
      let count = held[client, default: 0]
      held[client] = count > 1 ? count - 1 : nil
    }
  }
}

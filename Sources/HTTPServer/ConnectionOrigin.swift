import Posix

/// Where a connection comes from, and what it holds of the limits.
struct ConnectionOrigin: Sendable {
  /// The IP literal of its other end; empty if it has gone already.
  let address: String
  /// Its other end, if that is a trusted proxy.
  let proxy: IPAddress?
  let place: AddressLimit.Place
}

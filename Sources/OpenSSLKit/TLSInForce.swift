import Synchronization

/// The context that the next handshake gets. A reload exchanges it; connections keep the one that
/// they began with.
///
/// Twice a day a new one takes its place by itself. The keys that seal session tickets live as long
/// as their context, and whoever steals one can read what was resumed by its tickets under TLS 1.2
/// (RFC 9325 section 3.4). The price is one full handshake per client.
package final class TLSInForce: Sendable {
  private struct State {
    var identities: [TLSIdentity]
    var context: TLSServerContext
    var madeAt: ContinuousClock.Instant
  }

  static let contextLife = Duration.seconds(12 * 3600)

  private let state: Mutex<State>
  private let now: @Sendable () -> ContinuousClock.Instant

  package init(
    _ identities: [TLSIdentity],
    now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
  ) throws(OpenSSLFailure) {
    self.now = now
    state = Mutex(
      State(
        identities: identities, context: try TLSServerContext(identities), madeAt: now()))
  }

  /// Sessions that began with the old certificates cannot be resumed: who comes back sees the new.
  package func replace(with identities: [TLSIdentity]) throws(OpenSSLFailure) {
    let fresh = State(
      identities: identities, context: try TLSServerContext(identities), madeAt: now())
    state.withLock { $0 = fresh }
  }

  package func context() -> TLSServerContext {
    let now = now()
    return state.withLock { state in
      guard now - state.madeAt >= Self.contextLife else { return state.context }
      do throws(OpenSSLFailure) {
        state.context = try TLSServerContext(state.identities)
        state.madeAt = now
      } catch {
        // Memory is short. The old context serves as well, and the next handshake tries again.
      }
      return state.context
    }
  }
}

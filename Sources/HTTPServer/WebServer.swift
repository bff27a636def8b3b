import Glibc
package import Logging
package import OpenSSLKit
package import Posix
import Synchronization

/// An HTTP/1.1 server on sockets of its own: one reactor per core, each with its own connections.
package final class WebServer: Sendable {
  private struct Running {
    var acceptor: Confined<Acceptor>
    var reactors: [Reactor]
    var workers: [(reactor: Reactor, worker: Confined<Worker>)]
  }

  private let address: SocketAddress
  private let reactorCount: Int
  private let shared: ServerState
  private let shortage: @Sendable () -> CInt?
  private let running = Mutex<Running?>(nil)

  /// `reactors` nil: one for each core. `tls` nil: in clear.
  package init(
    listen address: SocketAddress, limits: ServerLimits = ServerLimits(),
    proxies: TrustedProxies = TrustedProxies(), handler: any HTTPHandler, logger: Logger,
    reactors: Int? = nil, tls: TLSInForce? = nil,
    shortage: @escaping @Sendable () -> CInt? = { nil }
  ) {
    self.address = address
    self.shortage = shortage
    reactorCount = max(1, reactors ?? sysconf(CInt(_SC_NPROCESSORS_ONLN)))
    shared = ServerState(
      limits: limits, proxies: proxies, handler: handler, logger: logger, tls: tls)
  }

  /// Open connections, for metrics and tests.
  package var connectionCount: Int { shared.connectionCount }

  /// Binds and serves, until `stop`. Answers what it is bound to. Call it once.
  @discardableResult
  package func start() throws(PosixError) -> SocketAddress {
    let listener = try ListeningSocket(on: address)
    let bound = listener.address
    var reactors: [Reactor] = []
    var workers: [(reactor: Reactor, worker: Confined<Worker>)] = []
    for index in 0..<reactorCount {
      let reactor = try Reactor(label: "slipway.http.\(index)")
      let seed = try SystemRandom.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      reactors.append(reactor)
      workers.append((reactor, Confined(Worker(shared: shared, seed: seed), to: reactor)))
    }
    let acceptor = Confined(
      Acceptor(listener, shared: shared, workers: workers, shortage: shortage), to: reactors[0])
    let logger = shared.logger
    reactors[0].perform { reactor in
      do {
        try acceptor.on(reactor).start(on: reactor)
      } catch {
        logger.critical("listener not watched", metadata: ["error": "\(error)"])
      }
    }
    let started = Running(acceptor: acceptor, reactors: reactors, workers: workers)
    running.withLock { $0 = started }
    logger.debug("listening", metadata: ["address": "\(bound)"])
    return bound
  }

  /// Stops accepting, closes idle connections, and returns when what was in flight is answered, or
  /// after `limit`, when it is cut.
  package func stop(within limit: Duration) async {
    let stopping = running.withLock { running in
      defer { running = nil }
      return running
    }
    guard let stopping else { return }
    let acceptor = stopping.acceptor
    stopping.reactors[0].perform { reactor in acceptor.on(reactor).stop(on: reactor) }
    let deadline = Task {
      do {
        try await Task.sleep(for: limit)
      } catch {
        return  // all were answered in time
      }
      for (reactor, worker) in stopping.workers {
        reactor.perform { reactor in worker.on(reactor).abandonAll(on: reactor) }
      }
    }
    // All know of it before anybody can see it: no answer promises a connection that is about to close.
    for (reactor, worker) in stopping.workers {
      await withCheckedContinuation { continuation in
        reactor.perform { reactor in
          worker.on(reactor).beginStopping()
          continuation.resume()
        }
      }
    }
    for (reactor, worker) in stopping.workers {
      reactor.perform { reactor in worker.on(reactor).closeWhatIsIdle(on: reactor) }
    }
    for (reactor, worker) in stopping.workers {
      await withCheckedContinuation { continuation in
        reactor.perform { reactor in worker.on(reactor).whenDrained(continuation) }
      }
    }
    deadline.cancel()
    for reactor in stopping.reactors { await reactor.shutDown() }
  }
}

import Glibc
import Logging
import Posix

/// Takes connections from one listener and deals them out to the reactors in turn.
///
/// Without descriptors (EMFILE, ENFILE) accepting pauses, and clients wait in the kernel's queue:
/// a listener that stays readable would otherwise turn the reactor in circles. If that lasts, one
/// client at a time is taken with the spare descriptor and told 503.
final class Acceptor: ReactorHandler {
  /// Nil once it has stopped.
  private var listener: ListeningSocket?
  private let shared: ServerState
  private let workers: [(reactor: Reactor, worker: Confined<Worker>)]
  /// The errno that the next accept meets, for tests of what the kernel does when it has run out.
  private let shortage: @Sendable () -> CInt?
  private var registration: Reactor.Registration?
  private var spare: OwnedDescriptor?
  private var pausedSince: MonotonicTime?
  private var turn = 0

  /// How many are accepted before the reactor's other work has its turn.
  private static let batch = 64
  private static let pause = Duration.milliseconds(100)
  /// How long clients wait unheard before one at a time is turned away.
  private static let patience = Duration.seconds(5)
  private static let refusal = Array(
    ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n"
      + "Connection: close\r\n\r\n").utf8)
  /// The fatal alert internal_error, as a record that needs no handshake (RFC 8446 section 6).
  private static let tlsRefusal: [UInt8] = [21, 3, 3, 0, 2, 2, 80]

  init(
    _ listener: consuming ListeningSocket, shared: ServerState,
    workers: [(reactor: Reactor, worker: Confined<Worker>)],
    shortage: @escaping @Sendable () -> CInt?
  ) {
    self.listener = consume listener
    self.shared = shared
    self.workers = workers
    self.shortage = shortage
    spare = Self.openSpare()
  }

  func start(on reactor: isolated Reactor) throws(PosixError) {
    registration = try reactor.register(
      listener?.descriptor.number, for: .reading, handler: self)
  }

  /// Who waits by now is still taken; whoever comes from now on is refused by the kernel.
  func stop(on reactor: isolated Reactor) {
    do {
      while let descriptor = try listener?.accept() { deal(descriptor) }
    } catch {
      shared.logger.warning("not all who waited were taken", metadata: ["error": "\(error)"])
    }
    if let registration { reactor.unregister(registration) }
    registration = nil
    listener = nil
  }

  func ready(_ readiness: Readiness, on reactor: isolated Reactor) {
    do throws(PosixError) {
      for _ in 0..<Self.batch {
        if let code = shortage() { throw PosixError("accept", code) }
        guard let descriptor = try listener?.accept() else { break }
        deal(descriptor)
      }
      if pausedSince != nil {
        pausedSince = nil
        shared.logger.notice("accepting connections again")
      }
    } catch {
      pause(error, on: reactor)
    }
  }

  func deadlineReached(on reactor: isolated Reactor) {
    if let since = pausedSince, .now() >= since + Self.patience { turnOneAway() }
    if spare == nil { spare = Self.openSpare() }
    watch(.reading, on: reactor)
  }

  private func deal(_ descriptor: consuming OwnedDescriptor) {
    guard let origin = shared.connectionBegins(on: descriptor.number) else {
      refuse(descriptor)
      return
    }
    let number = descriptor.release()
    let (reactor, worker) = workers[turn]
    turn = (turn + 1) % workers.count
    reactor.perform { reactor in
      worker.on(reactor).adopt(
        OwnedDescriptor(owning: number), from: origin, on: reactor)
    }
  }

  private func pause(_ error: PosixError, on reactor: isolated Reactor) {
    if pausedSince == nil {
      pausedSince = .now()
      shared.logger.error(
        "accepting connections paused",
        metadata: ["error": "\(error)", "connections": "\(shared.connectionCount)"])
    }
    watch([], on: reactor)
    if let registration { reactor.setDeadline(.now() + Self.pause, of: registration) }
  }

  private func watch(_ interest: Interest, on reactor: isolated Reactor) {
    guard let registration else { return }
    do {
      try reactor.change(registration, to: interest)
    } catch {
      shared.logger.critical("listener not watched", metadata: ["error": "\(error)"])
    }
  }

  private func turnOneAway() {
    guard spare != nil else { return }
    spare = nil
    do {
      guard let descriptor = try listener?.accept() else { return }
      refuse(descriptor)
    } catch {
      shared.logger.debug("nobody turned away", metadata: ["error": "\(error)"])
    }
  }

  private func refuse(_ descriptor: consuming OwnedDescriptor) {
    let number = descriptor.number
    // Best effort: a fresh socket has room for it, and nobody waits for a client here.
    (shared.speaksTLS ? Self.tlsRefusal : Self.refusal).withUnsafeBytes {
      _ = send(number, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
    }
    _ = shutdown(number, CInt(SHUT_WR))
  }

  private static func openSpare() -> OwnedDescriptor? {
    let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    return number >= 0 ? OwnedDescriptor(owning: number) : nil
  }
}

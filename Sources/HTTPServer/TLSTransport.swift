import Glibc
import HTTPWire
import Logging
import OpenSSLKit
import Posix

/// A TCP socket under TLS.
///
/// The peer's end is the same with and without its close_notify: a request says by itself where it
/// ends, and one that is cut short is refused by that (RFC 9112 section 9.8). Ours is announced
/// only when all is sent, so that a client can tell a whole answer from a cut one.
final class TLSTransport: ConnectionTransport {
  private enum Stage {
    /// Until the client's hello is there.
    case waiting(received: [UInt8])
    case shakingHands(TLSSession)
    case established(TLSSession)
    /// Told in clear that it speaks the wrong protocol. What it still sends is thrown away, so that
    /// the answer is not lost to a reset.
    case refused(remaining: Int)
    case failed(PosixError)
  }

  private let socket: TCPSocket
  private let tls: TLSInForce
  private let logger: Logger
  private var stage = Stage.waiting(received: [])
  private var receiveWantsWrite = false
  private var sendWantsRead = false
  private var goodbyeIsDue = false

  var descriptor: CInt { socket.number }
  private(set) var holdsInput = false
  var waitsCrosswise: Bool { receiveWantsWrite || sendWantsRead || goodbyeIsDue }

  /// How much of a request in clear is thrown away.
  private static let refusedInput = 256 << 10

  init(_ descriptor: consuming OwnedDescriptor, tls: TLSInForce, logger: Logger) {
    socket = TCPSocket(descriptor)
    self.tls = tls
    self.logger = logger
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome {
    receiveWantsWrite = false
    if goodbyeIsDue { endSending() }
    while true {
      switch stage {
      case .waiting(let received):
        if let outcome = begin(received, buffer) { return outcome }
      case .shakingHands(let session):
        let outcome = session.shakeHands()
        guard case .moved = outcome else { return received(outcome, session) }
        stage = .established(session)
      case .established(let session): return received(session.read(into: buffer), session)
      case .refused(let remaining): return discard(remaining, buffer)
      case .failed(let error): return .failed(error)
      }
    }
  }

  func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome {
    sendWantsRead = false
    guard case .established(let session) = stage else { return fail("no session") }
    switch session.write(bytes) {
    case .moved(let count): return .moved(count)
    case .wantsWrite: return .wouldBlock
    case .wantsRead:
      sendWantsRead = true
      return .wouldBlock
    case .ended: return .ended
    case .failed(let failure): return fail("\(failure)")
    }
  }

  func endSending() {
    guard case .established(let session) = stage else { return }
    goodbyeIsDue = session.sayGoodbye() == .wantsWrite
    if !goodbyeIsDue { socket.endSending() }
  }

  func sayGoodbye() {
    guard case .established(let session) = stage else { return }
    // A socket that is full has a peer that reads nothing.
    _ = session.sayGoodbye()
  }

  // MARK: The beginning

  /// Reads what comes before the session. Nil: the stage is another.
  private func begin(
    _ received: [UInt8], _ buffer: UnsafeMutableRawBufferPointer
  ) -> TransportOutcome? {
    var received = received
    switch socket.receive(into: buffer) {
    case .moved(let count): received += buffer[..<count]
    case .wouldBlock: return .wouldBlock
    case .ended: return .ended
    case .failed(let error): return .failed(error)
    }
    switch FirstBytes(received) {
    case .incomplete: stage = .waiting(received: received)
    case .hello:
      do throws(OpenSSLFailure) {
        stage = .shakingHands(
          try TLSSession(tls.context(), on: socket.number, received: received))
      } catch {
        return fail("\(error)")
      }
    case .plainHTTP: refuseInClear()
    case .other: return fail("the first bytes are not TLS")
    }
    return nil
  }

  /// As nginx and Go do, so that whoever typed `http://` reads what is wrong.
  private func refuseInClear() {
    logger.debug("plain HTTP on a TLS port", metadata: ["remote": "\(remote)"])
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    let text = "This port speaks TLS: use https://\n"
    let head =
      "HTTP/1.1 400 Bad Request\r\nDate: "
      + String(decoding: HTTPDate(unixSeconds: now.tv_sec).bytes, as: UTF8.self)
      + "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(text.utf8.count)\r\n"
      + "Connection: close\r\n\r\n"
    // A fresh socket has room for it.
    Array((head + text).utf8).withUnsafeBytes { _ = socket.send($0) }
    socket.endSending()
    stage = .refused(remaining: Self.refusedInput)
  }

  private func discard(
    _ remaining: Int, _ buffer: UnsafeMutableRawBufferPointer
  ) -> TransportOutcome {
    var remaining = remaining
    while remaining > 0 {
      let outcome = socket.receive(into: buffer)
      guard case .moved(let count) = outcome else {
        stage = .refused(remaining: remaining)
        return outcome
      }
      remaining -= count
    }
    return .ended
  }

  // MARK: Outcomes

  private func received(_ outcome: TLSSession.Outcome, _ session: TLSSession) -> TransportOutcome {
    switch outcome {
    case .moved(let count):
      holdsInput = session.holdsInput
      return .moved(count)
    case .wantsRead: return .wouldBlock
    case .wantsWrite:
      receiveWantsWrite = true
      return .wouldBlock
    case .ended: return .ended
    case .failed(let failure): return fail("\(failure)")
    }
  }

  private func fail(_ reason: String) -> TransportOutcome {
    logger.debug("TLS failed", metadata: ["reason": "\(reason)", "remote": "\(remote)"])
    let error = PosixError("TLS", EPROTO)
    stage = .failed(error)
    return .failed(error)
  }

  private var remote: String {
    do {
      return try SocketAddress.peer(of: socket.number).host
    } catch {
      return ""
    }
  }
}

import COpenSSL
import OpenSSLKit
import Synchronization
import TestKit
import Testing

@Suite("TLS sessions, against OpenSSL's own client")
struct TLSSessionTests {
  private func identity(_ names: [String] = ["a.example"]) async throws -> TLSIdentity {
    let files = try Certificates()
    try await files.make("a", names: names)
    return try TLSIdentity(
      certificate: files.text(files.certificate("a")),
      privateKey: files.text(files.privateKey("a")))
  }

  private func read(_ session: TLSSession, atMost count: Int = 64 << 10) -> (
    TLSSession.Outcome, [UInt8]
  ) {
    var bytes = [UInt8](repeating: 0, count: count)
    let outcome = bytes.withUnsafeMutableBytes { session.read(into: $0) }
    guard case .moved(let count) = outcome else { return (outcome, []) }
    return (outcome, Array(bytes[..<count]))
  }

  @Test("bytes go both ways under both versions", arguments: [TLS1_2_VERSION, TLS1_3_VERSION])
  func bothWays(version: CInt) async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]), version: version)
    #expect(!pair.server.isEstablished)
    try pair.shakeHands()
    #expect(pair.server.isEstablished)
    #expect(pair.server.version == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"))
    #expect(pair.write([1, 2, 3]))
    #expect(read(pair.server).1 == [1, 2, 3])
    #expect(read(pair.server).0 == .wantsRead)
    #expect([4, 5].withUnsafeBytes { pair.server.write($0) } == .moved(16))
  }

  @Test("what a read leaves inside OpenSSL is told, for the socket will not say so again")
  func holdsInput() async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]))
    try pair.shakeHands()
    #expect(pair.write([1, 2, 3, 4]))
    #expect(pair.write([5, 6]))
    #expect(read(pair.server, atMost: 3).1 == [1, 2, 3])
    #expect(pair.server.holdsInput)
    #expect(read(pair.server, atMost: 3).1 == [4])
    #expect(pair.server.holdsInput)
    #expect(read(pair.server, atMost: 3).1 == [5, 6])
    #expect(!pair.server.holdsInput)
  }

  @Test("a full socket takes what it can; the rest goes on from the same byte, moved or not")
  func fullSocket() async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]))
    try pair.shakeHands()
    let bytes = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 7) }
    var sent = 0
    var received: [UInt8] = []
    var waits = 0
    while sent < bytes.count {
      // Another address each time.
      let rest = Array(bytes[sent...].prefix(100_000))
      switch rest.withUnsafeBytes({ pair.server.write($0) }) {
      case .moved(let count): sent += count
      case .wantsWrite:
        waits += 1
        received += pair.read()
      default: throw OpenSSLFailure("write", reason: "unexpected outcome")
      }
    }
    while true {
      let more = pair.read()
      if more.isEmpty { break }
      received += more
    }
    #expect(waits > 0)
    #expect(received == bytes)
  }

  @Test("keys may be renewed in the middle")
  func keyUpdate() async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]))
    try pair.shakeHands()
    pair.updateKeys()
    #expect(pair.write([1]))
    #expect(read(pair.server).1 == [1])
    #expect([2].withUnsafeBytes { pair.server.write($0) } == .moved(8))
    #expect(pair.read().first == 2)
  }

  @Test("R12: a client that does nothing but renew keys is cut")
  func keyUpdateFlood() async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]), overTCP: true)
    try pair.shakeHands()
    for _ in 0..<4000 { pair.updateKeys() }
    try await eventually("their arrival") { pair.waiting > 80_000 }
    #expect(
      read(pair.server).0
        == .failed(OpenSSLFailure("read", reason: "too many records without data")))
    #expect(pair.server.sayGoodbye() == .moved(0))
    guard case .failed = read(pair.server).0 else {
      Issue.record("a failed session went on")
      return
    }
  }

  @Test("the peer's goodbye ends reading, and not writing")
  func halfClose() async throws {
    let pair = try SessionPair(TLSServerContext([await identity()]))
    try pair.shakeHands()
    #expect(pair.write([1]))
    #expect(SSL_shutdown(pair.client) == 0)
    #expect(read(pair.server).1 == [1])
    #expect(read(pair.server).0 == .ended)
    #expect([2].withUnsafeBytes { pair.server.write($0) } == .moved(8))
    #expect(pair.server.sayGoodbye() == .moved(0))
    #expect(pair.server.sayGoodbye() == .moved(0))
    #expect(pair.read().first == 2)
    #expect(pair.read() == [])
    #expect(SSL_get_shutdown(pair.client) & SSL_RECEIVED_SHUTDOWN != 0)
  }

  @Test("sessions are resumed from tickets, until the keys change: in time, and with certificates")
  func resumption() async throws {
    let clock = Mutex(ContinuousClock.now)
    let identity = try await identity()
    let tls = try TLSInForce([identity], now: { clock.withLock { $0 } })

    for version in [TLS1_2_VERSION, TLS1_3_VERSION] {
      func isResumed(_ ticket: OpaquePointer?) throws -> (Bool, OpaquePointer?) {
        let pair = try SessionPair(tls.context(), resuming: ticket, version: version)
        try pair.shakeHands()
        SSL_SESSION_free(ticket)
        let next = SSL_get1_session(pair.client)
        return (SSL_session_reused(pair.client) == 1, next)
      }
      var (resumed, ticket) = try isResumed(nil)
      #expect(!resumed)
      (resumed, ticket) = try isResumed(ticket)
      #expect(resumed)
      clock.withLock { $0 += .seconds(11 * 3600) }
      (resumed, ticket) = try isResumed(ticket)
      #expect(resumed)
      clock.withLock { $0 += .seconds(1 * 3600) }
      (resumed, ticket) = try isResumed(ticket)
      #expect(!resumed)
      (resumed, ticket) = try isResumed(ticket)
      #expect(resumed)
      try tls.replace(with: [identity])
      (resumed, ticket) = try isResumed(ticket)
      #expect(!resumed)
      SSL_SESSION_free(ticket)
    }
  }

  @Test("an exchanged context lives as long as the sessions that began with it")
  func exchange() async throws {
    let tls = try TLSInForce([await identity()])
    let pair = try SessionPair(tls.context())
    try tls.replace(with: [await identity(["b.example"])])
    try pair.shakeHands()
    #expect(pair.write([1]))
    #expect(read(pair.server).1 == [1])
  }

  @Test("a client that has gone in the middle of the handshake is an error, not a signal")
  func gone() async throws {
    let context = try TLSServerContext([await identity()])
    let pair = try SessionPair(context)
    SSL_do_handshake(pair.client)
    pair.closeClient()
    var outcome = pair.server.shakeHands()
    if outcome == .wantsRead { outcome = pair.server.shakeHands() }
    guard case .failed(let failure) = outcome else {
      #expect(outcome == .ended)
      return
    }
    #expect(failure.operation == "handshake")
  }
}

import Glibc
import HTTPTypes
import Logging
import Posix
import Synchronization
import Testing

@testable import HTTPServer

/// One connection that always has something to say leaves the reactor's others their turn.
@Suite struct TurnTests {
  /// Sends a body as fast as it is read, up to a number of reads.
  private final class Talker: ConnectionTransport {
    static let reads = 200
    private let owned: OwnedDescriptor
    private(set) var reads = 0

    init(_ descriptor: consuming OwnedDescriptor) { owned = descriptor }

    var descriptor: CInt { owned.number }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> TransportOutcome {
      guard reads < Self.reads else { return .wouldBlock }
      reads += 1
      guard reads == 1 else { return .moved(buffer.count) }
      let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 25000000\r\n\r\n"
      buffer.copyBytes(from: head.utf8)
      return .moved(head.utf8.count)
    }

    var holdsInput: Bool { true }
    func send(_ bytes: UnsafeRawBufferPointer) -> TransportOutcome { .moved(bytes.count) }
    func endSending() {}
  }

  /// Says at each turn of the reactor how far the talker has come.
  private static func watch(
    _ talker: Confined<Talker>, _ turn: AsyncStream<Int>.Continuation, on reactor: isolated Reactor
  ) {
    let reads = talker.on(reactor).reads
    turn.yield(reads)
    guard reads < Talker.reads else { return turn.finish() }
    reactor.perform { watch(talker, turn, on: $0) }
  }

  private static func start(
    on descriptor: CInt, _ turn: AsyncStream<Int>.Continuation, on reactor: isolated Reactor
  ) throws {
    let shared = ServerState(
      limits: ServerLimits(), proxies: TrustedProxies(), handler: TestHandler(),
      logger: Logger(label: "test"), tls: nil)
    let transport = Talker(OwnedDescriptor(owning: descriptor))
    let connection = Connection(
      transport, from: ConnectionOrigin(address: "", proxy: nil, place: .uncounted),
      worker: Worker(shared: shared, seed: 1))
    try connection.start(on: reactor)
    watch(Confined(transport, of: reactor), turn, on: reactor)
  }

  @Test("between two of its reads the reactor does its other work")
  func others() async throws {
    var ends: [CInt] = [-1, -1]
    try #require(
      socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
    let theirs = OwnedDescriptor(owning: ends[1])
    let reactor = try Reactor(label: "test")
    let (turns, turn) = AsyncStream.makeStream(of: Int.self)
    try await Self.start(on: ends[0], turn, on: reactor)
    var seen: [Int] = []
    for await reads in turns { seen.append(reads) }
    #expect(seen.last == Talker.reads)
    #expect(zip([0] + seen, seen).allSatisfy { $1 - $0 <= 16 })
    await reactor.shutDown()
    _ = theirs.number
  }
}

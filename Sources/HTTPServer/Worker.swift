import Glibc
import HTTPWire
import Logging
import Posix

/// What the connections of one reactor share. Confined to that reactor.
final class Worker {
  let shared: ServerState
  let readBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
  private(set) var isStopping = false
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var ids: RequestIDs
  private var lastDate = HTTPDate(unixSeconds: 0)
  private var spareBuffers: [[UInt8]] = []
  private var spareBodies: [[UInt8]] = []
  private var drained: [CheckedContinuation<Void, Never>] = []

  /// Buffers kept for later answers, and how large they may be.
  private static let spareLimit = 32
  private static let spareSize = 64 << 10

  init(shared: ServerState, seed: UInt64) {
    self.shared = shared
    ids = RequestIDs(seed: seed)
  }

  deinit { readBuffer.deallocate() }

  func nextID() -> String { ids.next() }

  /// The Date of answers that leave now; text only once per second.
  func date() -> HTTPDate {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    if now.tv_sec != lastDate.unixSeconds { lastDate = HTTPDate(unixSeconds: now.tv_sec) }
    return lastDate
  }

  func adopt(
    _ descriptor: consuming OwnedDescriptor, from origin: ConnectionOrigin,
    on reactor: isolated Reactor
  ) {
    let connection = Connection(shared.makeTransport(descriptor), from: origin, worker: self)
    // Before it starts: a client that has gone already ends it at once.
    connections[ObjectIdentifier(connection)] = connection
    do {
      try connection.start(on: reactor)
    } catch {
      shared.logger.warning("connection not watched", metadata: ["error": "\(error)"])
      forget(connection)
    }
  }

  func forget(_ connection: Connection) {
    guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
    shared.connectionEnded(connection.origin)
    if isStopping, connections.isEmpty { reportDrained() }
  }

  /// An empty body with room for `count` bytes, from an earlier request where one is left.
  func lendBody(_ count: Int) -> [UInt8] {
    var body = spareBodies.popLast() ?? []
    body.reserveCapacity(count)
    return body
  }

  /// To be called with a body that nobody else holds: one that is held is copied into a new place.
  func takeBackBody(_ body: inout [UInt8]) {
    guard body.capacity > 0, body.capacity <= Self.spareSize, spareBodies.count < Self.spareLimit
    else { return }
    body.removeAll(keepingCapacity: true)
    spareBodies.append(body)
    body = []
  }

  func lendBuffer() -> [UInt8] { spareBuffers.popLast() ?? [] }

  func takeBack(_ buffer: [UInt8]) {
    guard buffer.capacity > 0, buffer.capacity <= Self.spareSize,
      spareBuffers.count < Self.spareLimit
    else { return }
    spareBuffers.append(buffer)
  }

  /// From now on every answer is its connection's last.
  func beginStopping() { isStopping = true }

  func closeWhatIsIdle(on reactor: isolated Reactor) {
    for connection in connections.values { connection.stopWhenIdle(on: reactor) }
  }

  /// Resumes when all connections are gone.
  func whenDrained(_ continuation: CheckedContinuation<Void, Never>) {
    drained.append(continuation)
    if connections.isEmpty { reportDrained() }
  }

  func abandonAll(on reactor: isolated Reactor) {
    for connection in connections.values { connection.abandon(on: reactor) }
    reportDrained()
  }

  private func reportDrained() {
    for continuation in drained { continuation.resume() }
    drained = []
  }
}

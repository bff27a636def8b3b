/// Bytes that wait for the socket. Small ones are gathered, large ones are queued as they are.
struct OutputQueue {
  /// From this size on a copy costs more than another call of send.
  private static let gatherLimit = 16 << 10

  /// Few at a time: the writer waits for room.
  private var segments: [[UInt8]] = []
  private var sent = 0
  private(set) var count = 0
  private var tail: [UInt8] = []

  var isEmpty: Bool { count == 0 }

  /// Takes a buffer from an earlier queue, if it has none, so that a short answer needs no
  /// allocation.
  mutating func adopt(_ buffer: @autoclosure () -> [UInt8]) {
    if tail.capacity == 0 { tail = buffer() }
  }

  /// The buffer back, when all is sent.
  mutating func takeBuffer() -> [UInt8] {
    var buffer: [UInt8] = []
    swap(&buffer, &tail)
    buffer.removeAll(keepingCapacity: true)
    return buffer
  }

  mutating func gather<Failure: Error>(
    _ body: (inout [UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let before = tail.count
    try body(&tail)
    count += tail.count - before
  }

  mutating func append(_ bytes: [UInt8]) {
    if bytes.count < Self.gatherLimit {
      tail += bytes
    } else {
      if !tail.isEmpty { segments.append(tail) }
      tail = []
      segments.append(bytes)
    }
    count += bytes.count
  }

  /// Calls `body` with the next bytes until it takes none; it says how many it took.
  mutating func drain(_ body: (UnsafeRawBufferPointer) -> Int) {
    while count > 0 {
      let offset = sent
      let taken: Int
      let available: Int
      if let segment = segments.first {
        available = segment.count - offset
        taken = segment.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
      } else {
        available = tail.count - offset
        taken = tail.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
      }
      guard taken > 0 else { return }
      count -= taken
      sent += taken
      guard taken == available else { continue }
      sent = 0
      if segments.isEmpty {
        tail.removeAll(keepingCapacity: true)
      } else {
        segments.removeFirst()
      }
    }
  }
}

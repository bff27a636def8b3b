package import HTTPWire

/// Everything that one server gives to clients that it does not know (R12). Sizes are bytes.
package struct ServerLimits: Sendable {
  package var wire = WireLimits()
  /// Connections in all. Defends descriptors and the memory that each of them may hold.
  package var connections = 12_000
  /// Of one client: connections, or behind a trusted proxy requests that are under way. Nil: as many
  /// as there may be in all. Defends the others' share of `connections`.
  package var perClient: Int?
  /// All request bodies that are being received or answered, together. Defends memory: beyond it
  /// reading pauses, so that the senders' own buffers fill.
  package var unauthenticatedBodies = 128 << 20
  /// How long reading pauses for that before the answer is 503.
  package var bodyPatience = Duration.seconds(5)
  /// From a request's first byte, or from the connection, to the end of its head. Defends against
  /// slow clients; so do all that follow.
  package var head = Duration.seconds(10)
  /// For a body: this long, and longer by the time that `bodyRate` allows for what has come, but
  /// never longer than this from the last of it.
  package var body = Duration.seconds(10)
  /// Bytes per second.
  package var bodyRate = 16 << 10
  /// Between two requests.
  package var idle = Duration.seconds(75)
  /// For an answer that the client does not take: this long, and longer by the time that
  /// `writeRate` allows for what it took.
  package var write = Duration.seconds(15)
  /// But never longer than this from the last of it. The kernel takes more only when a third of its
  /// buffer (4 MB at the most) is free again: somebody who reads steadily, and slowly, looks silent
  /// until then.
  package var writeSilence = Duration.seconds(120)
  /// Bytes per second.
  package var writeRate = 4 << 10
  /// From the last answer to the end of what the client still sends.
  package var linger = Duration.seconds(2)
  /// Bytes of an answer that wait for the socket before its writer has to.
  package var writeBuffer = 256 << 10

  package init() {}
}

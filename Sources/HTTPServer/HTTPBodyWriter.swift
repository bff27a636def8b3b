import Posix

/// The client has gone, or takes nothing any more.
package struct ClientGone: Error, Hashable, Sendable {
  package init() {}
}

/// Writes a streamed answer. Chunks under HTTP/1.1, and up to the end of the connection under 1.0.
package final class HTTPBodyWriter: Sendable {
  private let sink: @Sendable ([UInt8]) async throws -> Void

  /// A writer that hands on what it is given: to another one, say, after a change.
  package init(_ sink: @escaping @Sendable ([UInt8]) async throws -> Void) { self.sink = sink }

  convenience init(_ connection: Confined<Connection>, on reactor: Reactor) {
    self.init { try await Self.write($0, to: connection, on: reactor) }
  }

  /// Hands `bytes` to the connection, and suspends while it holds more than it should. What is
  /// written is sent at once. Throws `ClientGone` when nobody reads any more.
  package func write(_ bytes: [UInt8]) async throws { try await sink(bytes) }

  private static func write(
    _ bytes: [UInt8], to connection: Confined<Connection>, on reactor: isolated Reactor
  ) async throws {
    let connection = connection.on(reactor)
    guard connection.stream(bytes, on: reactor) else { throw ClientGone() }
    guard connection.isCongested else { return }
    let isAlive: Bool = await withCheckedContinuation(isolation: reactor) { continuation in
      connection.waitForRoom(continuation)
    }
    guard isAlive else { throw ClientGone() }
  }
}

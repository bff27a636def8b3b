import CPostgres
import DeployModel
@preconcurrency import Dispatch
import Glibc
import Synchronization

/// Short messages to the other processes that share the database, by `LISTEN` and `NOTIFY`: quick, and
/// not to be relied on. Who may have missed some is told so.
package final class PostgresChannel: Sendable {
  /// What a channel hears. Called on a queue of its own, one after another.
  package struct Handlers: Sendable {
    var receive: @Sendable (_ messages: [String]) -> Void
    var missed: @Sendable () -> Void
    /// The connection is gone, or could not be made, for a reason that holds no secret. Once for
    /// each time.
    var lost: @Sendable (_ reason: String) -> Void

    package init(
      receive: @escaping @Sendable ([String]) -> Void, missed: @escaping @Sendable () -> Void,
      lost: @escaping @Sendable (String) -> Void
    ) {
      self.receive = receive
      self.missed = missed
      self.lost = lost
    }
  }

  private struct Outgoing {
    var messages: [String] = []
    var isSending = false
  }

  /// PostgreSQL takes less than 8,000 bytes (NOTIFY).
  private static let payload = 7000
  /// R12: more than that are one message: that something was missed.
  private static let most = 4096
  private static let everything = "!"

  private let url: String
  private let name: String
  private let outgoing = Mutex(Outgoing())
  private let isClosed = Atomic(false)
  private let sender: ConfinedConnection
  private let listening = DispatchQueue(label: "slipway.store.listen")

  /// - Parameter name: of this process, by which it knows its own messages. Without line ends.
  package init(url: String, name: String) {
    self.url = url
    self.name = name
    sender = ConfinedConnection(label: "slipway.store.notify") { () throws(StoreError) in
      try PostgresConnection(url: url)
    }
  }

  /// Returns at once; what cannot be sent now is sent when the server is back, as "missed".
  package func send(_ message: String) {
    let mustSend = outgoing.withLock { outgoing in
      if outgoing.messages.count >= Self.most { outgoing.messages = [Self.everything] }
      if outgoing.messages.last != message { outgoing.messages.append(message) }
      defer { outgoing.isSending = true }
      return !outgoing.isSending
    }
    if mustSend { sender.async { [self] connect in drain(connect) } }
  }

  private func drain(_ connect: () throws(StoreError) -> any SQLConnection) {
    while case let messages = take(), !messages.isEmpty {
      do throws(StoreError) {
        let connection = try connect()
        for payload in payloads(of: messages) {
          try connection.query(SQL.notify, [.text(payload)]) { _ in false }
        }
      } catch {
        outgoing.withLock { $0.messages = [Self.everything] }
        guard !isClosed.load(ordering: .relaxed) else { return }
        sleep(1)
      }
    }
  }

  private func take() -> [String] {
    outgoing.withLock { outgoing in
      let messages = outgoing.messages
      outgoing.messages = []
      if messages.isEmpty { outgoing.isSending = false }
      return messages
    }
  }

  private func payloads(of messages: [String]) -> [String] {
    var payloads: [String] = []
    var payload = name
    for message in messages {
      if payload.utf8.count + message.utf8.count >= Self.payload {
        payloads.append(payload)
        payload = name
      }
      payload += "\n\(message)"
    }
    return payloads + [payload]
  }

  // MARK: Hearing

  /// Listens until `close`.
  package func listen(_ handlers: Handlers) {
    listening.async { [self] in
      var isFirst = true
      var isLost = false
      while !isClosed.load(ordering: .relaxed) {
        do throws(StoreError) {
          let connection = try PostgresConnection(url: url)
          try connection.script("LISTEN slipway")
          // While nobody listened, anything may have been said.
          if !isFirst { handlers.missed() }
          isFirst = false
          isLost = false
          try hear(on: connection, handlers)
        } catch {
          isFirst = false
          if !isLost, !isClosed.load(ordering: .relaxed) { handlers.lost(error.description) }
          isLost = true
          sleep(1)
        }
      }
    }
  }

  package func close() { isClosed.store(true, ordering: .relaxed) }

  private func hear(
    on connection: PostgresConnection, _ handlers: Handlers
  ) throws(StoreError) {
    while !isClosed.load(ordering: .relaxed) {
      for payload in try connection.notifications(waiting: .seconds(1)) {
        var lines = payload.split(separator: "\n").map(String.init)
        guard !lines.isEmpty, lines.removeFirst() != name else { continue }
        if lines.contains(Self.everything) { handlers.missed() } else { handlers.receive(lines) }
      }
    }
  }
}

extension PostgresConnection {
  /// The payloads that have come, after waiting for the first at most that long.
  func notifications(waiting limit: Duration) throws(StoreError) -> [String] {
    var watched = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    _ = poll(&watched, 1, Int32(limit.wholeMilliseconds))
    return try consumeNotifications()
  }
}

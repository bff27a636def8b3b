import HTTPClient
import HTTPTypes

/// The server's events, over as many connections as it takes: each goes on where the one before
/// ended (`Last-Event-ID`), so that nothing is heard twice and nothing is missed unheard.
///
/// Of one reader.
package final class EventFeed {
  package enum Notice: Sendable {
    /// The stream is open: what happens from here on is heard. `isResumed`: and so is what
    /// happened since the connection was lost, or a `reset` says that it is not.
    case open(isResumed: Bool)
    case event(ServerEvent)
    /// The connection is gone; the next call waits for a while and opens another.
    case lost(APIFailure?, retryIn: Duration)
  }

  private let api: ServerAPI
  private let services: [String]
  private let pause: @Sendable (Duration) async throws -> Void
  private var stream: ClientStream?
  private var parser = EventParser()
  private var waiting: [EventParser.Block] = []
  private var failures = 0
  private var wait: Duration?

  /// Three of the server's comments, which come every 15 s, have not come.
  private static let silence: Duration = .seconds(50)
  private static let usualRetry: Duration = .seconds(3)
  private static let longestRetry: Duration = .seconds(30)

  /// - Parameters:
  ///   - services: only what concerns these; empty for all.
  ///   - pause: how it waits between two connections.
  package init(
    _ api: ServerAPI, services: [String] = [],
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.api = api
    self.services = services
    self.pause = pause
  }

  /// Throws where another try would end in the same way, and when the task is cancelled.
  package func next() async throws(APIFailure) -> Notice {
    if !waiting.isEmpty { return .event(try ServerEvent(waiting.removeFirst())) }
    guard let stream else { return try await open() }
    do throws(APIFailure) {
      while true {
        guard let bytes = try await read(stream) else { return lost(nil) }
        do {
          waiting += try parser.take(bytes)
        } catch {
          throw .notUnderstood(status: 200, "its event stream has a line without end")
        }
        // Bytes that mean something show that the connection is good.
        failures = 0
        if !waiting.isEmpty { return .event(try ServerEvent(waiting.removeFirst())) }
      }
    } catch {
      guard error.isPassing else { throw error }
      return lost(error)
    }
  }

  private func open() async throws(APIFailure) -> Notice {
    if let wait {
      self.wait = nil
      do {
        try await pause(wait)
      } catch {
        throw .noAnswer(.cancelled)
      }
    }
    var headers: [HTTPField] = [HTTPField(name: .accept, value: "text/event-stream")]
    let last = parser.lastEventID
    if let last { headers.append(HTTPField(name: .lastEventID, value: last)) }
    do throws(APIFailure) {
      stream = try await api.open(
        .streamEvents, query: services.map { ("service", $0) }, headers: headers,
        silence: Self.silence)
    } catch {
      guard error.isPassing else { throw error }
      return lost(error)
    }
    parser = EventParser(continuing: parser)
    return .open(isResumed: last != nil)
  }

  private func read(_ stream: ClientStream) async throws(APIFailure) -> [UInt8]? {
    do {
      return try await stream.next()
    } catch {
      throw .noAnswer(error)
    }
  }

  private func lost(_ failure: APIFailure?) -> Notice {
    stream = nil
    failures += 1
    let usual = parser.retry.map { Duration.milliseconds($0) } ?? Self.usualRetry
    let wait = min(usual * (1 << min(failures - 1, 4)), Self.longestRetry)
    self.wait = wait
    return .lost(failure, retryIn: wait)
  }
}

import HTTPClient

/// A build log, piece by piece. A followed one is asked for again where the connection breaks, and
/// goes on after what was read: a log is only ever added to.
package final class BuildLogReader {
  private let api: ServerAPI
  private let id: String
  private let follows: Bool
  private let pause: @Sendable (Duration) async throws -> Void
  private var stream: ClientStream?
  private var skip = 0
  private var count = 0
  private var failures = 0

  /// Tries in a row that bring nothing, some 50 s together.
  private static let patience = 8

  package init(
    _ api: ServerAPI, of id: String, follow: Bool,
    pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  ) {
    self.api = api
    self.id = id
    follows = follow
    self.pause = pause
  }

  /// Nil at the end: the build is over, or, where it is not followed, that was all so far.
  package func next() async throws(APIFailure) -> [UInt8]? {
    while true {
      do throws(APIFailure) {
        return try await read()
      } catch {
        stream = nil
        failures += 1
        guard follows, error.isPassing, failures <= Self.patience else { throw error }
        do {
          try await pause(min(.milliseconds(500) * (1 << failures), .seconds(10)))
        } catch {
          throw .noAnswer(.cancelled)
        }
      }
    }
  }

  private func read() async throws(APIFailure) -> [UInt8]? {
    let stream = try await opened()
    while true {
      let bytes: [UInt8]?
      do {
        bytes = try await stream.next()
      } catch {
        throw .noAnswer(error)
      }
      guard let bytes else { return nil }
      failures = 0
      let news = bytes.dropFirst(skip)
      skip -= bytes.count - news.count
      guard !news.isEmpty else { continue }
      count += news.count
      return Array(news)
    }
  }

  private func opened() async throws(APIFailure) -> ClientStream {
    if let stream { return stream }
    let opened = try await api.open(
      .getDeploymentLog, id, query: follows ? [("follow", "true")] : [], silence: nil)
    skip = count
    stream = opened
    return opened
  }
}

import APIClient

/// What a watcher wakes for, one at a time: the next only comes when the last has been dealt with,
/// so that a terminal that stands still makes the server wait, and nothing piles up here (R12).
final class Beats {
  enum Beat: Sendable {
    case notice(EventFeed.Notice)
    case failed(APIFailure)
    /// A second has passed.
    case tick
    case timeIsUp
  }

  /// Of one reader, who says `taken(_:)` of each.
  let stream: AsyncStream<Beat>
  private let taken: AsyncStream<Void>.Continuation
  private var tasks: [Task<Void, Never>] = []

  /// - Parameters:
  ///   - ticks: whether seconds are of interest.
  ///   - limit: after which time is up.
  init(_ api: ServerAPI, services: [String], ticks: Bool, limit: Duration?) {
    let (beats, continuation) = AsyncStream.makeStream(of: Beat.self)
    let (turns, taken) = AsyncStream.makeStream(of: Void.self)
    stream = beats
    self.taken = taken
    tasks.append(
      Task {
        let feed = EventFeed(api, services: services)
        var turns = turns.makeAsyncIterator()
        while !Task.isCancelled {
          do throws(APIFailure) {
            continuation.yield(.notice(try await feed.next()))
          } catch {
            continuation.yield(.failed(error))
            return
          }
          guard await turns.next() != nil else { return }
        }
      })
    if ticks { tasks.append(Self.timer(.seconds(1), repeats: true) { continuation.yield(.tick) }) }
    if let limit {
      tasks.append(Self.timer(limit, repeats: false) { continuation.yield(.timeIsUp) })
    }
  }

  deinit { for task in tasks { task.cancel() } }

  func taken(_ beat: Beat) {
    if case .notice = beat { taken.yield() }
  }

  private static func timer(
    _ pause: Duration, repeats: Bool, _ body: @escaping @Sendable () -> Void
  ) -> Task<Void, Never> {
    Task {
      repeat {
        do {
          try await Task.sleep(for: pause)
        } catch {
          return
        }
        body()
      } while repeats
    }
  }
}

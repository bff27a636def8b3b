import APIClient

/// What a watcher wakes for, one at a time: the next only comes when the last has been dealt with,
/// so that a terminal that stands still makes the server wait, and nothing piles up here (R12).
final class Beats {
  enum Beat: Sendable {
    case notice(EventFeed.Notice)
    case failed(APIFailure)
    /// A second has passed.
    case tick
  }

  /// Of one reader, who says `taken(_:)` of each.
  let stream: AsyncStream<Beat>
  private let taken: AsyncStream<Void>.Continuation
  private var tasks: [Task<Void, Never>] = []

  /// - Parameter ticks: whether seconds are of interest.
  init(_ api: ServerAPI, services: [String], ticks: Bool) {
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
    guard ticks else { return }
    tasks.append(
      Task {
        while true {
          do {
            try await Task.sleep(for: .seconds(1))
          } catch {
            return
          }
          continuation.yield(.tick)
        }
      })
  }

  deinit { for task in tasks { task.cancel() } }

  func taken(_ beat: Beat) {
    if case .notice = beat { taken.yield() }
  }
}

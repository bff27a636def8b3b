import DeployModel
import HTTPServer
import Synchronization

/// The answers that go on until something ends them: event streams and followed logs. They end when
/// the server stops, and when their token, or session, is no longer known (R13).
package final class LongAnswers: Sendable {
  private struct State {
    var isEnding = false
    var nextID = 0
    var wakes: [Int: AsyncStream<Void>.Continuation] = [:]
  }

  /// R12: each holds a connection and what its client has not taken yet.
  static let limit = 200
  /// R12: so many of them without a token, so that strangers cannot take the place of those who
  /// have one.
  static let anonymousLimit = 100

  /// Each looks up so often at least: its session may have ended in another process. Events say
  /// something then, below the 60 s that proxies commonly wait for a silent server.
  static let pause: Duration = .seconds(15)

  private let authentication: Authentication
  private let clock: any WallClock
  private let state = Mutex(State())
  private let places = Allotment(limit)
  private let anonymousPlaces = Allotment(anonymousLimit)

  init(authentication: Authentication, clock: any WallClock) {
    self.authentication = authentication
    self.clock = clock
    authentication.access.whenReplaced { [weak self] in self?.wakeAll() }
  }

  /// The server stops: what is open ends, and nothing more is opened.
  package func end() {
    state.withLock { $0.isEnding = true }
    wakeAll()
  }

  var isEnding: Bool { state.withLock { $0.isEnding } }

  /// Throws 503 where there are as many as there may be.
  func begin(_ credential: Credential) throws(Problem) -> LongAnswer {
    guard let place = places.take(),
      let anonymous = credential == .none ? anonymousPlaces.take().map(Optional.some) : .some(nil)
    else {
      throw .unavailable(
        "there are as many event streams and followed logs as there may be (\(Self.limit), of "
          + "which \(Self.anonymousLimit) without a token): close one, or poll")
    }
    let (wakes, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let id = state.withLock { state in
      state.nextID += 1
      state.wakes[state.nextID] = continuation
      return state.nextID
    }
    return LongAnswer(
      id: id, of: self, credential: credential, wakes: wakes, continuation: continuation,
      ticks: Ticks(every: Self.pause, clock: clock) { continuation.yield() },
      places: [place, anonymous].compactMap(\.self))
  }

  fileprivate func forget(_ id: Int) { state.withLock { _ = $0.wakes.removeValue(forKey: id) } }

  fileprivate func knows(_ credential: Credential) async throws(Problem) -> Bool {
    try await authentication.isKnown(credential)
  }

  /// A session has ended, say: each asks whether it may go on.
  func wakeAll() {
    let wakes = state.withLock { Array($0.wakes.values) }
    for wake in wakes { wake.yield() }
  }
}

/// One of them: what it waits for, and whether it may go on. Over when it is let go.
final class LongAnswer: Sendable {
  enum Verdict: Hashable, Sendable {
    case yes
    /// The server stops, or cannot look the session up. Whoever comes back is asked again.
    case notNow
    case tokenIsGone
  }

  private let id: Int
  private let answers: LongAnswers
  private let credential: Credential
  private let continuation: AsyncStream<Void>.Continuation
  /// Kept as long as this is.
  private let places: [Allotment.Permit]
  /// Says "look again"; of several at once one is kept. For one reader.
  let wakes: AsyncStream<Void>
  /// Each of them wakes.
  let ticks: Ticks

  fileprivate init(
    id: Int, of answers: LongAnswers, credential: Credential, wakes: AsyncStream<Void>,
    continuation: AsyncStream<Void>.Continuation, ticks: Ticks, places: [Allotment.Permit]
  ) {
    self.id = id
    self.answers = answers
    self.credential = credential
    self.wakes = wakes
    self.ticks = ticks
    self.continuation = continuation
    self.places = places
  }

  deinit { answers.forget(id) }

  func wake() { continuation.yield() }

  /// To be asked before anything more is sent.
  func mayGoOn() async -> Verdict {
    if answers.isEnding { return .notNow }
    do throws(Problem) {
      return try await answers.knows(credential) ? .yes : .tokenIsGone
    } catch {
      return .notNow
    }
  }
}

import DeployModel
import Git
import Synchronization

/// The tips of the branches that sources are on, where that is not the manifests' own branch.
///
/// R6: whoever does not answer keeps his own edits waiting and nobody else's. Every attempt asks, but
/// where a question is still open. It waits for a place that was prompt the last time, and no longer
/// than `patience`; other questions go on without it, and their answers count in later attempts.
final class SourceTips: Sendable {
  /// R12: how long a place that has fallen silent keeps the edits of others, once.
  static let patience = Duration.seconds(15)

  struct Answer {
    /// Nil is a tip, too: the branch is gone.
    var tip: CommitSHA?
    /// What the manifests' branch had when it was asked for. R5: it decides the edits that were
    /// submitted before, and nothing that it lacks of what was deployed since.
    var ground: LandingLane.FreshTip
  }

  /// What is known of a place.
  struct Reply {
    /// The last one.
    var answer: Answer?
    /// Why there is none, or no later one.
    var trouble: LaneTrouble?
  }

  private struct Question {
    var id: Int
    var ground: LandingLane.FreshTip
    var askedAt: Timestamp
    var work: Task<Void, Never>
  }

  private struct Place {
    var question: Question?
    /// With trouble, nobody waits for the next answer.
    var reply = Reply()
  }

  private struct State {
    var places: [RepositoryBranch: Place] = [:]
    var lastID = 0
    var attempt: AsyncStream<Void>.Continuation?
    var onLateAnswer: (@Sendable () -> Void)?
  }

  private let clock: any WallClock
  private let state = Mutex(State())

  init(clock: any WallClock) { self.clock = clock }

  /// A place that nobody waited for has answered.
  func whenAnsweredLate(_ action: @escaping @Sendable () -> Void) {
    state.withLock { $0.onLateAnswer = action }
  }

  /// - Parameters:
  ///   - ground: the manifests' tip as it was just fetched.
  ///   - limit: the end of all patience.
  func ask(
    _ places: [RepositoryBranch: Mirror], on ground: LandingLane.FreshTip, until limit: Timestamp
  ) async -> [RepositoryBranch: Reply] {
    guard !places.isEmpty else { return [:] }
    let (answers, attempt) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let awaited = state.withLock { state in
      state.attempt = attempt
      return places.filter { ask($0.key, $0.value, on: ground, &state) }.keys
    }
    let timer = Task { [clock] in
      let pause = min(Self.patience, max(.zero, limit - clock.now()))
      do { try await clock.sleep(for: pause) } catch { return }
      attempt.finish()
    }
    var next = answers.makeAsyncIterator()
    while isOpen(awaited), await next.next() != nil {}
    timer.cancel()
    return state.withLock { state in
      state.attempt = nil
      return places.keys.reduce(into: [:]) { replies, place in
        replies[place] = reply(of: place, &state)
      }
    }
  }

  /// Nobody wants any.
  func stop() {
    let open = state.withLock { state in
      let open = state.places.values.compactMap { $0.question?.work }
      for place in state.places.keys {
        state.places[place]?.question = nil
        state.places[place]?.reply.answer = nil
      }
      return open
    }
    for work in open { work.cancel() }
  }

  /// - Returns: whether to wait for the answer.
  private func ask(
    _ place: RepositoryBranch, _ mirror: Mirror, on ground: LandingLane.FreshTip,
    _ state: inout State
  ) -> Bool {
    var known = state.places[place] ?? Place()
    guard known.question == nil else { return false }
    state.lastID += 1
    let id = state.lastID
    let work = Task { [weak self] in
      let answer: Result<CommitSHA?, LaneTrouble>
      do {
        answer = .success(try await mirror.fetch(place.branch))
      } catch {
        answer = .failure(.source(place.repository, "\(error)"))
      }
      self?.note(answer, from: place, to: id)
    }
    known.question = Question(id: id, ground: ground, askedAt: clock.now(), work: work)
    state.places[place] = known
    return known.reply.trouble == nil
  }

  private func note(
    _ answer: Result<CommitSHA?, LaneTrouble>, from place: RepositoryBranch, to id: Int
  ) {
    let now = clock.now()
    let action: (@Sendable () -> Void)? = state.withLock { state in
      guard var known = state.places[place], let question = known.question, question.id == id
      else { return nil }
      let isAwaited = known.reply.trouble == nil
      known.question = nil
      switch answer {
      case .success(let tip):
        let isPrompt = now - question.askedAt < Self.patience
        known.reply = Reply(
          answer: Answer(tip: tip, ground: question.ground),
          trouble: isPrompt ? nil : .silent(place.repository))
      case .failure(let why): known.reply = Reply(trouble: why)
      }
      state.places[place] = known
      state.attempt?.yield()
      guard !isAwaited, case .success = answer else { return nil }
      return state.onLateAnswer
    }
    action?()
  }

  private func isOpen(_ places: some Collection<RepositoryBranch>) -> Bool {
    state.withLock { state in places.contains { state.places[$0]?.question != nil } }
  }

  private func reply(of place: RepositoryBranch, _ state: inout State) -> Reply {
    guard var known = state.places[place] else { return Reply() }
    if known.question != nil, known.reply.trouble == nil {
      known.reply.trouble = .silent(place.repository)
      state.places[place] = known
    }
    return known.reply
  }
}

extension LaneTrouble {
  static func source(_ repository: RepositoryName, _ why: String) -> LaneTrouble {
    LaneTrouble("the source repository \(repository): \(why)")
  }

  static func silent(_ repository: RepositoryName) -> LaneTrouble {
    source(repository, "it has not answered yet")
  }
}

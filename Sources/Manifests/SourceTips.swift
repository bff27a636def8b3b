import DeployModel
import Git
import Synchronization

/// The tips of the branches that sources are on, where that is not the manifests' own branch.
///
/// R6: whoever does not answer keeps his own edits waiting and nobody else's. An attempt waits for a
/// place that answered the last time, and no longer than `patience`; the question goes on without it,
/// and so do those to a place that failed.
final class SourceTips: Sendable {
  /// R12: how long a place that has fallen silent keeps the edits of others, once.
  static let patience = Duration.seconds(15)

  struct Wanted {
    var mirror: Mirror
    /// Of the edits that want it.
    var newestTicket: Int
  }

  private struct Question {
    var id: Int
    /// R5 compares what is deployed with a tip that was asked for after the manifests were: else what
    /// somebody built, pushed and landed in between would look as if it had left the branch.
    var ground: LandingLane.FreshTip
    var work: Task<Void, Never>
    var answer: Result<CommitSHA?, LaneTrouble>?

    func isGood(for wanted: Wanted, on tip: CommitSHA) -> Bool {
      ground.commit == tip && wanted.newestTicket <= ground.newestTicket
    }
  }

  private struct Place {
    var question: Question?
    /// Why nobody waits for its next answer.
    var trouble: LaneTrouble?
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

  /// Nil is a tip, too: the branch is gone.
  ///
  /// - Parameter ground: the manifests' tip as it was just fetched.
  func tips(
    of places: [RepositoryBranch: Wanted], on ground: LandingLane.FreshTip
  ) async -> [RepositoryBranch: Result<CommitSHA?, LaneTrouble>] {
    guard !places.isEmpty else { return [:] }
    let (answers, attempt) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let awaited = state.withLock { state in
      state.attempt = attempt
      return places.filter { ask($0.key, $0.value, on: ground, &state) }.keys
    }
    let timer = Task { [clock] in
      do { try await clock.sleep(for: Self.patience) } catch { return }
      attempt.finish()
    }
    var next = answers.makeAsyncIterator()
    while isOpen(awaited), await next.next() != nil {}
    timer.cancel()
    return state.withLock { state in
      state.attempt = nil
      return places.reduce(into: [:]) { tips, wanted in
        tips[wanted.key] = take(wanted.key, wanted.value, on: ground.commit, &state)
      }
    }
  }

  /// Nobody wants any.
  func stop() {
    let open = state.withLock { state in
      let open = state.places.values.compactMap { $0.question?.work }
      for place in state.places.keys { state.places[place]?.question = nil }
      return open
    }
    for work in open { work.cancel() }
  }

  /// 1. It was asked before, and has not answered. 2. It has, and the answer still counts. 3. It has
  /// to be asked.
  ///
  /// - Returns: whether to wait for the answer.
  private func ask(
    _ place: RepositoryBranch, _ wanted: Wanted, on ground: LandingLane.FreshTip,
    _ state: inout State
  ) -> Bool {
    var trouble = state.places[place]?.trouble
    if let question = state.places[place]?.question {
      switch question.answer {
      case nil: return false
      case .success:
        if question.isGood(for: wanted, on: ground.commit) { return false }
        trouble = nil
      case .failure(let why): trouble = why
      }
    }
    state.lastID += 1
    let id = state.lastID
    let work = Task { [weak self] in
      let answer: Result<CommitSHA?, LaneTrouble>
      do {
        answer = .success(try await wanted.mirror.fetch(place.branch))
      } catch {
        answer = .failure(.source(place.repository, "\(error)"))
      }
      self?.note(answer, from: place, to: id)
    }
    state.places[place] = Place(
      question: Question(id: id, ground: ground, work: work), trouble: trouble)
    return trouble == nil
  }

  private func note(
    _ answer: Result<CommitSHA?, LaneTrouble>, from place: RepositoryBranch, to id: Int
  ) {
    let action: (@Sendable () -> Void)? = state.withLock { state in
      guard state.places[place]?.question?.id == id else { return nil }
      state.places[place]?.question?.answer = answer
      state.attempt?.yield()
      guard state.places[place]?.trouble != nil, case .success = answer else { return nil }
      return state.onLateAnswer
    }
    action?()
  }

  private func isOpen(_ places: some Collection<RepositoryBranch>) -> Bool {
    state.withLock { state in
      places.contains { state.places[$0]?.question?.answer == nil }
    }
  }

  private func take(
    _ place: RepositoryBranch, _ wanted: Wanted, on tip: CommitSHA, _ state: inout State
  ) -> Result<CommitSHA?, LaneTrouble> {
    let known = state.places[place]
    if let question = known?.question {
      switch question.answer {
      case .success(let commit) where question.isGood(for: wanted, on: tip):
        state.places[place] = nil
        return .success(commit)
      case .failure(let why):
        state.places[place] = Place(trouble: why)
        return .failure(why)
      case .success, nil: break
      }
    }
    let trouble = known?.trouble ?? .source(place.repository, "it has not answered yet")
    state.places[place]?.trouble = trouble
    return .failure(trouble)
  }
}

extension LaneTrouble {
  static func source(_ repository: RepositoryName, _ why: String) -> LaneTrouble {
    LaneTrouble("the source repository \(repository): \(why)")
  }
}

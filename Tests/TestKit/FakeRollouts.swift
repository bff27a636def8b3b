package import DeployModel
import Synchronization

/// Argo CD in memory: says of an application what a test made it say.
package final class FakeRollouts: RolloutObserver {
  package enum Call: Hashable, Sendable {
    case refresh(String)
    case sync(String, CommitSHA?)
    case rollback(String, Int)
  }

  private struct State {
    var rollouts: [String: Rollout] = [:]
    var failure: RolloutError?
    var refusal: (error: RolloutError, application: String?)?
    var calls: [Call] = []
    var looks = 0
    var tells = false
    var feeds: [FakeFeed] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func show(_ rollout: Rollout, for application: String) {
    state.withLock { $0.rollouts[application] = rollout }
  }

  /// Nil: it answers again.
  package func fail(with failure: RolloutError?) { state.withLock { $0.failure = failure } }

  /// Syncs and rollbacks, of one application or of all; nil: it does them again.
  package func refuseSync(with refusal: RolloutError?, of application: String? = nil) {
    state.withLock { $0.refusal = refusal.map { ($0, application) } }
  }

  /// From now on it tells of changes by itself, on feeds.
  package func beginTelling() { state.withLock { $0.tells = true } }

  /// Every one that was opened, in order.
  package var feeds: [FakeFeed] { state.withLock { $0.feeds } }

  /// Refreshes and syncs, in their order.
  package var calls: [Call] { state.withLock { $0.calls } }
  package var looks: Int { state.withLock { $0.looks } }

  package func rollout(
    of application: ArgoCDApplication, refreshing: Bool, pods: Bool
  ) async throws(RolloutError) -> Rollout {
    let answer: Result<Rollout, RolloutError> = state.withLock { state in
      state.looks += 1
      if let failure = state.failure { return .failure(failure) }
      if refreshing { state.calls.append(.refresh(application.application)) }
      guard let rollout = state.rollouts[application.application] else {
        return .failure(RolloutError(.missing, "there is no \(application.application)"))
      }
      return .success(rollout)
    }
    return try answer.get()
  }

  package func sync(
    _ application: ArgoCDApplication, to revision: CommitSHA?
  ) async throws(RolloutError) {
    try take(.sync(application.application, revision), of: application)
  }

  package func rollback(_ application: ArgoCDApplication, to id: Int) async throws(RolloutError) {
    try take(.rollback(application.application, id), of: application)
  }

  private func take(_ call: Call, of application: ArgoCDApplication) throws(RolloutError) {
    let refusal = state.withLock { state -> RolloutError? in
      if let (error, only) = state.refusal, only == nil || only == application.application {
        return error
      }
      state.calls.append(call)
      return nil
    }
    if let refusal { throw refusal }
  }

  package func listen(
    to topic: RolloutTopic, after version: String?
  ) async throws(RolloutError) -> any RolloutFeed {
    let feed = state.withLock { state -> FakeFeed? in
      guard state.tells else { return nil }
      let feed = FakeFeed(topic, version)
      state.feeds.append(feed)
      return feed
    }
    guard let feed else { throw RolloutError(.refused, "it does not tell of changes by itself") }
    return feed
  }
}

package import DeployModel
import Synchronization

/// GitHub in memory: writes down what it is told, and refuses when a test says so.
package final class FakeBoard: CommitBoard {
  private struct State {
    var record: [String] = []
    var pages: [String?] = []
    var opened: [EnvironmentDeployment] = []
    var failures: [BoardError] = []
    var outage: BoardError?
    var gate: Gate?
    var attempts = 0
    var atOnce = 0
    var mostAtOnce = 0
    var hasAccount = true
    var pause = Duration.zero
    var losesNextAnswer = false
  }

  private let state = Mutex(State())

  package init() {}

  /// One line for each call that was taken, in order:
  ///
  ///     e5c2216 slipway/backend success: live as e5c2216 in 1s
  ///     #1 opened: e5c2216 in production/backend
  ///     #1 in_progress: building
  package var record: [String] { state.withLock { $0.record } }
  /// Of the statuses, in order.
  package var pages: [String?] { state.withLock { $0.pages } }
  package var opened: [EnvironmentDeployment] { state.withLock { $0.opened } }
  /// Calls, taken or not.
  package var attempts: Int { state.withLock { $0.attempts } }
  package var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

  /// Lines about this commit or, for `#1`, this deployment.
  package func record(of subject: String) -> [String] {
    record.filter { $0.hasPrefix("\(subject) ") }.map { String($0.dropFirst(subject.count + 1)) }
  }

  /// The next calls end so, one each.
  package func fail(_ failures: BoardError...) { state.withLock { $0.failures += failures } }
  /// All calls do, until it is taken away.
  package func fail(with outage: BoardError?) { state.withLock { $0.outage = outage } }
  /// The next call is done, and seems to have failed.
  package func loseNextAnswer() { state.withLock { $0.losesNextAnswer = true } }
  package func forgetAccount(_ isForgotten: Bool) {
    state.withLock { $0.hasAccount = !isForgotten }
  }

  /// What it asks for after each call.
  package func ask(for pause: Duration) { state.withLock { $0.pause = pause } }

  /// Calls wait there.
  package func closeGate() -> Gate {
    let gate = Gate()
    state.withLock { $0.gate = gate }
    return gate
  }

  package func openGate() {
    state.withLock { state in
      defer { state.gate = nil }
      return state.gate
    }?.open()
  }

  // MARK: The port

  package func account(of repository: RepositoryName) -> BoardAccount? {
    state.withLock { $0.hasAccount ? BoardAccount(name: "fake", pause: $0.pause) : nil }
  }

  package func post(
    _ status: CommitStatus, on commit: CommitSHA, of repository: RepositoryName
  ) async throws(BoardError) {
    try await take {
      $0.record.append(
        "\(commit.short()) \(status.context) \(status.state.rawValue): \(status.description)")
      $0.pages.append(status.page)
    }
  }

  package func open(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64 {
    try await take {
      $0.opened.append(deployment)
      $0.record.append(
        "#\($0.opened.count) opened: \(deployment.commit.short()) in \(deployment.environment)")
      return Int64($0.opened.count)
    }
  }

  package func find(
    _ deployment: EnvironmentDeployment, of repository: RepositoryName
  ) async throws(BoardError) -> Int64? {
    try await take { state in
      state.opened.firstIndex { $0.id == deployment.id }.map { Int64($0 + 1) }
    }
  }

  package func post(
    _ status: EnvironmentStatus, on id: Int64, of repository: RepositoryName
  ) async throws(BoardError) {
    try await take { $0.record.append("#\(id) \(status.state.rawValue): \(status.description)") }
  }

  private func take<Value: Sendable>(
    _ body: (inout State) -> Value
  ) async throws(BoardError) -> Value {
    let gate = state.withLock { state in
      state.attempts += 1
      state.atOnce += 1
      state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
      return state.gate
    }
    defer { state.withLock { $0.atOnce -= 1 } }
    do {
      try await gate?.pass()
    } catch {
      throw BoardError(.unavailable, "cancelled")
    }
    let failure = state.withLock { state in
      state.outage ?? (state.failures.isEmpty ? nil : state.failures.removeFirst())
    }
    if let failure { throw failure }
    let value = state.withLock { body(&$0) }
    let isLost = state.withLock { state in
      defer { state.losesNextAnswer = false }
      return state.losesNextAnswer
    }
    if isLost { throw BoardError(.unavailable, "the answer was lost") }
    return value
  }
}

import DeployModel
import Logging

/// Listens to what the observer tells of by itself, one connection for each topic; a connection that is
/// cut goes on where it was. Whoever is interested looks as soon as something is told, and more seldom
/// as long as a connection is open.
actor RolloutListener {
  enum News: Sendable {
    /// From here on everything is heard. `isResumed`: what there is was not told again.
    case opened(isResumed: Bool)
    case told(RolloutNotice)
  }

  private struct Listening {
    var task: Task<Void, Never>
    var isOpen = false
  }

  private let parts: PipelineParts
  private var topics: [RolloutTopic: Listening] = [:]

  /// R12: connections that are open at once. What is beyond is asked every two seconds.
  private static let limit = 64
  private static let shortestPause: Duration = .seconds(1)
  private static let longestPause: Duration = .seconds(30)
  /// Where it is refused: it takes somebody's hand to change that.
  private static let pauseAfterRefusal: Duration = .seconds(300)

  init(parts: PipelineParts) { self.parts = parts }

  func isOpen(_ topic: RolloutTopic) -> Bool { topics[topic]?.isOpen == true }

  func begin(_ topic: RolloutTopic, _ hear: @escaping @Sendable (News) async -> Void) {
    guard topics[topic] == nil, topics.count < Self.limit else { return }
    topics[topic] = Listening(task: Task { await self.listen(to: topic, hear) })
  }

  func end(_ topic: RolloutTopic) {
    topics.removeValue(forKey: topic)?.task.cancel()
    count()
  }

  /// Of projects, listens to these alone.
  func listen(
    toProjects projects: Set<String?>,
    _ hear: @escaping @Sendable (RolloutTopic, News) async -> Void
  ) {
    for case .applications(let project) in topics.keys where !projects.contains(project) {
      end(.applications(project: project))
    }
    for project in projects {
      let topic = RolloutTopic.applications(project: project)
      begin(topic) { await hear(topic, $0) }
    }
  }

  func endAll() {
    for listening in topics.values { listening.task.cancel() }
    topics = [:]
    count()
  }

  private func note(_ topic: RolloutTopic, isOpen: Bool) {
    topics[topic]?.isOpen = isOpen
    count()
  }

  private func count() { parts.metrics.listening(topics.values.count { $0.isOpen }) }

  // MARK: One topic

  private func listen(
    to topic: RolloutTopic, _ hear: @Sendable (News) async -> Void
  ) async {
    var version: String?
    var failures = 0
    var said: String?
    while !Task.isCancelled {
      var length = Self.shortestPause
      do {
        let feed = try await parts.rollouts.listen(to: topic, after: version)
        guard !Task.isCancelled else { return }
        note(topic, isOpen: true)
        said = nil
        await hear(.opened(isResumed: version != nil))
        while let notice = try await feed.next() {
          failures = 0
          if case .application(let changed) = notice {
            version = Self.later(version, changed.version)
          }
          await hear(.told(notice))
        }
      } catch {
        failures += 1
        length = Self.pause(after: error, failures)
        if error.message != said, !Task.isCancelled {
          said = error.message
          parts.logger.notice(
            "Argo CD's stream is not open; it is asked instead",
            metadata: ["topic": "\(topic)", "error": "\(error)"])
        }
      }
      guard !Task.isCancelled else { return }
      note(topic, isOpen: false)
      do {
        try await parts.clock.sleep(for: length)
      } catch {
        return
      }
    }
  }

  private static func pause(after error: RolloutError, _ failures: Int) -> Duration {
    switch error.kind {
    case .refused, .missing: pauseAfterRefusal
    case .unavailable, .busy: min(shortestPause * (1 << min(failures - 1, 5)), longestPause)
    }
  }

  /// Versions are numbers to Argo CD, too, where it leaves out what is older than `resourceVersion`.
  private static func later(_ one: String?, _ other: String?) -> String? {
    guard let other else { return one }
    guard let one, let old = UInt64(one), let new = UInt64(other) else { return other }
    return new > old ? other : one
  }
}

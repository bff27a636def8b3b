/// Something that an observer tells of by itself.
package enum RolloutTopic: Hashable, Sendable {
  /// The applications of a project; nil: all that the account may see.
  case applications(project: String?)
  /// What belongs to one application, down to its pods.
  case resources(of: ArgoCDApplication)
}

/// That something has changed. What it is now is asked by `RolloutObserver.rollout`: a feed may lose
/// changes, and repeats itself.
package enum RolloutNotice: Hashable, Sendable {
  case application(ChangedApplication)
  case resources
}

package struct ChangedApplication: Hashable, Sendable {
  package var name: String
  /// Of the application itself, not of what it deploys.
  package var namespace: String
  package var project: String
  /// Where the next feed goes on; nil where it is not said.
  package var version: String?
  package var sync: Rollout.Sync
  package var health: Rollout.Health

  package init(
    name: String, namespace: String = "", project: String = "", version: String? = nil,
    sync: Rollout.Sync = .synced, health: Rollout.Health = .healthy
  ) {
    self.name = name
    self.namespace = namespace
    self.project = project
    self.version = version
    self.sync = sync
    self.health = health
  }
}

extension ArgoCDApplication {
  /// Whether it can be the one that has changed: what the configuration leaves out is any.
  package func isMeant(by changed: ChangedApplication) -> Bool {
    application == changed.name && (project == nil || project == changed.project)
      && (appNamespace == nil || appNamespace == changed.namespace)
  }
}

/// One connection on which an observer tells of a topic, for one reader. It is over when it is let go.
package protocol RolloutFeed: Sendable {
  /// Waits for the next change; nil where the other side has ended the feed.
  func next() async throws(RolloutError) -> RolloutNotice?
}

/// What a rollout observer sees of one application: Argo CD's words, without its JSON.
package struct Rollout: Hashable, Sendable {
  package enum Sync: String, Sendable { case synced, outOfSync, unknown }

  /// From best to worst; the worst resource decides.
  package enum Health: String, Sendable, CaseIterable, Comparable {
    case healthy, suspended, progressing, missing, degraded, unknown

    /// Less is better.
    package static func < (one: Health, other: Health) -> Bool {
      (allCases.firstIndex(of: one) ?? 0) < (allCases.firstIndex(of: other) ?? 0)
    }
  }

  package enum Phase: String, Sendable {
    case running, terminating, succeeded, failed, error

    package var isFailure: Bool { self == .failed || self == .error }
  }

  /// A PreSync job and its like.
  package struct Hook: Hashable, Sendable {
    /// `PreSync`, `Sync`, `PostSync`, `SyncFail`.
    package var phase: String
    /// `Job/db-migrate`
    package var name: String
    /// `Running`, `Succeeded`, `Failed`.
    package var state: String
    package var message: String

    package init(phase: String, name: String, state: String, message: String) {
      self.phase = phase
      self.name = name
      self.state = state
      self.message = message
    }
  }

  package struct Operation: Hashable, Sendable {
    package var phase: Phase
    package var message: String
    package var startedAt: Timestamp?
    package var finishedAt: Timestamp?
    /// What it brings: commits, or versions of charts.
    package var revisions: [String]
    package var hooks: [Hook]
    /// `Deployment/backend: spec.replicas is invalid`: what the cluster refused.
    package var refusals: [String]

    package init(
      phase: Phase, message: String, startedAt: Timestamp?, finishedAt: Timestamp?,
      revisions: [String], hooks: [Hook] = [], refusals: [String] = []
    ) {
      self.phase = phase
      self.message = message
      self.startedAt = startedAt
      self.finishedAt = finishedAt
      self.revisions = revisions
      self.hooks = hooks
      self.refusals = refusals
    }
  }

  package struct Pod: Hashable, Sendable {
    package var name: String
    package var images: [String]
    /// `ImagePullBackOff`, `CrashLoopBackOff`, `Running`…; empty if it is not said.
    package var reason: String
    package var message: String
    package var restarts: Int
    /// What it is part of, `Deployment/backend` among them; empty if that is not known.
    package var owners: Set<String>

    package init(
      name: String, images: [String], reason: String, message: String, restarts: Int,
      owners: Set<String> = []
    ) {
      self.name = name
      self.images = images
      self.reason = reason
      self.message = message
      self.restarts = restarts
      self.owners = owners
    }
  }

  package struct DegradedResource: Hashable, Sendable {
    /// `Deployment/backend`
    package var name: String
    package var message: String

    package init(name: String, message: String) {
      self.name = name
      self.message = message
    }
  }

  package struct HistoryEntry: Hashable, Sendable {
    package var id: Int
    package var revisions: [String]
    package var deployedAt: Timestamp?
    /// A user, or `automated`.
    package var by: String

    package init(id: Int, revisions: [String], deployedAt: Timestamp?, by: String) {
      self.id = id
      self.revisions = revisions
      self.deployedAt = deployedAt
      self.by = by
    }
  }

  package var isAutoSynced: Bool
  /// What differs from git is put right by itself, whoever changed it.
  package var isSelfHealed: Bool
  package var isDeleting: Bool
  /// An operation was asked for or runs.
  package var isOperationAsked: Bool
  package var operation: Operation?
  package var sync: Sync
  /// What the cluster was last compared with.
  package var revisions: [String]
  package var health: Health
  package var healthMessage: String
  /// The last full comparison; sync and health are as old.
  package var reconciledAt: Timestamp?
  /// Of everything that runs, with tag or digest.
  package var images: [String]
  /// Of what runs no pod now, as its next one will have them: scaled to nothing, or waiting for its
  /// time. Empty where nobody asked for pods.
  package var dormantImages: [String]
  /// `ComparisonError` and the like, with their messages.
  package var errors: [String]
  /// Resources that differ from git, `Deployment/backend`.
  package var outOfSync: [String]
  /// Git has everything that runs, and what else runs it has no longer.
  package var differsByPruningAlone: Bool
  /// Why nothing is synced now although it would be; nil: nothing is in the way, or nobody asked.
  package var obstacle: String?
  package var degraded: [DegradedResource]
  /// Oldest first.
  package var history: [HistoryEntry]
  /// Empty where nobody asked for them.
  package var pods: [Pod]

  package init(
    isAutoSynced: Bool = true, isSelfHealed: Bool = false, isDeleting: Bool = false,
    isOperationAsked: Bool = false,
    operation: Operation? = nil, sync: Sync = .synced, revisions: [String] = [],
    health: Health = .healthy, healthMessage: String = "", reconciledAt: Timestamp? = nil,
    images: [String] = [], dormantImages: [String] = [], errors: [String] = [],
    outOfSync: [String] = [],
    differsByPruningAlone: Bool = false, obstacle: String? = nil,
    degraded: [DegradedResource] = [], history: [HistoryEntry] = [], pods: [Pod] = []
  ) {
    self.isAutoSynced = isAutoSynced
    self.isSelfHealed = isSelfHealed
    self.isDeleting = isDeleting
    self.isOperationAsked = isOperationAsked
    self.operation = operation
    self.sync = sync
    self.revisions = revisions
    self.health = health
    self.healthMessage = healthMessage
    self.reconciledAt = reconciledAt
    self.images = images
    self.dormantImages = dormantImages
    self.errors = errors
    self.outOfSync = outOfSync
    self.differsByPruningAlone = differsByPruningAlone
    self.obstacle = obstacle
    self.degraded = degraded
    self.history = history
    self.pods = pods
  }
}

extension Rollout {
  package func runs(_ image: PublishedImage) -> Bool {
    images.contains { image.isNamed(by: $0) }
  }

  /// Nobody will sync it by itself: auto-sync is off, or has tried what git has and failed, which it
  /// does once for each revision.
  package var waitsForSync: Bool {
    guard let operation, operation.phase.isFailure, !isOperationAsked,
      operation.revisions == revisions
    else { return !isAutoSynced && sync == .outOfSync }
    return true
  }
}

/// How a service fares, as last seen.
package struct ServiceHealth: Hashable, Sendable {
  package var status: Rollout.Health
  package var message: String
  package var observedAt: Timestamp

  package init(status: Rollout.Health, message: String, observedAt: Timestamp) {
    self.status = status
    self.message = message
    self.observedAt = observedAt
  }
}

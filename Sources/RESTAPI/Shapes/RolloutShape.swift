import DeployModel
import Pipeline

/// What rolls a service out, and how it stands there.
struct RolloutShape: Encodable {
  /// In the order of the configuration.
  var applications: [ApplicationShape]
  @Nullable var kubernetes: WorkloadShape?

  init(_ rollout: ServiceRollout) {
    applications = rollout.applications.map { ApplicationShape($0.rollout, of: $0.application) }
    kubernetes = rollout.kubernetes.map(WorkloadShape.init)
  }
}

/// What Argo CD says of an application.
struct ApplicationShape: Encodable {
  struct Hook: Encodable {
    var phase: String
    var name: String
    var state: String
    var message: String
  }

  struct Operation: Encodable {
    var phase: String
    var message: String
    @Nullable var startedAt: String?
    @Nullable var finishedAt: String?
    var revisions: [String]
    var hooks: [Hook]

    init(_ operation: Rollout.Operation) {
      phase = operation.phase.rawValue
      message = operation.message
      startedAt = operation.startedAt?.rfc3339
      finishedAt = operation.finishedAt?.rfc3339
      revisions = operation.revisions
      hooks = operation.hooks.map {
        Hook(phase: $0.phase, name: $0.name, state: $0.state, message: $0.message)
      }
    }
  }

  struct HistoryEntry: Encodable {
    var id: Int
    var revisions: [String]
    @Nullable var deployedAt: String?
    var by: String
  }

  struct Health: Encodable {
    var status: String
    var message: String
  }

  var application: String
  @Nullable var project: String?
  @Nullable var appNamespace: String?
  var autoSync: Bool
  /// `synced`, `outOfSync`, `unknown`
  var sync: String
  var revisions: [String]
  var health: Health
  @Nullable var reconciledAt: String?
  @Nullable var operation: Operation?
  var images: [String]
  var outOfSync: [String]
  /// Why nothing is synced now although it would be.
  @Nullable var obstacle: String?
  var errors: [String]
  var history: [HistoryEntry]
  var pods: [PodShape]

  init(_ rollout: Rollout, of application: ArgoCDApplication) {
    self.application = application.application
    project = application.project
    appNamespace = application.appNamespace
    autoSync = rollout.isAutoSynced
    sync = rollout.sync.rawValue
    revisions = rollout.revisions
    health = Health(status: rollout.health.rawValue, message: rollout.healthMessage)
    reconciledAt = rollout.reconciledAt?.rfc3339
    operation = rollout.operation.map(Operation.init)
    images = rollout.images
    outOfSync = rollout.outOfSync
    obstacle = rollout.obstacle
    errors = rollout.errors
    history = rollout.history.reversed().map {
      HistoryEntry(
        id: $0.id, revisions: $0.revisions, deployedAt: $0.deployedAt?.rfc3339, by: $0.by)
    }
    pods = rollout.pods.map(PodShape.init)
  }
}

struct PodShape: Encodable {
  var name: String
  var images: [String]
  var reason: String
  var message: String
  var restarts: Int

  init(_ pod: Rollout.Pod) {
    name = pod.name
    images = pod.images
    reason = pod.reason
    message = pod.message
    restarts = pod.restarts
  }
}

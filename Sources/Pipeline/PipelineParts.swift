package import DeployModel
import Images
package import Logging

/// The outside world, as the pipeline sees it.
package struct PipelineParts: Sendable {
  package var configuration: ConfigurationInForce
  package var store: any DeploymentStore
  package var mirrors: Mirrors
  package var builder: any ImageBuilder
  package var registry: any ImageRegistry
  package var signer: any ImageSigner
  package var rollouts: any RolloutObserver
  package var workloads: any WorkloadObserver
  package var board: any CommitBoard
  package var receivers: any NotificationReceivers
  package var clock: any WallClock
  package var events: EventBus
  package var metrics: PipelineMetrics
  /// Where build contexts are checked out; emptied at start.
  package var workDirectory: String
  /// Names this process in leases.
  package var owner: String
  package var logger: Logger

  package init(
    configuration: ConfigurationInForce, store: any DeploymentStore, mirrors: Mirrors,
    builder: any ImageBuilder, registry: any ImageRegistry, signer: any ImageSigner,
    rollouts: any RolloutObserver, workloads: any WorkloadObserver, board: any CommitBoard,
    receivers: any NotificationReceivers,
    clock: any WallClock, events: EventBus, metrics: PipelineMetrics = PipelineMetrics(),
    workDirectory: String, owner: String, logger: Logger
  ) {
    self.configuration = configuration
    self.store = store
    self.mirrors = mirrors
    self.builder = builder
    self.registry = registry
    self.signer = signer
    self.rollouts = rollouts
    self.workloads = workloads
    self.board = board
    self.receivers = receivers
    self.clock = clock
    self.events = events
    self.metrics = metrics
    self.workDirectory = workDirectory
    self.owner = owner
    self.logger = logger
  }
}

extension PipelineParts {
  /// R8: before a rollback: that the registry answers with its digest for every tag, and that it is
  /// signed where that is asked for.
  func verify(_ image: PublishedImage) async throws(RegistryError) {
    try await ImagePublication(builder: builder, registry: registry, clock: clock).verify(image)
    try await signer.verify(image)
  }
}

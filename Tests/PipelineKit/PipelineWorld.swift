package import DeployModel
import Foundation
import Git
import HTTPClient
import Logging
package import Metrics
package import Notifications
package import Pipeline
import Store
import Synchronization
package import TestKit

/// A pipeline on real git and a real store; builder and registry are in memory, so that a test can
/// say when a build ends and what the registry knows.
package final class PipelineWorld {
  package let monorepo: Monorepo
  /// Where the manifests are: in the monorepo, or in a repository of their own.
  package let manifests: Monorepo
  package let state: TemporaryDirectory
  package let registry: FakeRegistry
  package let signer = FakeSigner()
  package let builder: FakeBuilder
  package let rollouts = FakeRollouts()
  package let board: FakeBoard
  /// Nobody, until a test names somebody.
  package let receivers: WebhookReceivers
  package let store: any DeploymentStore
  package let configuration: ConfigurationInForce
  package private(set) var pipeline: Pipeline
  private var parts: PipelineParts
  package let clock: any WallClock
  private var work: Task<Void, any Error>?
  private var deliveries = 0

  package static let repository = RepositoryName("shop")
  /// For manifests that lie elsewhere.
  private static let deployRepository = RepositoryName("deploy")
  package static let branch = BranchName("main")

  package static func make(
    services: [String] = ["backend", "frontend"], concurrency: Int = 2,
    supersede: PipelineConfiguration.Supersede = .queued, migrations: String? = nil,
    monorepo: Monorepo? = nil, manifests: Monorepo? = nil, manifestsElsewhere: Bool = false,
    storeLimit: Int64? = nil,
    patience: Duration = .seconds(60), isReproducible: Bool = true,
    clock: any WallClock = TestClock(), store: SharedStore? = nil,
    observer: (any RolloutObserver)? = nil, workloads: (any WorkloadObserver)? = nil
  ) async throws -> PipelineWorld {
    let made: Monorepo
    if let monorepo = store?.beside?.monorepo ?? monorepo {
      made = monorepo
    } else {
      made = try await Monorepo.make(services: services, registry: "registry.test/shop")
    }
    let elsewhere =
      manifestsElsewhere
      ? try await Monorepo.make(services: services, registry: "registry.test/shop") : manifests
    return try await PipelineWorld(
      made, elsewhere ?? made, concurrency: concurrency, supersede: supersede,
      migrations: migrations, storeLimit: storeLimit, patience: patience,
      isReproducible: isReproducible, clock: clock, shared: store, observer: observer,
      workloads: workloads)
  }

  /// A store that other processes use, too.
  package struct SharedStore {
    var store: any DeploymentStore
    var events: EventBus
    var owner: String
    /// One whose remote, registry and builder this one uses as well.
    var beside: PipelineWorld?

    package init(
      _ store: any DeploymentStore, events: EventBus, owner: String, beside: PipelineWorld? = nil
    ) {
      self.store = store
      self.events = events
      self.owner = owner
      self.beside = beside
    }
  }

  private init(
    _ monorepo: Monorepo, _ manifests: Monorepo, concurrency: Int,
    supersede: PipelineConfiguration.Supersede, migrations: String?, storeLimit: Int64?,
    patience: Duration, isReproducible: Bool, clock: any WallClock, shared: SharedStore?,
    observer: (any RolloutObserver)?, workloads: (any WorkloadObserver)?
  ) async throws {
    self.clock = clock
    receivers = WebhookReceivers([], http: HTTPClient(), clock: clock)
    self.monorepo = monorepo
    self.manifests = manifests
    state = try TemporaryDirectory("pipeline-state")
    board = shared?.beside?.board ?? FakeBoard()
    registry = shared?.beside?.registry ?? FakeRegistry()
    builder =
      shared?.beside?.builder
      ?? FakeBuilder(publishingTo: registry, isReproducible: isReproducible)
    store =
      try shared?.store
      ?? SQLiteStore(
        directory: state.path, options: SQLiteStore.Options(maximumBytes: storeLimit))
    let name = try Self.repositoryName()
    let branch = try Self.branchName()
    let isElsewhere = manifests.origin != monorepo.origin
    guard let deploy = isElsewhere ? Self.deployRepository : name else {
      throw ShellFailure("no name")
    }
    var services: [ServiceName: Service] = [:]
    for text in monorepo.services {
      let service = try Self.service(
        text, in: monorepo, manifestsIn: deploy, migrations: migrations)
      services[service.name] = service
    }
    var repositories: [RepositoryName: PipelineConfiguration.Repository] = [:]
    var mirrors: [RepositoryName: Mirror] = [:]
    // SLIPWAY_TEST_LOG=1 shows what the pipeline says.
    let isLoud = ProcessInfo.processInfo.environment["SLIPWAY_TEST_LOG"] != nil
    var logger = Logger(label: "pipeline-test") { label -> any LogHandler in
      if isLoud { return StreamLogHandler.standardError(label: label) }
      return SwiftLogNoOpLogHandler()
    }
    logger.logLevel = isLoud ? .debug : .critical
    for (name, url) in [(name, monorepo.url), (deploy, manifests.url)] where mirrors[name] == nil {
      let directory = name == Self.repository ? "mirror.git" : "\(name).git"
      repositories[name] = PipelineConfiguration.Repository(
        name: name, url: url, branch: branch, authorName: "slipway",
        authorEmail: "slipway@example.com")
      mirrors[name] = Mirror(
        directory: state.appending(directory), remote: GitRemote(url: url),
        git: GitProgram(), logger: logger)
    }
    configuration = ConfigurationInForce(
      PipelineConfiguration(
        repositories: repositories,
        services: services, buildConcurrency: concurrency, supersede: supersede,
        commitDeadline: patience))
    parts = PipelineParts(
      configuration: configuration, store: store, mirrors: Mirrors(mirrors),
      builder: builder, registry: registry, signer: signer, rollouts: observer ?? rollouts,
      workloads: workloads ?? NoWorkloads(), board: board, receivers: receivers,
      clock: clock,
      events: shared?.events ?? EventBus(), workDirectory: state.appending("work"),
      owner: shared?.owner ?? "test", logger: logger)
    pipeline = Pipeline(parts: parts)
  }

  deinit { work?.cancel() }

  package var events: EventBus { parts.events }
  package var metrics: MetricRegistry { parts.metrics.registry }

  package static func repositoryName() throws -> RepositoryName {
    guard let name = repository else { throw ShellFailure("no name") }
    return name
  }

  package static func branchName() throws -> BranchName {
    guard let name = branch else { throw ShellFailure("no branch") }
    return name
  }

  private static func service(
    _ text: String, in monorepo: Monorepo, manifestsIn deploy: RepositoryName,
    migrations: String?
  ) throws -> Service {
    guard let name = ServiceName(text), let context = RepositoryPath(text),
      let dockerfile = RepositoryPath("\(text)/Dockerfile"),
      let image = ImageRepository("\(monorepo.registry)/\(text)"),
      let path = RepositoryPath("k8s/\(text)")
    else { throw ShellFailure("bad service \(text)") }
    return Service(
      name: name, repository: try repositoryName(),
      filter: PathFilter(.paths, ["\(text)/**"]),
      build: BuildSpecification(context: context, dockerfile: dockerfile), image: image,
      manifest: ManifestLocation(
        repository: deploy, branch: try branchName(), path: path,
        imageName: image.description),
      migrations: migrations.map { PathFilter(.paths, [$0]) })
  }

  package func start() {
    work = Task { [pipeline] in try await pipeline.run() }
  }

  package func stop() async {
    work?.cancel()
    _ = await work?.result
  }

  /// Another process on the same store and mirrors, as after a crash.
  ///
  /// - Parameter change: to the parts of the new one.
  package func restart(_ change: (inout PipelineParts) -> Void = { _ in }) async throws {
    await stop()
    change(&parts)
    pipeline = Pipeline(parts: parts)
    try await pipeline.prepare()
    start()
  }

  /// The webhook of one push, as intake would have stored it; returns when it is evaluated.
  @discardableResult
  package func deliver(
    _ before: String, _ after: String, guid: String? = nil
  ) async throws -> Delivery {
    let id = try await receive(before, after, guid: guid)
    try await evaluate()
    try await eventually("the evaluation of \(id)") {
      try await self.delivery(id).outcome != .pending
    }
    return try await delivery(id)
  }

  /// Stores a push and wakes its branch, unless its GUID is known.
  package func store(_ id: DeliveryGUID, _ before: String, _ after: String) async throws {
    try await receive(before, after, guid: id.text)
    try await evaluate()
  }

  /// Stores the webhook of one push, and nothing more: as if the process had died right after.
  @discardableResult
  package func receive(
    _ before: String, _ after: String, guid: String? = nil
  ) async throws -> DeliveryGUID {
    deliveries += 1
    guard let id = DeliveryGUID(guid ?? "delivery-\(deliveries)"),
      let beforeSHA = CommitSHA(before), let afterSHA = CommitSHA(after)
    else { throw ShellFailure("bad push") }
    _ = try await store.record(
      Delivery(
        guid: id, event: "push", receivedAt: clock.now(),
        repository: Self.repository, ref: "refs/heads/main", before: beforeSHA.hex,
        after: afterSHA.hex, forced: false, pusher: "ada",
        bodySHA256: String(repeating: "0", count: 64), outcome: .pending, reason: "waits"))
    return id
  }

  /// Begins the evaluation of what was received.
  package func evaluate() async throws {
    await pipeline.intake.wake(
      RepositoryBranch(repository: try Self.repositoryName(), branch: try Self.branchName()))
  }

  package func reconfigure(_ change: (inout PipelineConfiguration) throws -> Void) rethrows {
    var configuration = configuration.current
    try change(&configuration)
    self.configuration.replace(with: configuration)
  }

  package func delivery(_ id: DeliveryGUID) async throws -> Delivery {
    guard let delivery = try await store.delivery(id) else { throw ShellFailure("no delivery") }
    return delivery
  }

  /// One commit that changes these services, pushed and delivered.
  @discardableResult
  package func push(_ services: [String], version: String) async throws -> Delivery {
    let (before, after) = try await monorepo.change(services, to: version)
    return try await deliver(before, after)
  }

  package func deployment(_ id: String) async throws -> Deployment {
    guard let id = DeploymentID(id), let found = try await store.deployment(id) else {
      throw ShellFailure("there is no \(id)")
    }
    return found
  }

  /// Returns when the deployment is in one of these states.
  @discardableResult
  package func reach(_ id: String, _ states: DeploymentState...) async throws -> Deployment {
    try await eventually("\(id) \(states.map(\.rawValue))") {
      guard let id = DeploymentID(id), let found = try await self.store.deployment(id) else {
        return false
      }
      if found.state.isFinal, !states.contains(found.state) {
        let reasons = try await self.store.timeline(id).map { "\($0.state): \($0.reason)" }
        throw ShellFailure("\(id) ended \(found.state): \(reasons.joined(separator: "; "))")
      }
      return states.contains(found.state)
    }
    return try await deployment(id)
  }

  package func state(_ service: String) async throws -> ServiceState {
    guard let name = ServiceName(service) else { throw ShellFailure("bad name") }
    return try await store.serviceState(name)
  }

  /// The tag that git names for the service.
  package func tagInGit(_ service: String) async throws -> String {
    let text = try await manifests.file("k8s/\(service)/kustomization.yaml")
    guard let line = text.split(separator: "\n").first(where: { $0.contains("newTag:") }) else {
      throw ShellFailure("no newTag")
    }
    return line.split(separator: ":")[1].filter { $0 != "\"" && $0 != " " }
  }
}

/// Real time, until a test jumps ahead.
package final class JumpingClock: WallClock {
  private let ahead = Mutex(Duration.zero)

  package init() {}

  package func jump(by duration: Duration) { ahead.withLock { $0 += duration } }
  package func now() -> Timestamp { TestClock().now() + ahead.withLock { $0 } }
  package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// Time stands still, so that no lease ever ends by itself.
package struct StillClock: WallClock {
  private let start = TestClock().now()

  package init() {}

  package func now() -> Timestamp { start }
  package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

package struct TestClock: WallClock {
  package init() {}

  package func now() -> Timestamp {
    Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
  }

  package func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

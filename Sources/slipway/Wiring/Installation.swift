import DeployModel
import FoundationEssentials
import Git
import GitHub
import HTTPClient
import HTTPServer
import Images
import Logging
import Metrics
import Notifications
import OpenSSLKit
import Pipeline
import Posix
import RESTAPI
import Synchronization

/// The one place that names what is real: makes every part from a configuration, and puts a new
/// configuration in force while it runs.
final class Installation: Sendable {
  let pipeline: Pipeline
  let server: WebServer
  let probes: ProbeEndpoints
  /// Event streams and followed logs.
  let longAnswers: LongAnswers
  /// Nil: in clear, and a reload does not change that.
  private let tls: TLSInForce?
  private let lock: StateLock
  private let shared: StoreInForce
  private let access: AccessTable
  private let metrics: MetricsEndpoint
  private let door: WebhookDoor
  private let senders: WebhookSendersInForce
  private let inForce: ConfigurationInForce
  private let mirrors: Mirrors
  /// Every mirror that this process made, by the name that its directory has: one that is no longer
  /// configured may be at work still, and may come back.
  private let made: Mutex<[RepositoryName: Mirror]>
  private let http: HTTPClient
  private let images: ImagesInForce
  private let rollouts: RolloutsInForce
  private let workloads: WorkloadsInForce
  private let github: GitHubInForce
  private let receivers: WebhookReceivers
  /// The one builder of this process; a reload gives it other credentials.
  private let builder: any ReloadableBuilder
  private let stateDirectory: String
  private let logger: Logger

  init(_ configuration: Configuration, clock: any WallClock, logger: Logger) async throws {
    self.logger = logger
    let state = configuration.state.directory
    try Self.makeDirectory(state)
    lock = try StateLock(directory: state)
    http = HTTPClient()
    let predecessors = "slipway-\(lock.name)-"
    let owner = "\(predecessors)\(try SystemRandom.name(ofBytes: 8))"
    shared = try StoreInForce(configuration.state, name: owner)
    let store = shared.store
    stateDirectory = state
    let access = Self.access(configuration, http: http, clock: clock)
    builder = Self.builder(configuration, access: access, logger: logger)
    try await builder.recover()
    let signer = Self.signer(configuration, access: access, logger: logger)
    try signer?.recover()
    try await signer?.probe()
    images = ImagesInForce(
      ImagesInForce.Parts(builder: builder, registry: access.registry, signer: signer))
    inForce = ConfigurationInForce(PipelineConfiguration(configuration))
    try Self.removeSigningKeys(of: state)
    github = try GitHubInForce(configuration, http: http, clock: clock)
    receivers = WebhookReceivers(
      try configuration.notifications.map(WebhookTarget.init), http: http, clock: clock)
    let mirrors = Self.mirrors(
      of: configuration, in: state, having: [:], github: github, logger: logger)
    self.mirrors = Mirrors(mirrors)
    made = Mutex(mirrors)
    self.access = AccessTable(configuration)
    door = WebhookDoor(try WebhookDoor.Rules(configuration))
    rollouts = RolloutsInForce(configuration.argocd)
    try Self.makeDirectory("\(state)/kubectl")
    workloads = WorkloadsInForce(
      configuration.kubernetes, home: "\(state)/kubectl",
      environment: ProcessInfo.processInfo.environment)
    let registry = MetricRegistry()
    let parts = PipelineParts(
      configuration: inForce, store: store, mirrors: self.mirrors,
      builder: images, registry: images, signer: images, rollouts: rollouts,
      workloads: workloads, board: github, receivers: receivers,
      clock: clock, events: EventBus(relay: shared.relay), metrics: PipelineMetrics(registry),
      workDirectory: "\(state)/work",
      owner: owner, logger: logger)
    pipeline = Pipeline(parts: parts)
    try await pipeline.prepare(after: shared.isShared ? .named(predecessors) : .everyone)
    shared.connect(to: pipeline, logger: logger)
    probes = ProbeEndpoints(
      store: StoreProbe(clock: clock, logger: logger) { [store] () throws(StoreError) in
        try await store.checkWritable()
      })
    metrics = MetricsEndpoint(registry, anonymous: configuration.server.anonymousMetrics)
    let webhookSenders = WebhookSenders(registry)
    senders = WebhookSendersInForce(
      configuration, senders: webhookSenders, http: http, clock: clock, logger: logger)
    let routes = APIRoutes(
      pipeline: pipeline, access: self.access, sessions: store,
      webhooks: WebhookEndpoint(
        intake: pipeline.intake, door: door, senders: webhookSenders, logger: logger),
      probes: probes, metrics: metrics, logger: logger)
    longAnswers = routes.longAnswers
    let identities = try configuration.server.tls.map { try $0.identity() }
    tls = identities.isEmpty ? nil : try TLSInForce(identities)
    server = try Self.server(
      configuration, routes: routes, registry: registry, tls: tls, logger: logger)
    ProcessMetrics.register(
      in: registry, startedAt: Double(clock.now().milliseconds) / 1000)
    registry.collect { [server] exposition in
      exposition.single(
        "slipway_http_connections", .gauge, "Open connections.", Double(server.connectionCount))
    }
  }

  /// Everything that goes on by itself, until the task is cancelled.
  func run() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await self.senders.keep() }
      group.addTask { await self.giveMemoryBack() }
      try await pipeline.run()
      group.cancelAll()
    }
  }

  /// What one hour needed at its worst is not kept through a quiet week.
  private func giveMemoryBack() async {
    while !Task.isCancelled {
      do {
        try await pipeline.parts.clock.sleep(for: .seconds(600))
      } catch {
        return
      }
      Heap.giveBack()
    }
  }

  /// What a running server can take up without a restart.
  func reload(_ configuration: Configuration) async throws {
    let rules = try WebhookDoor.Rules(configuration)
    let identities = try configuration.server.tls.map { try $0.identity() }
    if let tls, !identities.isEmpty { try tls.replace(with: identities) }
    receivers.replace(with: try configuration.notifications.map(WebhookTarget.init))
    let images = Self.access(configuration, http: http, clock: pipeline.parts.clock)
    let signer = Self.signer(configuration, access: images, logger: logger)
    self.images.replace(
      with: ImagesInForce.Parts(
        builder: builder.exchanging(images), registry: images.registry, signer: signer))
    rollouts.replace(with: configuration.argocd)
    workloads.replace(with: configuration.kubernetes)
    try github.replace(with: configuration)
    mirrors.replace(
      with: made.withLock { made in
        let mirrors = Self.mirrors(
          of: configuration, in: stateDirectory, having: made, github: github, logger: logger)
        made.merge(mirrors) { _, new in new }
        return mirrors
      })
    inForce.replace(with: PipelineConfiguration(configuration))
    metrics.set(anonymous: configuration.server.anonymousMetrics)
    access.replace(with: configuration)
    door.replace(with: rules)
    senders.replace(with: configuration)
    try await pipeline.configurationChanged()
    try await signer?.probe()
  }

  /// Large answers that are compressed at the same time.
  private static let compressors = 2

  private static func server(
    _ configuration: Configuration, routes: APIRoutes, registry: MetricRegistry,
    tls: TLSInForce?, logger: Logger
  ) throws -> WebServer {
    let limits = configuration.server.limits
    var serverLimits = ServerLimits()
    serverLimits.connections = limits.connections
    serverLimits.perClient = limits.perClient
    let listen = configuration.server.listen
    guard let address = SocketAddress(host: listen.host, port: UInt16(listen.port)) else {
      throw BadAddress(text: listen.description)
    }
    return WebServer(
      listen: address, limits: serverLimits,
      proxies: TrustedProxies(configuration.server.trustedProxies),
      handler: CompressingHandler(
        MeteringHandler(routes.router(webhookBodyLimit: limits.body), registry: registry),
        pool: BlockingPool(width: compressors, label: "slipway.http.pack")),
      logger: logger, tls: tls)
  }

  private static func builder(
    _ configuration: Configuration, access: BuilderAccess, logger: Logger
  ) -> any ReloadableBuilder {
    let state = configuration.state.directory
    switch configuration.builder.engine {
    case .buildah:
      return BuildahBuilder(
        BuildahSettings(
          stateDirectory: "\(state)/buildah", instance: state, accounts: access.accounts,
          secret: access.secret),
        logger: logger)
    case .docker(let engine):
      return DockerBuilder(
        DockerSettings(
          host: engine.host, tls: engine.tls, stateDirectory: "\(state)/docker",
          instance: state, access: access),
        logger: logger)
    case .buildkit(let fleet):
      return BuildKitBuilder(
        BuildKitSettings(
          addresses: fleet.addresses, tls: fleet.tls, cache: fleet.cache,
          attestations: fleet.attestations, stateDirectory: "\(state)/buildkit",
          instance: state, access: access),
        logger: logger)
    }
  }

  private static func access(
    _ configuration: Configuration, http: HTTPClient, clock: any WallClock
  ) -> BuilderAccess {
    let accounts = RegistryAccounts(
      configuration, environment: ProcessInfo.processInfo.environment)
    return BuilderAccess(
      accounts: accounts,
      registry: RegistryClient(client: http, accounts: accounts, clock: clock),
      secret: secrets(of: configuration))
  }

  private static func signer(
    _ configuration: Configuration, access: BuilderAccess, logger: Logger
  ) -> CosignSigner? {
    configuration.cosign.map {
      CosignSigner(
        CosignSettings($0, in: configuration.state.directory, accounts: access.accounts),
        logger: logger)
    }
  }

  private static func secrets(
    of configuration: Configuration
  ) -> @Sendable (ServiceName, String) async throws -> [UInt8] {
    let secrets = configuration.buildSecrets
    return { service, name in
      guard let secret = secrets[service]?[name] else { throw MissingSecret(name: name) }
      return secret.exposedBytes
    }
  }

  /// A directory belongs to one `Mirror`: whose repository is known already gets the new remote, and
  /// stays.
  private static func mirrors(
    of configuration: Configuration, in state: String, having known: [RepositoryName: Mirror],
    github: GitHubInForce, logger: Logger
  ) -> [RepositoryName: Mirror] {
    let git = GitProgram()
    var mirrors: [RepositoryName: Mirror] = [:]
    for (name, repository) in configuration.repositories {
      let remote = GitRemote(repository, tokens: github.tokens(for: repository))
      let signer = repository.signing.map { CommitSigner($0, in: state) }
      if let mirror = known[name] {
        mirror.exchange(remote: remote)
        mirror.exchange(signer: signer)
        mirrors[name] = mirror
      } else {
        mirrors[name] = Mirror(
          directory: "\(state)/mirrors/\(name).git", remote: remote, git: git,
          signer: signer, logger: logger)
      }
    }
    return mirrors
  }

  /// Of a process that was killed; this one makes its own.
  private static func removeSigningKeys(of state: String) throws {
    let directory = CommitSigner.directory(in: state)
    guard FileManager.default.fileExists(atPath: directory) else { return }
    try FileManager.default.removeItem(atPath: directory)
  }

  private static func makeDirectory(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw UnusableState(path: path)
    }
  }
}

struct UnusableState: Error, CustomStringConvertible {
  var path: String
  var description: String {
    "state.directory \(path) cannot be made: choose one that this user may write"
  }
}

/// The configuration's own check lets nothing through that this would name.
struct BadAddress: Error, CustomStringConvertible {
  var text: String
  var description: String { "server.listen: \(text) is no address to listen on" }
}

/// A build asks for a secret that the configuration it runs under does not have.
struct MissingSecret: Error, CustomStringConvertible {
  var name: String
  var description: String { "the build secret \(name) is not configured" }
}

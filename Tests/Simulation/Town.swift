import DeployModel
import Pipeline
import PipelineKit
import TestKit

/// Everything that a seed plays with: a pipeline on real git and a real store, those who push, GitHub,
/// builders that wait to be told, Argo CD, and what is broken right now.
final class Town {
  static let services = ["api", "site", "worker"]
  /// Whose old images may not run on what newer migrations left.
  static let migrating = "worker"
  static let migrations = "worker/migrations/"

  let world: PipelineWorld
  let developer: Developer
  /// Who edits manifests by hand: the developer, unless they are in a repository of their own.
  let keeper: Developer
  let sources: GitView
  /// The same, unless manifests are in a repository of their own.
  let manifests: GitView
  let schedule: Schedule
  let told = JumpingClock()
  var github: GitHubDouble
  var argo: ArgoCDDouble
  private(set) var process: MortalStore
  private let changes = ChangeCount()
  private var known: (changes: Int, ledger: Ledger)?
  /// Of processes.
  private(set) var starts = 0
  private var gates: [ServiceName: Gate] = [:]

  var registryIsDown = false
  var registryWasDown = false
  var isLocked = false
  var poisoned: Set<String> = []
  /// The tips that were last compared with the record on our behalf.
  var lookedAt = ""
  /// The branch is looked at until nothing on it was missed.
  var isCatchingUp = false
  /// What may have failed because of us.
  var blame = Blame()
  /// What people asked for since the last rest, and was granted.
  var granted: [Granted] = []
  /// What was refused for migrations in between, and was not as git says.
  var wrongRefusals: [String] = []
  /// A force push took something off the branch that manifests are on.
  var isRewound = false

  /// What was sent to Slipway since the last rest.
  var sent: [Sent] = []
  /// Blobs that Slipway had written, each time that it looked for missed pushes since the last rest.
  var lookups: [Set<String>] = []

  struct Sent {
    var notice: PushNotice
    /// The branch as it was then, and the blobs of kustomizations that Slipway had written.
    var tip: String
    var ownBlobs: Set<String>
    var isKnown: Bool
  }

  struct Blame {
    var builds: Set<String> = []
    var pushes: Set<String> = []
    var manifests: Set<String> = []
  }

  enum Granted: Hashable {
    case hold(String, Hold.Until)
    case release(String)
    /// Of a service, by a process that died meanwhile.
    case unclear(String)
    case rollBack(DeploymentID, isPrevious: Bool, acceptsMigrations: Bool)
  }

  static func make(_ schedule: Schedule, on ground: Ground) async throws -> Town {
    let world = try await PipelineWorld.make(
      services: services, concurrency: schedule.concurrency, supersede: schedule.supersede,
      monorepo: try ground.copy(),
      manifests: schedule.manifestsElsewhere ? try ground.copy() : nil,
      patience: .seconds(10_000_000), isReproducible: false)
    return try await Town(world, schedule)
  }

  private init(_ world: PipelineWorld, _ schedule: Schedule) async throws {
    self.world = world
    self.schedule = schedule
    sources = GitView(origin: world.monorepo.origin)
    developer = try Developer(sources)
    let isElsewhere = schedule.manifestsElsewhere
    manifests = isElsewhere ? GitView(origin: world.manifests.origin) : sources
    keeper = isElsewhere ? try Developer(manifests) : developer
    github = try GitHubDouble(url: world.monorepo.url)
    process = MortalStore(world.store, counting: changes)
    argo = ArgoCDDouble(schedule.observed, world)
    try configure()
    try await refresh()
    for service in schedule.observed { try argo.show(service, .well, manifests) }
    for service in Self.services {
      gates[try name(service)] = world.builder.closeGate(of: try name(service))
    }
    try await start()
  }

  private func configure() throws {
    try world.reconfigure { configuration in
      configuration.pollInterval = .seconds(10_000_000)
      for text in EvaluationModel.watchesManifest {
        configuration.services[try name(text)]?.filter = PathFilter(
          .paths, ["\(text)/**", "k8s/\(text)/**"])
      }
      configuration.services[try name(Self.migrating)]?.migrations = PathFilter(
        .paths, ["\(Self.migrations)**"])
      for text in schedule.observed {
        let name = try name(text)
        configuration.services[name]?.argocd = [ArgoCDDouble.application(of: text)]
        configuration.services[name]?.rolloutDeadline = Step.hour
        configuration.services[name]?.autoRollback = schedule.rollsBackByItself
      }
    }
  }

  func refresh() async throws {
    try await sources.refresh()
    if sources !== manifests { try await manifests.refresh() }
  }

  /// A process, which sees the store until it dies.
  func start() async throws {
    self.process.goOn()
    lookedAt = ""
    starts += 1
    let process = MortalStore(world.store, counting: changes)
    self.process = process
    try await world.restart { [told] in
      $0.store = process
      $0.clock = FastClock(store: process, told: told)
    }
  }

  /// What the store says.
  struct Ledger {
    /// Oldest first.
    var deployments: [Deployment]
    var services: [ServiceState]
    /// Of pushes that are not evaluated yet.
    var pending: [DeliveryGUID]
  }

  /// Read again only after somebody wrote: most looks are at what did not change.
  func ledger() async throws -> Ledger {
    let count = changes.value
    if let known, known.changes == count { return known.ledger }
    var deployments: [Deployment] = []
    var cursor: Int64?
    repeat {
      let page = try await world.store.deployments(DeploymentQuery(before: cursor, limit: 200))
      deployments += page.items
      cursor = page.nextCursor
    } while cursor != nil
    let pending = try await world.store.pendingPushes(
      repository: PipelineWorld.repositoryName(), branch: PipelineWorld.branchName(), limit: 10)
    let ledger = Ledger(
      deployments: deployments.sorted { $0.sequence < $1.sequence },
      services: try await world.store.serviceStates(), pending: pending.map(\.delivery))
    known = (count, ledger)
    return ledger
  }

  func records() async throws -> [Deployment] { try await ledger().deployments }

  func replaceTheDead() async throws {
    if process.isDead { try await start() }
  }

  /// In the order of the asking; rollbacks only with their holds.
  func asked(of service: String) -> [Granted] {
    granted.filter {
      switch $0 {
      case .hold(service, _), .release(service), .unclear(service): true
      default: false
      }
    }
  }

  /// The last process dies, and with it whatever it left running.
  func end() async {
    process.die()
    for gate in gates.values { gate.open() }
    await world.stop()
  }

  func forgetWhatWasAsked() {
    granted = []
    sent = []
    lookups = []
  }

  func name(_ service: String) throws -> ServiceName {
    guard let name = ServiceName(service) else { throw ShellFailure("bad service \(service)") }
    return name
  }

  /// Lets the build of the service that runs go on; the next one waits again.
  func finish(_ service: String, fails: Bool) async throws {
    let name = try name(service)
    let running = world.builder.running.filter { $0.service == name }
    if fails {
      blame.builds.insert(service)
      world.builder.fail(
        name, with: BuildError(code: .buildFailed, message: "exit 7", disposition: .giveUp))
    }
    let gate = gates[name]
    gates[name] = world.builder.closeGate(of: name)
    gate?.open()
    let hasEnded = try await comes { world.builder.running.isDisjoint(with: running) }
    guard hasEnded else { throw Violation("R1", "a build of \(service) never ends") }
    world.builder.fail(name, with: nil)
  }
}

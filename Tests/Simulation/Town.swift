import DeployModel
import Pipeline
import PipelineKit
import TestKit

/// Everything that a seed plays with: a pipeline on real git and a real store, those who push, GitHub,
/// builders that wait to be told, and what is broken right now.
final class Town {
  static let services = ["api", "site", "worker"]

  let world: PipelineWorld
  var developer: Developer
  var github: GitHubDouble
  var git: GitView
  let concurrency: Int
  private(set) var process: MortalStore
  private var gates: [ServiceName: Gate] = [:]

  var registryIsDown = false
  var isLocked = false
  var poisoned: Set<String> = []
  /// The tip that was last compared with the record on our behalf.
  var lookedAt = ""
  /// What may have failed because of us.
  var blame = Blame()
  /// What people asked for since the last rest, and was granted.
  var granted: [Granted] = []
  /// A force push took something off the branch.
  var isRewound = false

  /// What was sent to Slipway since the last rest.
  var sent: [Sent] = []

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
    case hold(String, isNextPush: Bool)
    case release(String)
    case rollBack(DeploymentID, isPrevious: Bool)
  }

  static func make(_ schedule: Schedule) async throws -> Town {
    let world = try await PipelineWorld.make(
      services: services, concurrency: schedule.concurrency, patience: .seconds(300),
      isReproducible: false)
    return try await Town(world, schedule)
  }

  private init(_ world: PipelineWorld, _ schedule: Schedule) async throws {
    self.world = world
    concurrency = schedule.concurrency
    developer = try await Developer(monorepo: world.monorepo)
    github = try GitHubDouble(url: world.monorepo.url)
    git = GitView(origin: world.monorepo.origin)
    process = MortalStore(world.store)
    try world.reconfigure { configuration in
      configuration.pollInterval = .seconds(10_000_000)
      for text in EvaluationModel.watchesManifest {
        configuration.services[try name(text)]?.filter = PathFilter(
          .paths, ["\(text)/**", "k8s/\(text)/**"])
      }
    }
    try await installHooks()
    for service in Self.services {
      gates[try name(service)] = world.builder.closeGate(of: try name(service))
    }
    try await start()
  }

  /// A process, which sees the store until it dies.
  func start() async throws {
    self.process.goOn()
    lookedAt = ""
    let process = MortalStore(world.store)
    self.process = process
    try await world.restart {
      $0.store = process
      $0.clock = FastClock(store: process)
    }
  }

  func replaceTheDead() async throws {
    if process.isDead { try await start() }
  }

  /// In the order of the asking; rollbacks only with their holds.
  func asked(of service: String) -> [Granted] {
    granted.filter {
      switch $0 {
      case .hold(service, _), .release(service): true
      default: false
      }
    }
  }

  func forgetWhatWasAsked() {
    granted = []
    sent = []
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
    try await eventually("the end of a build") {
      world.builder.running.isDisjoint(with: running)
    }
    world.builder.fail(name, with: nil)
  }

  /// A commit of Slipway's that changes the manifest of one of `refuse`'s lines is declined; where
  /// `drop` is, the server dies after it took the next one.
  private func installHooks() async throws {
    let isOurs = "git log -1 --format=%ce \"$new\" | grep -q slipway@example.com"
    try writeHook(
      "pre-receive",
      """
      #!/bin/sh
      [ -f refuse ] || exit 0
      while read old new ref; do
        \(isOurs) || continue
        while read service; do
          if git diff --name-only "$old" "$new" | grep -q "^k8s/$service/"; then
            echo "policy declines $service"; exit 1
          fi
        done <refuse
      done

      """)
    try writeHook(
      "post-receive",
      """
      #!/bin/sh
      [ -f drop ] || exit 0
      read old new ref
      \(isOurs) || exit 0
      rm drop
      kill -9 $PPID

      """)
    try await shell(
      "chmod", "+x", "\(world.monorepo.origin)/hooks/pre-receive",
      "\(world.monorepo.origin)/hooks/post-receive")
  }

  private func writeHook(_ name: String, _ text: String) throws {
    try world.monorepo.directory.write(text, to: "origin.git/hooks/\(name)")
  }
}

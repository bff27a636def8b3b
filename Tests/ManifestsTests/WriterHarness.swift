import DeployModel
import Git
import Glibc
import Logging
import Manifests
import TestKit

enum KustomizationFileReader {
  static func tag(_ bytes: [UInt8], _ image: String) throws -> String? {
    try KustomizationFile.read(bytes, image: image)?.tag
  }
}

/// The record, in memory. Deployments become current only when a test says so.
actor MemoryRecord: LandingRecord {
  private struct Current {
    var deployment: DeploymentID?
    var source: CommitSHA?
    var commit: CommitSHA?
  }

  private var current: [ServiceName: Current] = [:]
  private var holds: Set<ServiceName> = []
  private var overruling: [DeploymentID: DeploymentID] = [:]
  private(set) var intents: [ManifestIntent] = []
  /// Whose earlier intents a writer has asked for: they are in its batch.
  private(set) var asked: Set<DeploymentID> = []
  /// Services that were compared with a fetched tip.
  private(set) var compared: [Set<ServiceName>] = []
  private var unclear: Set<ServiceName> = []
  private var lost: Set<DeploymentID> = []
  private var staleDecisions = 0
  private var onComparison: (@Sendable () async throws -> Void)?
  private var afterStanding: (@Sendable () async -> Void)?
  private var onIntents: (@Sendable () async throws -> Void)?

  func compare(
    _ services: Set<ServiceName>, with tip: CommitSHA, of target: RepositoryBranch
  ) async throws -> Set<ServiceName> {
    compared.append(services)
    let action = onComparison
    onComparison = nil
    try await action?()
    defer { unclear = [] }
    return unclear.intersection(services)
  }

  func standing(of edit: ManifestEdit) async -> LandingStanding {
    let current = current[edit.service]
    let standing = LandingStanding(
      deployment: current?.deployment, sourceCommit: current?.source,
      manifestCommit: current?.commit,
      holdInForce: holds.contains(edit.service), overruledBy: overruling[edit.id],
      isOurs: !lost.contains(edit.id))
    let action = afterStanding
    afterStanding = nil
    await action?()
    return standing
  }

  func willPush(
    _ new: [ManifestIntent], decidedOn grounds: [LandingGround]
  ) async throws -> Bool {
    for ground in grounds {
      let isHeld = holds.contains(ground.deployment.service)
      let later = overruling[ground.deployment]
      guard isHeld == ground.holdInForce, later == ground.overruledBy,
        !lost.contains(ground.deployment)
      else {
        staleDecisions += 1
        return false
      }
    }
    intents += new
    try await onIntents?()
    return true
  }

  /// How often something had changed between the decision and the push.
  var decisionsTakenBack: Int { staleDecisions }

  /// At the next comparison, once.
  func cannotSay(_ service: ServiceName) { unclear.insert(service) }

  func previousIntents(for id: DeploymentID) -> [ManifestIntent] {
    asked.insert(id)
    return intents.filter { $0.deployment == id }
  }

  func deploy(_ edit: ManifestEdit, as commit: CommitSHA?) {
    current[edit.service] = Current(
      deployment: edit.id, source: edit.deployment.source?.commit, commit: commit)
  }

  /// To another process.
  func lose(_ id: DeploymentID) { lost.insert(id) }
  func hold(_ service: ServiceName) { holds.insert(service) }
  func overrule(_ id: DeploymentID, by other: DeploymentID) { overruling[id] = other }
  /// Once, while a fetched tip is compared.
  func duringComparison(_ action: @escaping @Sendable () async throws -> Void) {
    onComparison = action
  }
  /// Once, after the record was asked and before the answer is used.
  func afterAnswer(_ action: @escaping @Sendable () async -> Void) { afterStanding = action }
  func beforePush(_ action: (@Sendable () async throws -> Void)?) { onIntents = action }
}

/// A writer on a mirror of its own, as a process has it.
struct WriterHarness {
  static let repository = RepositoryName("shop")
  let remote: Remote
  let record: MemoryRecord
  let writer: ManifestWriter
  private let directory: TemporaryDirectory

  init(
    _ remote: Remote, record: MemoryRecord = MemoryRecord(), clock: any WallClock = RealClock(),
    deadline: Duration = .seconds(120), sourcesAt sourceRemote: Remote? = nil,
    git: GitProgram = GitProgram(), sourceGit: GitProgram = GitProgram(), signingKey: String? = nil,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) throws {
    self.remote = remote
    self.record = record
    let directory = try TemporaryDirectory("slipway-mirror")
    self.directory = directory
    guard let repository = Self.repository, let branch = BranchName("main"),
      let author = GitIdentity(name: "slipway", email: "slipway@example.com")
    else { throw Malformed(what: "harness") }
    let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
    let mirror = Mirror(
      directory: directory.appending("mirror"), remote: GitRemote(url: remote.url),
      git: git,
      signer: signingKey.map {
        CommitSigner(format: .ssh, key: $0, directory: directory.appending("signing"))
      }, logger: logger)
    let sources = sourceRemote.map {
      Mirror(
        directory: directory.appending("sources"), remote: GitRemote(url: $0.url),
        git: sourceGit, logger: logger)
    }
    writer = ManifestWriter(
      target: RepositoryBranch(repository: repository, branch: branch), mirror: mirror,
      sourceMirror: { $0.name == "code" ? sources : nil }, author: author, record: record,
      clock: clock, deadline: deadline, random: random, logger: logger)
  }

  /// Submits, and records what landed, as a caller does.
  func land(_ edit: ManifestEdit) async -> WriteOutcome {
    let outcome = await writer.submit(edit)
    if case .landed(let commit, _, _) = outcome { await record.deploy(edit, as: commit) }
    return outcome
  }

  /// All at once; in the order given.
  func land(_ edits: [ManifestEdit]) async -> [WriteOutcome] {
    await withTaskGroup(of: (Int, WriteOutcome).self) { group in
      for (index, edit) in edits.enumerated() {
        group.addTask { (index, await land(edit)) }
      }
      var outcomes: [(Int, WriteOutcome)] = []
      for await outcome in group { outcomes.append(outcome) }
      return outcomes.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// In one batch: the branch is not there until all wait.
  func landTogether(_ edits: [ManifestEdit]) async throws -> [WriteOutcome] {
    try remote.goAway()
    async let outcomes = land(edits)
    try await eventually("all to wait") {
      await record.asked.isSuperset(of: edits.map(\.id))
    }
    try remote.comeBack()
    return await outcomes
  }
}

struct RealClock: WallClock {
  func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

extension ManifestEdit {
  /// `number` is the order of acceptance too.
  static func make(
    _ service: String, _ number: Int, tag: String, source: CommitSHA?,
    cause: DeploymentCause = .push, basis: Int64? = nil, released: Bool = false,
    rebuild: Bool = false,
    repository: String = "shop", path: String? = nil
  ) throws -> ManifestEdit {
    guard let name = ServiceName(service), let repository = RepositoryName(repository),
      let shop = WriterHarness.repository, let branch = BranchName("main"),
      let image = ImageRepository("registry.example.com/\(service)"), let tag = ImageTag(tag),
      let digest = ImageDigest("sha256:" + String(repeating: "ab", count: 32)),
      let path = RepositoryPath(path ?? "k8s/\(service)")
    else { throw Malformed(what: "edit") }
    let time = Timestamp(milliseconds: 0)
    let published = PublishedImage(repository: image, tag: tag, digest: digest, tags: [tag])
    let deployment = Deployment(
      id: DeploymentID(service: name, number: number), sequence: Int64(number),
      basisSequence: basis ?? Int64(number), state: .committing, cause: cause, actor: "octocat",
      reason: "", createdAt: time, updatedAt: time,
      source: source.map {
        Source(
          repository: repository, branch: branch, commit: $0, subject: "", author: "",
          committedAt: time)
      }, image: published, rebuild: rebuild, released: released)
    return ManifestEdit(
      deployment: deployment, image: published,
      location: ManifestLocation(
        repository: shop, branch: branch, path: path,
        imageName: "registry.example.com/\(service)"))
  }
}

extension WriteOutcome {
  var commit: CommitSHA? {
    if case .landed(let commit, _, _) = self { commit } else { nil }
  }

  var failure: DeploymentFailure? {
    if case .failed(let failure) = self { failure } else { nil }
  }
}

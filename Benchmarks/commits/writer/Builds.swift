import DeployModel
import Git
import Manifests
import Store

struct Malformed: Error {
  var what: String
}

func parsed<Value>(_ text: String, _ parse: (String) -> Value?) throws -> Value {
  guard let value = parse(text) else { throw Malformed(what: text) }
  return value
}

/// Builds of every service from every source, as the store has them when they end together.
struct Builds {
  let target: RepositoryBranch
  let services: [ServiceName]
  let store: SQLiteStore
  let clock: SystemClock

  init(services count: Int, store: SQLiteStore, clock: SystemClock) throws {
    target = RepositoryBranch(
      repository: try parsed("shop") { RepositoryName($0) },
      branch: try parsed("main") { BranchName($0) })
    services = try (1...count).map { number in try parsed("s\(number)") { ServiceName($0) } }
    self.store = store
    self.clock = clock
  }

  func ready(from sources: [CommitSHA]) async throws -> [ManifestEdit] {
    var edits: [ManifestEdit] = []
    var cursor: CommitSHA?
    for commit in sources {
      let source = Source(
        repository: target.repository, branch: target.branch, commit: commit, subject: "source",
        author: "dev", committedAt: clock.now())
      let triggers = services.map {
        ServiceTrigger(
          service: $0, cause: .push, actor: "dev", reason: "pushed", source: source, trigger: nil)
      }
      let made = try await store.conclude(
        Evaluation(
          target: target, delivery: nil, cursorBefore: cursor, cursorAfter: commit,
          outcome: .deployed, reason: "pushed", matches: [], triggers: triggers, at: clock.now()))
      cursor = commit
      for deployment in made.created { edits.append(try await publish(deployment, from: commit)) }
    }
    return edits
  }

  /// Through the states that a build goes through, to the one in which it waits for its commit.
  private func publish(
    _ deployment: Deployment, from commit: CommitSHA
  ) async throws -> ManifestEdit {
    let service = deployment.id.service
    let name = "registry.example.com/\(service)"
    let tag = try parsed(String(commit.hex.prefix(7))) { ImageTag($0) }
    let image = PublishedImage(
      repository: try parsed(name) { ImageRepository($0) }, tag: tag,
      digest: try parsed("sha256:" + String(repeating: "ab", count: 32)) { ImageDigest($0) },
      tags: [tag])
    let location = ManifestLocation(
      repository: target.repository, branch: target.branch,
      path: try parsed("k8s/\(service)") { RepositoryPath($0) }, imageName: name)
    var last = deployment
    for (state, next) in [
      (DeploymentState.queued, DeploymentState.building), (.building, .publishing),
      (.publishing, .committing),
    ] {
      last = try await store.advance(
        deployment.id,
        DeploymentChange(
          from: [state], to: next, at: clock.now(), reason: "",
          image: next == .committing ? image : nil, location: location))
    }
    return ManifestEdit(deployment: last, image: image, location: location)
  }

  /// What the pipeline does with the writer's answer.
  func record(_ outcome: WriteOutcome, of edit: ManifestEdit) async throws {
    switch outcome {
    case .landed(let commit, _, _):
      try await store.land(
        Landing(
          deployment: edit.id, state: .committed, commit: commit, at: clock.now(),
          reason: "on the branch"))
    case .superseded(let other, let reason):
      try await store.advance(
        edit.id,
        DeploymentChange(
          from: [.committing], to: .superseded, at: clock.now(), reason: reason,
          supersededBy: other))
    case .failed(let failure):
      try await store.advance(
        edit.id,
        DeploymentChange(
          from: [.committing], to: .failed, at: clock.now(), reason: failure.message,
          failure: failure))
    case .held, .withdrawn: throw Malformed(what: "\(edit.id): \(outcome)")
    }
  }
}

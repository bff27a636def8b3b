import DeployModel

/// Short ways to the values that the cases speak of. What cannot fail to parse is written as text.
struct BadSample: Error { var text: String }

func make<Value>(_ text: String, _ parse: (String) -> Value?) throws -> Value {
  guard let value = parse(text) else { throw BadSample(text: text) }
  return value
}

func service(_ name: String) throws -> ServiceName { try make(name) { ServiceName($0) } }
func guid(_ text: String) throws -> DeliveryGUID { try make(text) { DeliveryGUID($0) } }
func tag(_ name: String) throws -> ImageTag { try make(name) { ImageTag($0) } }

/// A commit whose id is the digit, forty times.
func commit(_ digit: Character) throws -> CommitSHA {
  try make(String(repeating: digit, count: 40)) { CommitSHA($0) }
}

func digest(_ digit: Character) throws -> ImageDigest {
  try make("sha256:" + String(repeating: digit, count: 64)) { ImageDigest($0) }
}

func inputs(_ digit: Character) throws -> InputDigest {
  try make("sha256:" + String(repeating: digit, count: 64)) { InputDigest($0) }
}

/// Seconds after an arbitrary beginning.
func second(_ seconds: Int64) -> Timestamp {
  Timestamp(milliseconds: 1_764_000_000_000 + seconds * 1000)
}

extension RepositoryBranch {
  static func make(_ repository: String = "mirai", _ branch: String = "main") throws -> Self {
    RepositoryBranch(
      repository: try StoreContract.make(repository) { RepositoryName($0) },
      branch: try StoreContract.make(branch) { BranchName($0) })
  }
}

extension Delivery {
  static func make(
    _ id: String, outcome: DeliveryOutcome = .pending, branch: String = "main",
    before: Character = "a", after: Character = "b", at: Timestamp = second(0)
  ) throws -> Delivery {
    Delivery(
      guid: try StoreContract.guid(id), event: "push", receivedAt: at,
      repository: try StoreContract.make("mirai") { RepositoryName($0) },
      ref: "refs/heads/\(branch)", before: String(repeating: before, count: 40),
      after: String(repeating: after, count: 40), forced: false, pusher: "ana",
      bodySHA256: String(repeating: "0", count: 64), outcome: outcome, reason: "as received")
  }
}

extension Source {
  static func make(_ digit: Character) throws -> Source {
    let target = try RepositoryBranch.make()
    return Source(
      repository: target.repository, branch: target.branch, commit: try StoreContract.commit(digit),
      subject: "Change \(digit)", author: "Ana", committedAt: second(-60))
  }
}

extension PublishedImage {
  static func make(
    _ digit: Character, reusedFrom: DeploymentID? = nil
  ) throws -> PublishedImage {
    let short = String(repeating: digit, count: 7)
    let full = "sha-" + String(repeating: digit, count: 40)
    return PublishedImage(
      repository: try StoreContract.make("ghcr.io/acme/shop") { ImageRepository($0) },
      tag: try StoreContract.tag(short), digest: try StoreContract.digest(digit),
      tags: [try StoreContract.tag(short), try StoreContract.tag(full)],
      reusedFrom: reusedFrom)
  }
}

extension NewDeployment {
  static func make(
    _ name: String = "backend", cause: DeploymentCause = .manual, source: Character? = "b",
    image: PublishedImage? = nil, committingReason: String? = nil,
    rollbackOf: DeploymentID? = nil, rolledBackFrom: DeploymentID? = nil,
    retryOf: DeploymentID? = nil, covers: CommitSHA? = nil, basisSequence: Int64? = nil,
    hold: Hold? = nil, expectedCurrent: ExpectedCurrent = .any, refusedByHold: Bool = false,
    overrideHold: Bool = false, at: Timestamp = second(0)
  ) throws -> NewDeployment {
    NewDeployment(
      service: try StoreContract.service(name), cause: cause, actor: "ana", reason: "because",
      source: try source.map { try Source.make($0) }, image: image,
      committingReason: committingReason, rollbackOf: rollbackOf, rolledBackFrom: rolledBackFrom,
      retryOf: retryOf, overrideHold: overrideHold, covers: covers, basisSequence: basisSequence,
      hold: hold, expectedCurrent: expectedCurrent, refusedByHold: refusedByHold, at: at)
  }
}

extension ServiceTrigger {
  static func make(
    _ name: String = "backend", cause: DeploymentCause = .push, source: Character = "b",
    delivery: String? = nil
  ) throws -> ServiceTrigger {
    ServiceTrigger(
      service: try StoreContract.service(name), cause: cause, actor: "ana", reason: "pushed",
      source: try Source.make(source),
      trigger: DeploymentTrigger(
        delivery: try delivery.map { try StoreContract.guid($0) }, file: "backend/main.go",
        pattern: "backend/**"))
  }
}

extension Evaluation {
  static func make(
    delivery: String? = nil, from: Character?, to: Character?,
    outcome: DeliveryOutcome = .deployed, matches: [ServiceMatch] = [],
    triggers: [ServiceTrigger] = [],
    skipped: [ServiceName: BehindRule.Wanted] = [:], at: Timestamp = second(1)
  ) throws -> Evaluation {
    Evaluation(
      target: try .make(), delivery: try delivery.map { try StoreContract.guid($0) },
      cursorBefore: try from.map { try StoreContract.commit($0) },
      cursorAfter: try to.map { try StoreContract.commit($0) },
      outcome: outcome, reason: "evaluated", matches: matches, triggers: triggers,
      skipped: skipped, at: at)
  }
}

extension ManifestIntent {
  static func make(_ id: DeploymentID, commit digit: Character = "1") throws -> ManifestIntent {
    ManifestIntent(
      deployment: id, target: try .make(), commit: try StoreContract.commit(digit),
      file: ManifestBlob(
        path: "k8s/\(id.service)/kustomization.yaml", blob: String(repeating: digit, count: 40)),
      at: second(1))
  }
}

extension Hold {
  static func make(_ until: Until, at: Timestamp = second(0)) -> Hold {
    Hold(until: until, reason: "the new version is broken", actor: "ana", since: at)
  }
}

/// The longer walks that several cases begin with.
extension DeploymentStore {
  func step(
    _ id: DeploymentID, _ from: DeploymentState, _ to: DeploymentState,
    at: Timestamp = second(10), image: PublishedImage? = nil, inputs: InputDigest? = nil,
    failure: DeploymentFailure? = nil
  ) async throws -> Deployment {
    try await advance(
      id,
      DeploymentChange(
        from: [from], to: to, at: at, reason: "went on", image: image, inputDigest: inputs,
        failure: failure))
  }

  /// From `queued` to `committing`, with an image made of the digit.
  func publish(_ id: DeploymentID, _ digit: Character, at: Timestamp = second(10)) async throws {
    _ = try await step(id, .queued, .building, at: at)
    _ = try await step(id, .building, .publishing, at: at)
    _ = try await step(
      id, .publishing, .committing, at: at, image: try .make(digit), inputs: try inputs(digit))
  }

  /// From `committing` to `syncing`, and to `live` if asked.
  func land(
    _ id: DeploymentID, _ manifest: Character, live: Bool = true, at: Timestamp = second(20)
  ) async throws {
    try await land(
      Landing(
        deployment: id, state: .syncing, commit: try commit(manifest), at: at, reason: "pushed"))
    if live { _ = try await step(id, .syncing, .live, at: at) }
  }

  /// A deployment by hand that waits behind a hold placed for it.
  func makeHeld(
    _ digit: Character, of name: String = "backend", until: Hold.Until = .released
  ) async throws -> DeploymentID {
    let id = try await create(try .make(name, source: digit)).id
    try await publish(id, digit)
    try await placeHold(.make(until), on: id.service)
    _ = try await step(id, .committing, .held)
    return id
  }

  /// Another one that waits behind the backend's hold.
  func makeNextHeld(_ digit: Character) async throws -> DeploymentID {
    let id = try await create(try .make(source: digit)).id
    try await publish(id, digit)
    _ = try await step(id, .committing, .held)
    return id
  }

  /// A deployment by hand that is live, with source, image and manifest commit of the digit.
  func makeLive(_ digit: Character, at: Timestamp = second(5)) async throws -> DeploymentID {
    let id = try await create(try .make(source: digit, at: at)).id
    try await publish(id, digit, at: at)
    try await land(id, digit, at: at)
    return id
  }
}

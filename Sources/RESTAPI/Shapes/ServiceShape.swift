import DeployModel

struct CurrentShape: Encodable {
  @Nullable var deployment: String?
  var adopted: Bool
  var tag: String
  @Nullable var digest: String?
  @Nullable var sourceCommit: String?
  @Nullable var source: SourceShape?
  @Nullable var manifestCommit: String?
  var since: String

  init(_ current: CurrentImage, source: Source?) {
    deployment = current.deployment?.description
    adopted = current.adopted
    tag = current.tag
    digest = current.digest?.text
    sourceCommit = current.sourceCommit?.hex
    self.source = source.map(SourceShape.init)
    manifestCommit = current.manifestCommit?.hex
    since = current.since.rfc3339
  }
}

struct HoldShape: Encodable {
  /// `released`, `next-push`, or the time at which it ends.
  var until: String
  var reason: String
  var actor: String
  var since: String

  init(_ hold: Hold) {
    switch hold.until {
    case .released: until = "released"
    case .nextPush: until = "next-push"
    case .time(let end): until = end.rfc3339
    }
    reason = hold.reason
    actor = hold.actor
    since = hold.since.rfc3339
  }
}

struct BehindShape: Encodable {
  var commit: String
  var since: String
  var reason: String

  init(_ behind: Behind) {
    commit = behind.commit.hex
    since = behind.since.rfc3339
    reason = behind.reason
  }
}

struct HealthShape: Encodable {
  var status: String
  var message: String
  var observedAt: String

  init(_ health: ServiceHealth) {
    status = health.status.rawValue
    message = health.message
    observedAt = health.observedAt.rfc3339
  }
}

struct ServiceShape: Encodable {
  var name: String
  @Nullable var repository: String?
  @Nullable var current: CurrentShape?
  var inFlight: [String]
  @Nullable var held: String?
  @Nullable var behind: BehindShape?
  @Nullable var hold: HoldShape?
  @Nullable var health: HealthShape?

  init(
    _ state: ServiceState, repository: RepositoryName?, health: ServiceHealth?, now: Timestamp
  ) {
    name = state.service.name
    self.repository = repository?.name
    current = state.current.map { CurrentShape($0, source: state.source) }
    inFlight = state.inFlight.map(\.description)
    held = state.held?.description
    behind = state.behind.map(BehindShape.init)
    hold = state.hold.flatMap { $0.isInForce(at: now) ? HoldShape($0) : nil }
    self.health = health.map(HealthShape.init)
  }
}

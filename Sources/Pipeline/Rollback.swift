package import DeployModel
import FoundationEssentials
import Git
import Manifests

/// What a rollback request says.
package struct RollbackRequest: Sendable {
  package enum HoldChoice: Hashable, Sendable { case untilReleased, untilNextPush, none }

  package var service: ServiceName
  /// A deployment's id or a tag, of this service's history; nil: the previous one.
  package var target: String?
  package var hold: HoldChoice
  package var acceptMigrations: Bool
  package var reason: String
  package var actor: String
  /// `rollback`, or `auto-rollback` where nobody asked.
  package var cause: DeploymentCause

  package init(
    service: ServiceName, target: String?, hold: HoldChoice, acceptMigrations: Bool,
    reason: String, actor: String, cause: DeploymentCause = .rollback
  ) {
    self.service = service
    self.target = target
    self.hold = hold
    self.acceptMigrations = acceptMigrations
    self.reason = reason
    self.actor = actor
    self.cause = cause
  }
}

/// R9: RollbackRequest ─plan→ an edit that joins the line at `committing`.
package struct Rollback: Sendable {
  let parts: PipelineParts

  /// Far more than anybody goes back by "previous"; a target by id or tag has no such bound.
  private static let historyDepth = 1000

  package func request(_ request: RollbackRequest) async throws(Refusal) -> Deployment {
    let plan = try await plan(request)
    if !request.acceptMigrations, !plan.migrations.isEmpty { throw plan.acrossMigrations }
    return try await create(request, plan)
  }

  /// What `request` would commit; refused as that would be, but for migrations, which are shown.
  package func preview(_ request: RollbackRequest) async throws(Refusal) -> ChangePreview {
    let plan = try await plan(request)
    return ChangePreview(
      service: request.service,
      subject: ManifestEdit.subject(
        of: request.service, to: plan.image.tag.name, isRollback: true),
      location: plan.service.manifest, target: plan.target, source: nil, current: plan.current,
      tag: plan.image.tag.name, hold: request.hold, migrations: plan.migrations)
  }

  private struct Plan {
    var service: Service
    var target: Deployment
    var image: PublishedImage
    var current: CurrentImage?
    /// Files of the service's migrations that changed in between.
    var migrations: [String]

    var acrossMigrations: Refusal {
      let from = target.source.map { $0.commit.short() } ?? "its source"
      let to = current?.sourceCommit.map { $0.short() } ?? "what is deployed"
      return .conflict(
        "migrations changed between \(from) and \(to); the older image may not run on the newer "
          + "schema. Say acceptMigrations: true to go on", files: migrations)
    }
  }

  private func plan(_ request: RollbackRequest) async throws(Refusal) -> Plan {
    guard let service = parts.configuration.current.services[request.service] else {
      throw .notFound("there is no service \(request.service)")
    }
    let state = try await serviceState(request.service)
    let target = try await target(of: request, state: state)
    guard let image = target.image else {
      throw .unprocessable("\(target.id) never had an image")
    }
    guard image.repository == service.image else {
      throw .unprocessable(
        "\(target.id) is an image of \(image.repository); the service deploys \(service.image) now")
    }
    if let current = state.current,
      current.deployment == target.id || current.digest == image.digest
    {
      throw .conflict("\(request.service) already runs \(image.tag) (\(image.digest))")
    }
    try await refuseGivenUp(image, of: target)
    try await verify(image)
    var migrations: [String] = []
    if !request.acceptMigrations {
      migrations = try await self.migrations(
        of: service, from: state.current?.sourceCommit, to: target)
    }
    return Plan(
      service: service, target: target, image: image, current: state.current,
      migrations: migrations)
  }

  private func serviceState(_ service: ServiceName) async throws(Refusal) -> ServiceState {
    do {
      return try await parts.store.serviceState(service)
    } catch {
      throw Refusal(error)
    }
  }

  private func target(
    of request: RollbackRequest, state: ServiceState
  ) async throws(Refusal) -> Deployment {
    do throws(StoreError) {
      if let text = request.target {
        if let found = try await named(text, service: request.service) { return found }
      } else if let current = state.current?.deployment {
        let history = try await parts.store.landed(request.service, limit: Self.historyDepth)
        let landed = history.map { RollbackPlan.Landed($0) }
        if let previous = RollbackPlan.previous(of: current, in: landed),
          let found = history.first(where: { $0.id == previous })
        {
          return found
        }
      }
    } catch {
      throw Refusal(error)
    }
    throw .unprocessable(
      request.target.map {
        "\($0) is neither a deployment nor a tag in the history of \(request.service)"
      } ?? "there is nothing to go back to: no earlier deployment of \(request.service) was live")
  }

  /// R13: a deployment or tag of this service's own history, nothing else.
  private func named(
    _ text: String, service: ServiceName
  ) async throws(StoreError) -> Deployment? {
    if let id = DeploymentID(text), id.service == service,
      let found = try await parts.store.deployment(id)
    {
      return found.state.hasLanded || found.manifestCommit != nil ? found : nil
    }
    guard let tag = ImageTag(text) else { return nil }
    return try await parts.store.landed(service, tag: tag)
  }

  /// That the registry has no such image is true then, and not why.
  private func refuseGivenUp(
    _ image: PublishedImage, of target: Deployment
  ) async throws(Refusal) {
    let time: Timestamp?
    do {
      time = try await parts.store.condemned(image.digest, in: image.repository)
    } catch {
      throw Refusal(error)
    }
    guard let time else { return }
    let day = Date(timeIntervalSince1970: Double(time.milliseconds) / 1000).formatted(.iso8601)
    throw .unprocessable(
      "the image of \(target.id) (\(image.tag)) was deleted from \(image.repository.registry): "
        + "retention.images gave it up at \(day). Go back in git instead: what a push brings is built anew"
    )
  }

  private func verify(_ image: PublishedImage) async throws(Refusal) {
    do {
      try await parts.verify(image)
    } catch {
      throw Refusal(error)
    }
  }

  /// The older image's PreSync migration would fail on the newer schema.
  func migrations(
    of service: Service, from current: CommitSHA?, to target: Deployment
  ) async throws(Refusal) -> [String] {
    guard let migrations = service.migrations else { return [] }
    guard let current, let source = target.source, let mirror = parts.mirrors[source.repository]
    else {
      throw .conflict(
        "whether migrations lie in between cannot be found out, for the source of what is deployed "
          + "is not known. Say acceptMigrations: true to go on")
    }
    do {
      return try await mirror.changedFiles(from: source.commit, to: current)
        .map(\.path).filter { migrations.includes($0) }
    } catch {
      throw .unavailable(
        "whether migrations lie between \(source.commit.short()) and \(current.short()) could "
          + "not be found out (\(error)); repeat, or say acceptMigrations: true")
    }
  }

  private func create(
    _ request: RollbackRequest, _ plan: Plan
  ) async throws(Refusal) -> Deployment {
    let (target, image) = (plan.target, plan.image)
    let now = parts.clock.now()
    do throws(StoreError) {
      return try await parts.store.create(
        NewDeployment(
          service: request.service, cause: request.cause, actor: request.actor,
          reason: request.reason, source: target.source, image: image,
          committingReason: "the registry has confirmed \(image.tag) as \(image.digest)",
          location: plan.service.manifest, inputDigest: target.inputDigest, rollbackOf: target.id,
          rolledBackFrom: plan.current?.deployment, hold: hold(for: request, at: now),
          expectedCurrent: .deployment(plan.current?.deployment), at: now))
    } catch {
      throw Refusal(error)
    }
  }

  private func hold(for request: RollbackRequest, at now: Timestamp) -> Hold? {
    let until: Hold.Until
    switch request.hold {
    case .untilReleased: until = .released
    case .untilNextPush: until = .nextPush
    case .none: return nil
    }
    let reason = request.reason.isEmpty ? "rolled back" : "rolled back: \(request.reason)"
    return Hold(until: until, reason: reason, actor: request.actor, since: now)
  }
}

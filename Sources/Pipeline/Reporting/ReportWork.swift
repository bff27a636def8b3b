import DeployModel
import Logging

/// What GitHub is owed of one thing that happened, as the record is when it is asked, and the calls that
/// say it. Each call is remembered before the next is made, so that a process that dies in between says
/// little twice, and leaves nothing unsaid.
struct ReportWork: LaneWork {
  struct Item: Hashable, Sendable {
    enum Subject: Hashable, Sendable {
      case deployment(DeploymentID)
      case notice(StoredNotice)
    }

    var repository: RepositoryName
    var subject: Subject
  }

  struct Call: Sendable {
    enum Content: Sendable {
      case step(ReportStep, DeploymentReport)
      case notice(CommitStatus, StoredNotice)
    }

    var repository: RepositoryName
    var content: Content

    /// For metrics: a word of ours.
    var kind: String {
      switch content {
      case .step(.status, _), .notice: "status"
      case .step(.open, _): "deployment"
      case .step(.environment, _): "deployment_status"
      }
    }
  }

  let account: BoardAccount
  let parts: PipelineParts

  var listener: String { "GitHub" }
  var turn: String { "account \(account.name)" }
  var pause: Duration { account.pause }

  func metadata(of call: Call) -> Logger.Metadata {
    ["repository": "\(call.repository)", "what": "\(call.kind)"]
  }

  /// R12: what could not be said for so long is no news any more.
  static let patience: Duration = .seconds(3 * 86_400)

  func next(for item: Item) async throws(StoreError) -> LaneTurn<Call> {
    let call =
      switch item.subject {
      case .deployment(let id): try await next(for: id)
      case .notice(let stored): try await next(for: stored)
      }
    return call.map { .call($0) } ?? .nothing
  }

  private func next(for stored: StoredNotice) async throws(StoreError) -> Call? {
    let notice = stored.notice
    guard let reporting = reporting(notice.repository),
      reporting.required.contains(notice.service),
      // Until it was said.
      try await parts.store.notices(after: stored.sequence - 1, limit: 1).first == stored
    else { return nil }
    // No page: there is no deployment to look at.
    let status = CommitStatus(
      state: .success, context: CommitStatus.context(of: notice.service),
      description: notice.description, page: nil)
    return Call(repository: notice.repository, content: .notice(status, stored))
  }

  private func next(for id: DeploymentID) async throws(StoreError) -> Call? {
    guard let deployment = try await parts.store.deployment(id),
      deployment.updatedAt >= parts.clock.now().before(Self.patience)
    else { return nil }
    // What a rollback went back from is told first: once the rollback's own turn is over, nobody
    // would look at the other any more.
    if deployment.manifestCommit != nil, let left = deployment.rolledBackFrom,
      let other = try await parts.store.deployment(left),
      let call = try await owed(to: other)
    {
      return call
    }
    return try await owed(to: deployment)
  }

  private func owed(to deployment: Deployment) async throws(StoreError) -> Call? {
    guard let repository = deployment.source?.repository,
      let reporting = reporting(repository)
    else { return nil }
    var report =
      try await parts.store.report(of: deployment.id)
      ?? DeploymentReport(deployment: deployment.id)
    let step = ReportStep.next(
      for: deployment, try await context(of: deployment), after: report,
      ReportStep.Wishes(
        statuses: reporting.statuses, deployments: reporting.deployments,
        environment: environment(of: deployment.id.service),
        page: parts.configuration.current.page(of: deployment.id)))
    if let step { return Call(repository: repository, content: .step(step, report)) }
    let said = DeploymentReport.Said(deployment)
    if report.said != said {
      report.said = said
      try await parts.store.keep(report)
    }
    return nil
  }

  private func reporting(_ name: RepositoryName) -> PipelineConfiguration.Reporting? {
    parts.configuration.current.repositories[name].flatMap {
      $0.reporting.isOn ? $0.reporting : nil
    }
  }

  private func environment(of service: ServiceName) -> String {
    parts.configuration.current.services[service]?.environment
      ?? EnvironmentDeployment.usualEnvironment(of: service)
  }

  private func context(
    of deployment: Deployment
  ) async throws(StoreError) -> DeploymentSaying.Context {
    var context = DeploymentSaying.Context()
    if deployment.manifestCommit != nil {
      context.rollback = try await parts.store.rollback(from: deployment.id)
    }
    if deployment.state == .held {
      context.hold = try await parts.store.serviceState(deployment.id.service).hold
    }
    if let successor = deployment.supersededBy {
      context.successor = try await parts.store.deployment(successor)
    }
    if deployment.state == .cancelled {
      context.lastReason = try await parts.store.timeline(deployment.id).last?.reason
    }
    return context
  }

  // MARK: Calling

  func make(_ call: Call) async throws {
    try await say(call)
    parts.metrics.reported(call.kind, "done")
  }

  private func say(_ call: Call) async throws {
    switch call.content {
    case .notice(let status, let stored):
      try await parts.board.post(status, on: stored.notice.commit, of: call.repository)
      try await parts.store.endNotice(stored.sequence)
    case .step(.status(let status, let commit), let report):
      try await parts.board.post(status, on: commit, of: call.repository)
      try await keep(report) { $0.note(status) }
    case .step(.open(let deployment, let anew), let report):
      let id = try await open(deployment, anew: anew, report, of: call.repository)
      try await keep(report) { $0.environment = id.map { .open($0) } ?? .none }
    case .step(.environment(let status, let id), let report):
      try await parts.board.post(status, on: id, of: call.repository)
      try await keep(report) { $0.environmentState = status.state }
    }
  }

  /// Nobody wants two of them: where an earlier call may have opened it, it is looked for first.
  private func open(
    _ deployment: EnvironmentDeployment, anew: Bool, _ report: DeploymentReport,
    of repository: RepositoryName
  ) async throws -> Int64? {
    if report.environment == .asked {
      let known = try await parts.board.find(deployment, of: repository)
      if known != nil || !anew { return known }
    } else {
      try await keep(report) { $0.environment = .asked }
    }
    return try await parts.board.open(deployment, of: repository)
  }

  private static let shortestOutage: Duration = .seconds(5)
  private static let longestOutage: Duration = .seconds(300)
  /// "Rate limits for the REST API": a minute at least where nothing is said, then more.
  private static let shortestLimit: Duration = .seconds(60)
  private static let longestLimit: Duration = .seconds(3600)

  func failed(
    _ call: Call, for item: Item, _ error: BoardError, inARow: Int
  ) async throws(StoreError) -> LaneFailure<Item> {
    parts.metrics.reported(call.kind, error.kind.word)
    let outage = Duration.doubling(
      from: Self.shortestOutage, to: Self.longestOutage, after: inARow)
    switch error.kind {
    case .unavailable:
      return LaneFailure(pause: outage)
    case .limited(let pause?):
      // Who was told to wait, did, and is refused again waits longer each time.
      return LaneFailure(pause: max(pause, outage))
    case .limited(nil):
      return LaneFailure(
        pause: .doubling(from: Self.shortestLimit, to: Self.longestLimit, after: inARow))
    case .denied:
      // Still owed: the next look at the record finds it.
      return LaneFailure(pause: account.pause) { $0.repository == call.repository }
    case .refused:
      try await giveUp(call, error)
      return LaneFailure(pause: account.pause)
    }
  }

  /// It will never be taken: remembered as if it had been, and told to whoever reads the timeline.
  private func giveUp(_ call: Call, _ error: BoardError) async throws(StoreError) {
    switch call.content {
    case .notice(_, let stored): try await parts.store.endNotice(stored.sequence)
    case .step(let step, let report):
      try await keep(report) { report in
        switch step {
        case .status(let status, _): report.note(status)
        case .open: report.environment = .refused
        case .environment(let status, _): report.environmentState = status.state
        }
      }
      try await parts.store.note(
        report.deployment,
        "warning: GitHub did not take the \(call.kind)".replacing("_", with: " "),
        details: error.message, at: parts.clock.now())
    }
  }

  private func keep(
    _ report: DeploymentReport, _ change: (inout DeploymentReport) -> Void
  ) async throws(StoreError) {
    var report = report
    change(&report)
    report.said = nil
    try await parts.store.keep(report)
  }
}

extension BoardError.Kind {
  /// For metrics.
  var word: String {
    switch self {
    case .unavailable: "unavailable"
    case .limited: "limited"
    case .denied: "denied"
    case .refused: "refused"
    }
  }
}

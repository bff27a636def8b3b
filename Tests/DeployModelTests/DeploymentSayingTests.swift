import DeployModel
import Testing

@Suite("What a developer is told of a deployment")
struct DeploymentSayingTests {
  private static let start = Timestamp(milliseconds: 1_764_753_577_000)

  private func make(
    _ state: DeploymentState, cause: DeploymentCause = .push, number: Int = 42,
    commit: Character = "a", seconds: Int = 72, failure: String? = nil, recovered: Bool = false,
    supersededBy: Int? = nil, reason: String = "backend/main.go is matched by backend/**"
  ) throws -> Deployment {
    let service = try #require(ServiceName("backend"))
    let end = Self.start + .seconds(seconds)
    let hex = String(repeating: commit, count: 40)
    return Deployment(
      id: DeploymentID(service: service, number: number), sequence: 1, basisSequence: 1,
      state: state, cause: cause, actor: "ada", reason: reason, createdAt: Self.start,
      updatedAt: end, finishedAt: state.isFinal ? end : nil,
      source: Source(
        repository: try #require(RepositoryName("shop")),
        branch: try #require(BranchName("main")), commit: try #require(CommitSHA(hex)),
        subject: "feat: x", author: "Ada", committedAt: Self.start),
      image: PublishedImage(
        repository: try #require(ImageRepository("ghcr.io/acme/backend")),
        tag: try #require(ImageTag(String(hex.prefix(7)))),
        digest: try #require(ImageDigest("sha256:" + String(repeating: "1", count: 64))),
        tags: []),
      supersededBy: supersededBy.map { DeploymentID(service: service, number: $0) },
      recovered: recovered,
      failure: failure.map {
        DeploymentFailure(stage: .building, code: .buildFailed, message: $0)
      })
  }

  private func said(
    _ deployment: Deployment, _ context: DeploymentSaying.Context = DeploymentSaying.Context()
  ) -> String {
    let saying = DeploymentSaying(of: deployment, context)
    return "\(saying.status.rawValue), \(saying.environment.rawValue): \(saying.sentence)"
  }

  @Test("on its way: the stage")
  func stages() throws {
    #expect(try said(make(.queued)) == "pending, queued: queued")
    #expect(try said(make(.building)) == "pending, in_progress: building")
    #expect(try said(make(.publishing)) == "pending, in_progress: publishing the image")
    #expect(try said(make(.committing)) == "pending, in_progress: committing")
    #expect(try said(make(.syncing)) == "pending, in_progress: rolling out")
    #expect(
      try said(make(.committing, cause: .rollback))
        == "pending, in_progress: rollback to this: committing")
    #expect(try said(make(.held)) == "pending, queued: waits for the hold to end")
    let hold = Hold(until: .released, reason: "the sale is on", actor: "ada", since: Self.start)
    #expect(
      try said(make(.held), DeploymentSaying.Context(hold: hold))
        == "pending, queued: waits for the hold to end: the sale is on")
  }

  @Test("a success: as what, and how long it took")
  func successes() throws {
    #expect(try said(make(.live)) == "success, success: live as aaaaaaa in 1m 12s")
    #expect(
      try said(make(.committed, seconds: 12)) == "success, success: committed as aaaaaaa in 12s")
    #expect(
      try said(make(.live, recovered: true))
        == "success, success: recovered: live as aaaaaaa in 1m 12s")
    #expect(
      try said(make(.live, cause: .rollback, seconds: 5))
        == "success, success: live again as aaaaaaa in 5s, by ada")
    #expect(
      try said(make(.committed, cause: .external))
        == "success, success: committed as aaaaaaa, set in git by ada")
  }

  @Test("a failure: the first line, at most 140 characters of it")
  func failures() throws {
    #expect(
      try said(make(.failed, failure: "ImagePullBackOff: no such image"))
        == "failure, failure: ImagePullBackOff: no such image")
    #expect(
      try said(make(.failed, failure: "RUN make: exit status 2\nmake: *** [all] Error 1"))
        == "failure, failure: RUN make: exit status 2…")
    let long = String(repeating: "é", count: 300)
    let sentence = try DeploymentSaying(
      of: make(.failed, failure: long), DeploymentSaying.Context()
    ).sentence
    #expect(sentence == String(repeating: "é", count: 139) + "…")
    let exact = String(repeating: "x", count: 140)
    #expect(
      try DeploymentSaying(of: make(.failed, failure: exact), DeploymentSaying.Context()).sentence
        == exact)
  }

  @Test("superseded and cancelled are neither success nor failure")
  func notSeenThrough() throws {
    let newer = try make(.queued, number: 43, commit: "b")
    #expect(
      try said(
        make(.superseded, supersededBy: 43), DeploymentSaying.Context(successor: newer))
        == "error, inactive: superseded by backend-43 (bbbbbbb)")
    #expect(
      try said(make(.superseded, supersededBy: 43))
        == "error, inactive: superseded by backend-43")
    #expect(
      try said(
        make(.cancelled), DeploymentSaying.Context(lastReason: "cancelled by bob: not today"))
        == "error, inactive: cancelled by bob: not today")
  }

  @Test(
    "taken back: whatever it came to before",
    arguments: [DeploymentState.live, .failed, .superseded])
  func rolledBack(_ state: DeploymentState) throws {
    let rollback = try make(
      .live, cause: .rollback, number: 44, commit: "c", reason: "broken login")
    let deployment = try make(
      state, failure: state == .failed ? "CrashLoopBackOff" : nil,
      supersededBy: state == .superseded ? 44 : nil)
    #expect(
      said(deployment, DeploymentSaying.Context(rollback: rollback, successor: rollback))
        == "failure, inactive: rolled back to ccccccc by ada: broken login")
  }

  @Test(
    "durations are said as people say them",
    arguments: [
      (0, "1s"), (400, "1s"), (1499, "1s"), (59_400, "59s"), (59_600, "1m 0s"), (72_000, "1m 12s"),
      (7_500_000, "2h 5m"), (273_600_000, "3d 4h"),
    ])
  func durations(milliseconds: Int, text: String) {
    #expect(DurationText.spoken(.milliseconds(milliseconds)) == text)
  }

  // MARK: What is owed

  private func next(
    _ deployment: Deployment, after report: DeploymentReport? = nil,
    _ context: DeploymentSaying.Context = DeploymentSaying.Context(), statuses: Bool = true,
    deployments: Bool = true
  ) -> String {
    let step = ReportStep.next(
      for: deployment, context,
      after: report ?? DeploymentReport(deployment: deployment.id),
      ReportStep.Wishes(
        statuses: statuses, deployments: deployments, environment: "production/backend", page: nil))
    switch step {
    case .status(let status, _): return "status \(status.description)"
    case .open(_, let anew): return anew ? "open" : "look for"
    case .environment(let status, let id): return "#\(id) \(status.state.rawValue)"
    case nil: return "nothing"
    }
  }

  @Test("one call after another: the status, the deployment there, and its state when that changes")
  func steps() throws {
    let building = try make(.building)
    var report = DeploymentReport(deployment: building.id)
    #expect(next(building, after: report) == "status building")
    report.status = "pending: building"
    #expect(next(building, after: report) == "open")
    report.environment = .open(7)
    #expect(next(building, after: report) == "#7 in_progress")
    report.environmentState = .inProgress
    #expect(next(building, after: report) == "nothing")
    let committing = try make(.committing)
    #expect(next(committing, after: report) == "status committing")
    report.status = "pending: committing"
    #expect(next(committing, after: report) == "nothing")
    #expect(try next(make(.live), statuses: false) == "open")
    #expect(try next(make(.live), deployments: false) == "status live as aaaaaaa in 1m 12s")
  }

  @Test("what ended without being anything is not opened; what may be open already is looked for")
  func endings() throws {
    let cancelled = try make(.cancelled)
    var report = DeploymentReport(deployment: cancelled.id, status: "error: cancelled")
    #expect(next(cancelled, after: report) == "nothing")
    report.environment = .asked
    #expect(next(cancelled, after: report) == "look for")
    report.environment = .open(7)
    #expect(next(cancelled, after: report) == "#7 inactive")
    report.environment = .refused
    #expect(next(cancelled, after: report) == "nothing")
    #expect(try next(make(.failed, failure: "no"), statuses: false) == "open")
  }

  @Test("a commit's status is said by the newest deployment of that commit alone")
  func sameCommit() throws {
    let again = try make(.building, number: 43)
    let old = try make(.superseded, supersededBy: 43)
    #expect(
      next(old, DeploymentSaying.Context(successor: again), deployments: false) == "nothing")
    let rollback = try make(.live, cause: .rollback, number: 43)
    #expect(
      try next(make(.live), DeploymentSaying.Context(rollback: rollback), deployments: false)
        == "nothing")
  }

  @Test func whatHasNoSourceHasNoCommitToSayItOn() throws {
    var deployment = try make(.committed, cause: .external)
    deployment.source = nil
    #expect(next(deployment) == "nothing")
  }
}

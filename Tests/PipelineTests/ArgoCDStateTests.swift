import DeployModel
import PipelineKit
import Rollouts
import TestKit
import Testing

/// Each state that Argo CD can be in, played by its API and judged by the whole line.
@Suite("R11: from every state of Argo CD to the right verdict")
struct ArgoCDStateTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// What is shown of the application at first.
    var shown: @Sendable (inout FakeApplication, _ commit: String, _ image: String) -> Void
    /// What the timeline says meanwhile.
    var says: String
    /// Nil: live, once all is well.
    var failure: String?

    var testDescription: String { name }
  }

  private static func broken(
    _ reason: String, _ image: String, restarts: Int = 0
  ) -> [FakeApplication.Pod] {
    [
      FakeApplication.Pod("backend-old", image: "registry.test/shop/backend:old"),
      FakeApplication.Pod(
        "backend-new", image: image, reason: reason, message: "why", restarts: restarts),
    ]
  }

  static let cases: [Case] = [
    Case(
      name: "an operation is running",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.operation = FakeApplication.Operation(
          "Running", message: "waiting for healthy state", revisions: [commit])
      }, says: "waiting for healthy state"),
    Case(
      name: "a PreSync hook is running",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.operation = FakeApplication.Operation("Running", revisions: [commit])
        app.operation?.hooks = [("PreSync", "Job/db-migrate", "Running", "")]
      }, says: "the PreSync hook Job/db-migrate is running"),
    Case(
      name: "reconciled too early",
      shown: { app, commit, image in
        app.revisions = [commit]
        app.images = [image]
        app.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
        app.isReconciled = false
      }, says: "the cluster has not been compared since"),
    Case(
      name: "stale images",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.images = ["registry.test/shop/backend:old"]
        app.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      }, says: "no resource runs registry.test/shop/backend:"),
    Case(
      name: "compared with the commit before",
      shown: { app, _, image in app.images = [image] },
      says: "has not compared the cluster with the commit yet"),
    Case(
      name: "new pods are starting",
      shown: { app, commit, image in
        app.revisions = [commit]
        app.images = [image]
        app.health = "Progressing"
        app.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      }, says: "new pods are starting"),
    Case(
      name: "a sync window denies it",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.sync = "OutOfSync"
        app.resources = [FakeApplication.Resource("Deployment/backend", status: "OutOfSync")]
        app.windows = [
          "canSync": true,
          "activeWindows": [
            ["kind": "deny", "schedule": "0 22 * * *", "duration": "8h", "manualSync": true]
          ],
        ]
      }, says: "a sync window denies it (0 22 * * * for 8h)"),
    Case(
      name: "the comparison failed",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.conditions = [("ComparisonError", "rpc error: manifest generation error")]
      }, says: "ComparisonError: rpc error"),
    Case(
      name: "the sync failed",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.sync = "OutOfSync"
        app.operation = FakeApplication.Operation(
          "Failed", message: "one or more objects failed to apply", revisions: [commit])
        app.operation?.results = [("Deployment/backend", "SyncFailed", "replicas is invalid")]
      }, says: "", failure: "Deployment/backend: replicas is invalid"),
    Case(
      name: "the migration failed",
      shown: { app, commit, _ in
        app.revisions = [commit]
        app.sync = "OutOfSync"
        app.operation = FakeApplication.Operation("Failed", revisions: [commit])
        app.operation?.hooks = [("PreSync", "Job/db-migrate", "Failed", "backoff limit")]
      }, says: "the PreSync hook Job/db-migrate failed",
      failure: "the PreSync hook Job/db-migrate failed: backoff limit"),
    Case(
      name: "ImagePullBackOff while Progressing",
      shown: { app, commit, image in
        app.revisions = [commit]
        app.health = "Progressing"
        app.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
        app.pods = broken("ImagePullBackOff", image)
      }, says: "", failure: "pod backend-new: ImagePullBackOff: why"),
    Case(
      name: "a crash loop at its third restart",
      shown: { app, commit, image in
        app.revisions = [commit]
        app.health = "Progressing"
        app.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
        app.pods = broken("CrashLoopBackOff", image, restarts: 3)
      }, says: "", failure: "pod backend-new: CrashLoopBackOff: why; restarted 3 times"),
  ]

  @Test("each state is waited for, or fails with its reason", arguments: cases)
  func state(_ one: Case) async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    let (commit, image) = try ArgoCDWorld.facts(of: deployment)
    play.argocd.show("backend") { one.shown(&$0, commit, image) }
    if let failure = one.failure {
      let failed = try await play.world.reach("backend-1", .failed)
      #expect(failed.failure?.message == failure)
    } else {
      try await play.waitFor(one.says, of: deployment)
      try play.showLive(deployment)
      try await play.world.reach("backend-1", .live)
    }
    let timeline = try await play.timeline(deployment)
    #expect(one.says.isEmpty || timeline.contains { $0.contains(one.says) }, "\(timeline)")
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("what needs pruning alone keeps nobody from being live")
  func pruning() async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    try play.showLive(deployment)
    play.argocd.show("backend") {
      $0.sync = "OutOfSync"
      $0.resources = [
        FakeApplication.Resource("Deployment/backend"),
        FakeApplication.Resource("ConfigMap/old", status: "OutOfSync", needsPruning: true),
      ]
      $0.operation?.results = [("ConfigMap/old", "PruneSkipped", "ignored (requires pruning)")]
    }
    try await play.world.reach("backend-1", .live)
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("0031: a neighbour's commit that cannot be applied does not fail what was synced before it")
  func neighbour() async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    let (commit, image) = try ArgoCDWorld.facts(of: deployment)
    let (_, tip) = try await play.world.monorepo.change(["frontend"], to: "later")
    play.argocd.show("backend") {
      $0.revisions = [tip]
      $0.sync = "OutOfSync"
      $0.health = "Progressing"
      $0.images = [image]
      $0.history = [FakeApplication.HistoryEntry(id: 0, revision: commit)]
      $0.operation = FakeApplication.Operation("Failed", revisions: [tip])
      $0.operation?.results = [("Deployment/frontend", "SyncFailed", "replicas is invalid")]
    }
    try await play.waitFor(
      "a sync of a later one failed: Deployment/frontend: replicas is invalid", of: deployment)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("with several sources ours is one of the revisions; the timeline tells of the hooks")
  func severalSources() async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    try play.showLive(deployment)
    let (commit, _) = try ArgoCDWorld.facts(of: deployment)
    play.argocd.show("backend") {
      $0.revisions = ["7.2.1", commit]
      $0.operation = FakeApplication.Operation("Succeeded", revisions: ["7.2.1", commit])
      $0.operation?.hooks = [
        ("PreSync", "Job/db-migrate", "Succeeded", ""), ("PostSync", "Job/warm", "Succeeded", ""),
      ]
    }
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  @Test("a sync window takes no time from the deadline")
  func windowAndDeadline() async throws {
    let clock = JumpingClock()
    let play = try await ArgoCDWorld.make(clock: clock, deadline: .seconds(60))
    let deployment = try await play.land()
    let (commit, _) = try ArgoCDWorld.facts(of: deployment)
    play.argocd.show("backend") {
      $0.revisions = [commit]
      $0.sync = "OutOfSync"
      $0.isAutoSynced = false
      $0.windows = [
        "canSync": false,
        "assignedWindows": [["kind": "allow", "schedule": "0 6 * * *", "duration": "1h"]],
      ]
    }
    try await play.waitFor("no sync window allows it now (0 6 * * * for 1h)", of: deployment)
    clock.jump(by: .seconds(3600))
    let calls = play.argocd.calls.count
    try await eventually("another look") {
      play.argocd.calls[calls...].contains { $0.contains("/syncwindows") }
    }
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    #expect(!play.argocd.calls.contains { $0.hasPrefix("POST") })
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  private static func showDenied(
    _ play: ArgoCDWorld, _ deployment: Deployment
  ) throws {
    let (commit, _) = try ArgoCDWorld.facts(of: deployment)
    play.argocd.show("backend") {
      $0.revisions = [commit]
      $0.sync = "OutOfSync"
      $0.windows = [
        "canSync": false,
        "activeWindows": [["kind": "deny", "schedule": "0 22 * * *", "duration": "8h"]],
      ]
    }
  }

  private static func showStarting(_ play: ArgoCDWorld) {
    play.argocd.show("backend") {
      $0.sync = "Synced"
      $0.windows = [:]
      $0.health = "Progressing"
    }
  }

  @Test("R1: a sync window that ends during a restart took no time from the deadline either")
  func windowAndRestart() async throws {
    let clock = JumpingClock()
    let play = try await ArgoCDWorld.make(clock: clock, deadline: .seconds(900))
    let deployment = try await play.land()
    try Self.showDenied(play, deployment)
    try await play.waitFor("a sync window denies it (0 22 * * * for 8h)", of: deployment)
    await play.world.stop()
    clock.jump(by: .seconds(8 * 3600))
    Self.showStarting(play)
    try await play.world.restart()
    try await play.waitFor("new pods are starting", of: deployment)
    clock.jump(by: .seconds(600))
    try await play.anotherLook()
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    // What the window took is known to the next process, too.
    await play.world.stop()
    try await play.world.restart()
    try await play.anotherLook()
    clock.jump(by: .seconds(200))
    try await play.anotherLook()
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    clock.jump(by: .seconds(101))
    let failed = try await play.world.reach("backend-1", .failed)
    #expect(failed.failure?.message == "not live within 15m: new pods are starting")
    await play.world.stop()
  }

  @Test("R1: what was left for longer than its deadline is not overdue at first sight")
  func firstSight() async throws {
    let clock = JumpingClock()
    let play = try await ArgoCDWorld.make(clock: clock, deadline: .seconds(900))
    let deployment = try await play.land()
    await play.world.stop()
    clock.jump(by: .seconds(3600))
    Self.showStarting(play)
    try await play.world.restart()
    try await play.anotherLook()
    try await play.anotherLook()
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  @Test("an Argo CD that takes a call and never answers delays, and decides nothing")
  func timeouts() async throws {
    var patience = ArgoCDClient.Patience()
    patience.call = .seconds(1)
    patience.refresh = .seconds(1)
    patience.head = .seconds(1)
    let play = try await ArgoCDWorld.make(patience: patience)
    play.argocd.fail(with: .silence)
    try await play.world.push(["backend", "frontend"], version: "one")
    let deployment = try await play.world.reach("backend-1", .syncing)
    try await play.world.reach("frontend-1", .committed)
    try await play.waitFor("did not answer within 1 s; it is asked again", of: deployment)
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    play.argocd.fail(with: nil)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  @Test("a refresh that takes longer than anybody waits is asked once, and the look after has none")
  func slowRefresh() async throws {
    var patience = ArgoCDClient.Patience()
    patience.refresh = .seconds(1)
    let play = try await ArgoCDWorld.make(patience: patience)
    play.argocd.failRefreshes(with: .silence)
    try await play.world.push(["backend"], version: "one")
    let deployment = try await play.world.reach("backend-1", .syncing)
    try await play.waitFor("did not answer within 1 s; it is asked again", of: deployment)
    try await play.waitFor("has not compared the cluster with the commit yet", of: deployment)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    #expect(play.argocd.calls.count { $0.contains("refresh=") } == 1)
    await play.world.stop()
  }

  @Test("a refresh that nobody can have heard is asked again")
  func lostRefresh() async throws {
    let play = try await ArgoCDWorld.make()
    play.argocd.fail(with: .hangUp)
    try await play.world.push(["backend"], version: "one")
    let deployment = try await play.world.reach("backend-1", .syncing)
    try await eventually("a look without a refresh") {
      play.argocd.calls.contains { $0.hasSuffix("/applications/backend?project=shop") }
    }
    play.argocd.fail(with: nil)
    try await eventually("the refresh") { !play.argocd.refreshes.isEmpty }
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }

  static let troubles: [(FakeArgoCD.Trouble, says: String)] = [
    (.answer(403, #"{"code":7,"message":"permission denied"}"#), "permission denied"),
    (.answer(404, #"{"code":5,"message":"no such application"}"#), "no such application"),
    (.answer(500, #"{"code":13,"message":"redis is down"}"#), "redis is down"),
    (.hangUp, "Argo CD: "),
  ]

  @Test("403, 404, 500 and a lost connection delay, and decide nothing", arguments: troubles)
  func trouble(_ trouble: FakeArgoCD.Trouble, _ says: String) async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    play.argocd.fail(with: trouble)
    play.argocd.cutStreams()
    try await play.waitFor(says, of: deployment)
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    play.argocd.fail(with: nil)
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }
}

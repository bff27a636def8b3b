import DeployModel
import TestKit
import Testing

@Suite("R11: an honest live")
struct VerdictTests {
  /// What each of Argo CD's states means to a deployment of `backend:008c40e` at the new commit.
  static let cases: [(file: String, verdict: RolloutRule.Verdict)] = [
    ("app.synced-healthy", .live),
    ("app.autosync-healthy", .live),
    ("app.autosync-self-healed", .live),
    ("app.autosync-disabled-by-flag", .live),
    ("app.history-full", .live),
    ("app.multi-source", .live),
    (
      "app.synced-old-revision",
      .waiting("Argo CD has not compared the cluster with the commit yet")
    ),
    ("app.refresh-pending", .waiting("Argo CD has not compared the cluster with the commit yet")),
    ("app.bare-new", .waiting("Argo CD has not compared the cluster with the commit yet")),
    (
      "app.sync-just-finished-not-reconciled",
      .waiting("the sync is over; the cluster has not been compared since")
    ),
    ("app.sync-running-presync", .waiting("the PreSync hook Job/db-migrate is running")),
    ("app.operation-requested", .waiting("a sync has been asked for")),
    ("app.operation-terminating", .waiting("the sync is being stopped")),
    (
      "app.operation-terminated",
      .failed("the PreSync hook Job/db-migrate failed: Operation terminated")
    ),
    (
      "app.sync-failed-presync",
      .failed(
        "the PreSync hook Job/db-migrate failed: Job has reached the specified backoff limit")
    ),
    ("app.deleting", .waiting("the application is being deleted")),
  ]

  @Test("each state of Argo CD means what it means", arguments: cases)
  func verdicts(_ file: String, _ expected: RolloutRule.Verdict) async throws {
    let rollout = try await ArgoCDFixture.rollout("\(file).json")
    #expect(try verdict(on: rollout) == expected)
  }

  /// Those whose sentence is Argo CD's own.
  static let kinds: [(file: String, begins: String)] = [
    ("app.sync-running-apply", "waiting"), ("app.sync-retrying", "waiting"),
    ("app.synced-progressing", "waiting"), ("app.synced-suspended", "waiting"),
    ("app.synced-missing", "waiting for a sync"),
    ("app.outofsync-new-revision", "waiting for a sync"),
    ("app.outofsync-healthy-drift", "waiting for a sync"),
    ("app.rolled-back", "waiting for a sync"),
    ("app.synced-degraded", "doubtful"), ("app.sync-error", "failed"),
    ("app.sync-failed-apply", "failed"),
  ]

  @Test("what is not over is waited for, and what may pass is doubted", arguments: kinds)
  func doubts(_ file: String, _ expected: String) async throws {
    let rollout = try await ArgoCDFixture.rollout("\(file).json")
    let kind =
      switch try verdict(on: rollout) {
      case .waiting: "waiting"
      case .waitingForSync: "waiting for a sync"
      case .heldUp: "held up"
      case .live: "live"
      case .doubtful: "doubtful"
      case .failed: "failed"
      }
    #expect(kind == expected)
  }

  @Test("a pod that cannot pull our image fails it while Argo CD still says Progressing")
  func imagePull() async throws {
    let rollout = try await ArgoCDFixture.rollout(
      "app.synced-progressing.json", tree: "resource-tree.json")
    #expect(
      try verdict(on: rollout)
        == .failed(
          "pod backend-7c9d-x1: ImagePullBackOff: Back-off pulling image "
            + "\"ghcr.io/acme/shop/backend:008c40e\""))
  }

  @Test("a broken pod of another image is not ours")
  func foreignPod() async throws {
    let rollout = try await ArgoCDFixture.rollout(
      "app.synced-healthy.json", tree: "resource-tree.json")
    let other = try ArgoCDFixture.image(tag: "1111111")
    let verdict = RolloutRule.verdict(on: rollout, image: other) { $0 == ArgoCDFixture.commit }
    #expect(
      verdict
        == .waiting("synced and healthy, but no resource runs ghcr.io/acme/shop/backend:1111111"))
  }

  @Test("degraded counts where it is what runs our image, or nobody knows whose it is")
  func degraded() throws {
    var rollout = Rollout(
      revisions: [ArgoCDFixture.commit], health: .degraded,
      images: ["ghcr.io/acme/shop/backend:008c40e"])
    #expect(try verdict(on: rollout) == .doubtful("the application is degraded"))
    rollout.degraded = [Rollout.DegradedResource(name: "Deployment/web", message: "no replicas")]
    #expect(try verdict(on: rollout) == .doubtful("the application is degraded"))
    rollout.pods = [
      Rollout.Pod(
        name: "backend-1", images: ["ghcr.io/acme/shop/backend:008c40e"], reason: "Running",
        message: "", restarts: 0, owners: ["Deployment/backend", "ReplicaSet/backend-7c9d"])
    ]
    #expect(
      try verdict(on: rollout)
        == .waiting(
          "the application is degraded, by what does not run our image: Deployment/web: no replicas"
        )
    )
    rollout.degraded.append(Rollout.DegradedResource(name: "Deployment/backend", message: ""))
    #expect(try verdict(on: rollout) == .doubtful("the application is degraded"))
  }

  @Test("what is out of sync is held up by a window, and not by what needs pruning alone")
  func outOfSync() throws {
    var rollout = Rollout(
      sync: .outOfSync, revisions: [ArgoCDFixture.commit],
      images: ["ghcr.io/acme/shop/backend:008c40e"], outOfSync: ["ConfigMap/old"])
    #expect(try verdict(on: rollout) == .waiting("out of sync: ConfigMap/old"))
    rollout.obstacle = "a sync window denies it"
    #expect(
      try verdict(on: rollout) == .heldUp("out of sync: ConfigMap/old; a sync window denies it"))
    rollout.differsByPruningAlone = true
    #expect(try verdict(on: rollout) == .live)
  }

  @Test("a pod knows what it is part of")
  func owners() async throws {
    let rollout = try await ArgoCDFixture.rollout(
      "app.synced-progressing.json", tree: "resource-tree.json")
    #expect(rollout.pods.first?.owners == ["ReplicaSet/backend-7c9d", "Deployment/backend"])
  }

  @Test("a crash loop is shown at once, and fails at three restarts", arguments: [1, 2, 3, 4])
  func crashLoop(restarts: Int) throws {
    let pod = Rollout.Pod(
      name: "backend-1", images: ["ghcr.io/acme/shop/backend:008c40e"],
      reason: "CrashLoopBackOff", message: "exit code 1", restarts: restarts)
    let verdict = try verdict(on: Rollout(revisions: [ArgoCDFixture.commit], pods: [pod]))
    let sentence = "pod backend-1: CrashLoopBackOff: exit code 1"
    #expect(
      verdict
        == (restarts < 3 ? .waiting(sentence) : .failed("\(sentence); restarted \(restarts) times"))
    )
  }

  @Test("synced and healthy at our commit is not live while other images run")
  func staleImages() throws {
    let rollout = Rollout(
      revisions: [ArgoCDFixture.commit], images: ["ghcr.io/acme/shop/backend:0d35b53"])
    #expect(
      try verdict(on: rollout)
        == .waiting("synced and healthy, but no resource runs ghcr.io/acme/shop/backend:008c40e"))
  }

  @Test(
    "an image is known by tag or digest, and a digest wins",
    arguments: [
      ("ghcr.io/acme/shop/backend:008c40e", true),
      ("ghcr.io/acme/shop/backend:008c40", false),
      ("ghcr.io/acme/shop/backend", false),
      ("ghcr.io/acme/shop/frontend:008c40e", false),
      ("localhost:5000/backend", false),
      ("ghcr.io/acme/shop/backend@sha256:" + String(repeating: "ab", count: 32), true),
      ("ghcr.io/acme/shop/backend:other@sha256:" + String(repeating: "ab", count: 32), true),
      ("ghcr.io/acme/shop/backend:008c40e@sha256:" + String(repeating: "cd", count: 32), false),
    ])
  func names(_ text: String, _ isOurs: Bool) throws {
    #expect(try ArgoCDFixture.image().isNamed(by: text) == isOurs)
  }

  private func verdict(on rollout: Rollout) throws -> RolloutRule.Verdict {
    let image = try ArgoCDFixture.image()
    return RolloutRule.verdict(on: rollout, image: image) { $0 == ArgoCDFixture.commit }
  }
}

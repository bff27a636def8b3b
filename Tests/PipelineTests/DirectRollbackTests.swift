import DeployModel
import Foundation
import HTTPClient
import Pipeline
import PipelineKit
import Rollouts
import TestKit
import Testing

@Suite("R9: rollbacks past git")
struct DirectRollbackTests {
  private static let hasKubectl = FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl")

  private func request(
    _ strategy: DirectRollbackRequest.Strategy, to target: Int? = nil,
    acceptMigrations: Bool = false
  ) throws -> DirectRollbackRequest {
    DirectRollbackRequest(
      service: try #require(ServiceName("backend")), strategy: strategy, target: target,
      hold: .untilReleased, acceptMigrations: acceptMigrations, reason: "broken", actor: "ada")
  }

  private func refusal(
    _ world: PipelineWorld, _ request: DirectRollbackRequest
  ) async throws -> Refusal {
    let refusal = await #expect(throws: Refusal.self) {
      _ = try await world.pipeline.directRollback.request(request)
    }
    return try #require(refusal)
  }

  // MARK: Kubernetes

  private struct Cluster {
    let api: FakeKubernetes
    let world: PipelineWorld
    let directory: TemporaryDirectory

    /// Pushed, applied by whoever does that, and live.
    func deploy(_ number: Int) async throws {
      try await world.push(["backend"], version: "\(number)")
      let syncing = try await world.reach("backend-\(number)", .syncing)
      api.apply(try image(of: syncing))
      try await world.reach("backend-\(number)", .live)
    }

    func image(of deployment: Deployment) throws -> String {
      guard let image = deployment.image else { throw ShellFailure("no image") }
      return "\(image.repository):\(image.tag)"
    }
  }

  /// `backend-1` and `backend-2` were live, as revisions 2 and 3.
  private func makeCluster(migrations: String? = nil) async throws -> Cluster {
    let api = try FakeKubernetes(
      revisions: [FakeKubernetes.Revision(1, "registry.test/shop/backend:old")])
    let directory = try TemporaryDirectory("kubectl")
    let client = KubernetesClient(
      KubernetesSettings(
        kubeconfig: try api.kubeconfig(in: directory), context: nil, home: directory.path,
        path: "/usr/bin:/bin", environment: [:]))
    let world = try await PipelineWorld.make(migrations: migrations, workloads: client)
    let name = try #require(ServiceName("backend"))
    world.reconfigure {
      $0.services[name]?.kubernetes = KubernetesDeployment(
        namespace: FakeKubernetes.namespace, deployment: "backend")
    }
    world.start()
    let cluster = Cluster(api: api, world: world, directory: directory)
    try await cluster.deploy(1)
    try await cluster.deploy(2)
    return cluster
  }

  @Test(
    "Kubernetes brings the revision before back, on hold; git follows by a rollback through git",
    .enabled(if: hasKubectl, "needs kubectl"))
  func kubernetes() async throws {
    let cluster = try await makeCluster()
    let world = cluster.world
    let first = try await world.deployment("backend-1")
    let second = try await world.deployment("backend-2")
    let outcome = try await world.pipeline.directRollback.request(request(.kubernetes))
    #expect(outcome.steps.map(\.from) == [3] && outcome.steps.map(\.to) == [2])
    #expect(outcome.steps.map(\.said) == ["deployment.apps/backend rolled back"])
    #expect(cluster.api.shown.image == (try cluster.image(of: first)))
    #expect(outcome.follow?.id == first.id)
    #expect(outcome.warnings.count == 1 && outcome.warnings[0].hasPrefix("git still names"))
    let state = try await world.state("backend")
    #expect(state.hold?.until == .released && state.hold?.actor == "ada")
    #expect(state.current?.deployment == second.id)
    #expect(try await world.tagInGit("backend") == second.image?.tag.name)
    let timeline = try await world.store.timeline(second.id)
    #expect(
      timeline.last?.reason
        == "ada went back to \(try cluster.image(of: first)) through Kubernetes: broken")

    _ = try await world.pipeline.rollback.request(
      RollbackRequest(
        service: state.service, target: outcome.follow?.id.description, hold: .untilReleased,
        acceptMigrations: false, reason: "git follows", actor: "ada"))
    await world.pipeline.wake()
    try await world.reach("backend-3", .live)
    #expect(try await world.tagInGit("backend") == first.image?.tag.name)
    await world.stop()
  }

  @Test("what there is no way back to changes nothing", .enabled(if: hasKubectl, "needs kubectl"))
  func refused() async throws {
    let cluster = try await makeCluster()
    let calls = cluster.api.calls.count
    guard
      case .unprocessable(let unknown) = try await refusal(
        cluster.world, request(.kubernetes, to: 77))
    else { Issue.record("refused otherwise"); return }
    #expect(unknown == "the Deployment backend has no revision 77")
    guard
      case .conflict(let same, _) = try await refusal(
        cluster.world, request(.kubernetes, to: 3))
    else { Issue.record("refused otherwise"); return }
    #expect(same == "the Deployment backend is at revision 3 already")
    guard case .unprocessable = try await refusal(cluster.world, request(.argocd)) else {
      Issue.record("refused otherwise"); return
    }
    #expect(!cluster.api.calls[calls...].contains { $0.hasPrefix("PATCH") })
    #expect(try await cluster.world.state("backend").hold == nil)
    await cluster.world.stop()
  }

  @Test(
    "a hold that was placed for nothing is taken back", .enabled(if: hasKubectl, "needs kubectl"))
  func failed() async throws {
    let cluster = try await makeCluster()
    cluster.api.refuseChanges(
      with: (403, "Forbidden", "deployments.apps is forbidden: User cannot patch resource"))
    guard case .unprocessable(let text) = try await refusal(cluster.world, request(.kubernetes))
    else { Issue.record("refused otherwise"); return }
    #expect(text.contains("cannot patch resource"))
    #expect(try await cluster.world.state("backend").hold == nil)
    await cluster.world.stop()
  }

  @Test("across a migration only with consent", .enabled(if: hasKubectl, "needs kubectl"))
  func migrations() async throws {
    let cluster = try await makeCluster(migrations: "backend/**")
    let preview = try await cluster.world.pipeline.directRollback.preview(request(.kubernetes))
    #expect(!preview.migrations.isEmpty)
    guard case .conflict(_, let files) = try await refusal(cluster.world, request(.kubernetes))
    else { Issue.record("refused otherwise"); return }
    #expect(files == preview.migrations)
    // What Slipway never deployed: nobody knows what lies in between.
    guard
      case .conflict(let text, _) = try await refusal(
        cluster.world, request(.kubernetes, to: 1))
    else { Issue.record("refused otherwise"); return }
    #expect(text.contains("no deployment of Slipway's"))
    _ = try await cluster.world.pipeline.directRollback.request(
      request(.kubernetes, acceptMigrations: true))
    await cluster.world.stop()
  }

  @Test(
    "that Argo CD will heal it is said, and git can follow",
    .enabled(if: hasKubectl, "needs kubectl"))
  func selfHeal() async throws {
    let cluster = try await makeCluster()
    let name = try #require(ServiceName("backend"))
    cluster.world.reconfigure {
      $0.services[name]?.argocd = [
        ArgoCDApplication(application: "shop-backend", project: nil, appNamespace: nil)
      ]
    }
    cluster.world.rollouts.show(Rollout(isSelfHealed: true), for: "shop-backend")
    let outcome = try await cluster.world.pipeline.directRollback.preview(request(.kubernetes))
    #expect(outcome.warnings.contains { $0.contains("self-heal of the application shop-backend") })
    #expect(outcome.follow?.id.description == "backend-1")
    await cluster.world.stop()
  }

  // MARK: Argo CD

  /// `backend-1`, `frontend-1`, `backend-2`, in this order on the branch.
  private func makeArgoCD(isAutoSynced: Bool) async throws -> ArgoCDWorld {
    let play = try await ArgoCDWorld.make()
    for (service, number) in [("backend", 1), ("frontend", 1), ("backend", 2)] {
      try await play.world.push([service], version: "\(service)\(number)")
      let landed = try await play.world.reach(
        "\(service)-\(number)", .syncing, .committed, .live)
      guard service == "backend" else { continue }
      try play.showLive(landed)
      try await play.world.reach("backend-\(number)", .live)
    }
    let commits = try await commits(play)
    play.argocd.show("backend") {
      $0.isAutoSynced = isAutoSynced
      $0.history = commits.enumerated().map {
        FakeApplication.HistoryEntry(id: Int64(7 + $0), revision: $1)
      }
    }
    return play
  }

  private func commits(_ play: ArgoCDWorld) async throws -> [String] {
    var commits: [String] = []
    for id in ["backend-1", "frontend-1", "backend-2"] {
      commits.append(try #require(try await play.world.deployment(id).manifestCommit).hex)
    }
    return commits
  }

  @Test("Argo CD brings the entry before back, and git is said to stay")
  func argocd() async throws {
    let play = try await makeArgoCD(isAutoSynced: false)
    let outcome = try await play.world.pipeline.directRollback.request(request(.argocd))
    #expect(outcome.steps.map(\.from) == [9] && outcome.steps.map(\.to) == [8])
    #expect(outcome.follow?.id.description == "backend-1")
    #expect(outcome.warnings.contains { $0.contains("hooks do not run") })
    #expect(play.argocd.calls.contains("POST /api/v1/applications/backend/rollback"))
    #expect(play.argocd.violations == [])
    #expect(try await play.world.state("backend").hold?.until == .released)
    // The one that was asked for runs.
    guard case .conflict = try await refusal(play.world, request(.argocd)) else {
      Issue.record("refused otherwise"); return
    }
    await play.world.stop()
  }

  @Test("commits of other services on top are no way back")
  func othersOnTop() async throws {
    let play = try await makeArgoCD(isAutoSynced: false)
    let (before, second) = (try await commits(play)[0], try await commits(play)[2])
    try await play.world.push(["frontend"], version: "later")
    let later = try #require(
      try await play.world.reach("frontend-2", .committed).manifestCommit)
    play.argocd.show("backend") {
      $0.history = [before, second, later.hex].enumerated().map {
        FakeApplication.HistoryEntry(id: Int64($0), revision: $1)
      }
    }
    let outcome = try await play.world.pipeline.directRollback.preview(request(.argocd))
    #expect(outcome.steps.map(\.to) == [0] && outcome.steps.first?.brings == [before])
    await play.world.stop()
  }

  @Test("the other services of an application are named, and across their migrations is refused")
  func shared() async throws {
    let shared = [ArgoCDWorld.named("shop")]
    let play = try await ArgoCDWorld.make(
      applications: ["backend": shared, "frontend": shared])
    let frontend = try #require(ServiceName("frontend"))
    play.world.reconfigure {
      $0.services[frontend]?.migrations = PathFilter(.paths, ["frontend/**"])
    }
    var commits: [String] = []
    for service in ["frontend", "backend", "frontend", "backend"] {
      let number = commits.count / 2 + 1
      try await play.world.push([service], version: "\(service)\(number)")
      let landed = try await play.world.reach("\(service)-\(number)", .syncing)
      try play.showLive(landed, in: "shop")
      try await play.world.reach("\(service)-\(number)", .live)
      commits.append(try #require(landed.manifestCommit).hex)
    }
    play.argocd.show("shop") {
      $0.isAutoSynced = false
      $0.history = commits.enumerated().map {
        FakeApplication.HistoryEntry(id: Int64($0), revision: $1)
      }
    }
    // The second of frontend is on top of the first of backend, and under its second.
    let near = try await play.world.pipeline.directRollback.preview(request(.argocd, to: 2))
    #expect(near.migrations == [] && !near.warnings.contains { $0.hasPrefix("frontend") })
    let far = try await play.world.pipeline.directRollback.preview(request(.argocd, to: 1))
    #expect(
      far.warnings.contains(
        "frontend, of the same application shop, goes back as well: from frontend-2 to frontend-1"))
    #expect(far.migrations == ["frontend/VERSION"])
    guard case .conflict(_, let files) = try await refusal(play.world, request(.argocd, to: 1))
    else { Issue.record("refused otherwise"); return }
    #expect(files == far.migrations)
    #expect(!play.argocd.calls.contains { $0.hasSuffix("/rollback") })
    await play.world.stop()
  }

  @Test("beside auto-sync it is refused, with the reason, and nothing is asked of Argo CD")
  func autoSync() async throws {
    let play = try await makeArgoCD(isAutoSynced: true)
    guard case .conflict(let text, _) = try await refusal(play.world, request(.argocd)) else {
      Issue.record("refused otherwise"); return
    }
    #expect(text.contains("auto-sync of the application backend is on"))
    #expect(!play.argocd.calls.contains { $0.hasPrefix("POST") })
    #expect(try await play.world.state("backend").hold == nil)
    await play.world.stop()
  }

  @Test("an id that the history has not, and the one that is there")
  func ids() async throws {
    let play = try await makeArgoCD(isAutoSynced: false)
    guard case .unprocessable = try await refusal(play.world, request(.argocd, to: 3)) else {
      Issue.record("refused otherwise"); return
    }
    guard case .conflict = try await refusal(play.world, request(.argocd, to: 9)) else {
      Issue.record("refused otherwise"); return
    }
    let outcome = try await play.world.pipeline.directRollback.request(request(.argocd, to: 7))
    #expect(outcome.steps.map(\.to) == [7])
    await play.world.stop()
  }
}

import DeployModel
import Foundation
import Pipeline
import PipelineKit
import Rollouts
import TestKit
import Testing

/// Services that no Argo CD rolls out: the real kubectl, against an API in Kubernetes' shapes.
@Suite(
  "R11: live by Kubernetes alone",
  .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"), "needs kubectl"))
struct KubernetesLineTests {
  private struct Play {
    let api: FakeKubernetes
    let world: PipelineWorld
    let directory: TemporaryDirectory

    func image(of deployment: Deployment) throws -> String {
      guard let image = deployment.image else { throw ShellFailure("no image") }
      return "\(image.repository):\(image.tag)"
    }
  }

  private func makePlay(
    deadline: Duration = .seconds(900), clock: any WallClock = TestClock(), argocd: Bool = false
  ) async throws -> Play {
    let api = try FakeKubernetes(
      revisions: [FakeKubernetes.Revision(1, "registry.test/shop/backend:old")])
    let directory = try TemporaryDirectory("kubectl")
    let client = KubernetesClient(
      KubernetesSettings(
        kubeconfig: try api.kubeconfig(in: directory), context: nil, home: directory.path,
        path: "/usr/bin:/bin", environment: [:]))
    let world = try await PipelineWorld.make(clock: clock, workloads: client)
    guard let name = ServiceName("backend") else { throw ShellFailure("bad name") }
    world.reconfigure {
      $0.services[name]?.kubernetes = KubernetesDeployment(
        namespace: FakeKubernetes.namespace, deployment: "backend")
      $0.services[name]?.rolloutDeadline = deadline
      if argocd {
        $0.services[name]?.argocd = [
          ArgoCDApplication(application: "shop-backend", project: nil, appNamespace: nil)
        ]
      }
    }
    world.start()
    return Play(api: api, world: world, directory: directory)
  }

  private func waitFor(_ sentence: String, of deployment: Deployment, _ play: Play) async throws {
    try await eventually("“\(sentence)” in the timeline") {
      try await play.world.store.timeline(deployment.id).contains { $0.reason.contains(sentence) }
    }
  }

  @Test("from the commit over its application by somebody else to live, with a restart in between")
  func live() async throws {
    let play = try await makePlay()
    try await play.world.push(["backend"], version: "one")
    let syncing = try await play.world.reach("backend-1", .syncing)
    try await waitFor(
      "the Deployment backend has not got the image yet; it has registry.test/shop/backend:old",
      of: syncing, play)
    play.api.apply(try play.image(of: syncing))
    play.api.show { $0.updated = 1 }
    try await waitFor("1 out of 2 new replicas have been updated", of: syncing, play)
    await play.world.stop()
    play.api.show { $0.updated = 2 }
    try await play.world.restart()
    let live = try await play.world.reach("backend-1", .live)
    let timeline = try await play.world.store.timeline(live.id)
    #expect(timeline.last?.reason == "the rollout is complete, and the image runs")
    let name = try #require(ServiceName("backend"))
    #expect(play.world.pipeline.rollouts.health(of: name)?.status == .healthy)
    await play.world.stop()
  }

  @Test("a pod that cannot start fails it with the pod's reason, and it recovers")
  func broken() async throws {
    let play = try await makePlay()
    try await play.world.push(["backend"], version: "one")
    let syncing = try await play.world.reach("backend-1", .syncing)
    play.api.apply(try play.image(of: syncing))
    play.api.show {
      $0.available = 1
      $0.pods = [
        FakeKubernetes.Pod("backend-new", revision: 2, waiting: ("ErrImagePull", "not found"))
      ]
    }
    let failed = try await play.world.reach("backend-1", .failed)
    #expect(failed.failure?.message == "pod backend-new: ErrImagePull: not found")
    play.api.show {
      $0.available = 2
      $0.pods = []
    }
    await play.world.stop()
    try await play.world.restart()
    try await eventually("the recovery") {
      try await play.world.deployment("backend-1").state == .live
    }
    await play.world.stop()
  }

  @Test("what Kubernetes gave up has failed, in its words")
  func gaveUp() async throws {
    let play = try await makePlay()
    try await play.world.push(["backend"], version: "one")
    let syncing = try await play.world.reach("backend-1", .syncing)
    play.api.apply(try play.image(of: syncing))
    play.api.show { $0.isPastDeadline = true }
    let failed = try await play.world.reach("backend-1", .failed)
    #expect(failed.failure?.message == "deployment \"backend\" exceeded its progress deadline")
    await play.world.stop()
  }

  @Test("a cluster that refuses delays, until the deadline")
  func refused() async throws {
    let clock = JumpingClock()
    let play = try await makePlay(deadline: .seconds(60), clock: clock)
    play.api.refuse(with: (503, "ServiceUnavailable", "apiserver is shutting down"))
    try await play.world.push(["backend"], version: "one")
    let syncing = try await play.world.reach("backend-1", .syncing)
    try await waitFor("apiserver is shutting down", of: syncing, play)
    #expect(try await play.world.deployment("backend-1").state == .syncing)
    play.api.refuse(with: (403, "Forbidden", "deployments.apps is forbidden"))
    try await waitFor("is forbidden", of: syncing, play)
    clock.jump(by: .seconds(61))
    let failed = try await play.world.reach("backend-1", .failed)
    #expect(failed.failure?.message.contains("docs/operations.md") == true)
    await play.world.stop()
  }

  @Test("beside Argo CD it is shown, and decides nothing")
  func beside() async throws {
    let play = try await makePlay(argocd: true)
    try await play.world.push(["backend"], version: "one")
    let syncing = try await play.world.reach("backend-1", .syncing)
    let commit = try #require(syncing.manifestCommit)
    play.world.rollouts.show(
      Rollout(revisions: [commit.hex], images: [try play.image(of: syncing)]), for: "shop-backend")
    try await play.world.reach("backend-1", .live)
    let name = try #require(ServiceName("backend"))
    let both = try await play.world.pipeline.rolloutRequests.rollout(of: name)
    #expect(both.applications.count == 1)
    #expect(try both.kubernetes?.workload.get().images == ["registry.test/shop/backend:old"])
    play.api.refuse(with: (503, "ServiceUnavailable", "apiserver is shutting down"))
    let one = try await play.world.pipeline.rolloutRequests.rollout(of: name)
    #expect(one.applications.count == 1)
    #expect(throws: RolloutError.self) { try one.kubernetes?.workload.get() }
    await play.world.stop()
  }
}

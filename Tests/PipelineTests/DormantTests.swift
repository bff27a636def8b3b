import DeployModel
import PipelineKit
import TestKit
import Testing

@Suite("R11: live where Argo CD sees no pod")
struct DormantTests {
  private static func template(_ image: String) -> JSON {
    ["spec": ["containers": [["name": "main", "image": .string(image)]]]]
  }

  static let kinds: [(name: String, spec: @Sendable (String) -> JSON)] = [
    ("Deployment/backend", { ["replicas": 0, "template": template($0)] }),
    ("CronJob/backend", { ["jobTemplate": ["spec": ["template": template($0)]]] }),
    ("ScaledJob/backend", { ["jobTargetRef": ["template": template($0)]] }),
  ]

  @Test("what runs no pod now is live when its next one will have the image", arguments: kinds)
  func dormant(_ name: String, _ spec: @Sendable (String) -> JSON) async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    let (_, image) = try ArgoCDWorld.facts(of: deployment)
    try play.showLive(deployment)
    play.argocd.show("backend") {
      $0.images = []
      $0.resources = [FakeApplication.Resource(name), FakeApplication.Resource("Service/backend")]
      $0.resources[0].live = ["spec": spec("registry.test/shop/backend:old")]
      // Of a job that ran before; the pod of a neighbour says nothing.
      $0.pods = [
        FakeApplication.Pod("web-1", image: "registry.test/shop/web:old", workload: "web")
      ]
    }
    try await play.waitFor("no resource runs registry.test/shop/backend:", of: deployment)
    play.argocd.show("backend") { $0.resources[0].live = ["spec": spec(image)] }
    let live = try await play.world.reach("backend-1", .live, .failed)
    #expect(live.state == .live)
    #expect(
      try await play.timeline(deployment).last
        == "synced, healthy, and the image is what the next pod runs: there is none now")
    #expect(play.argocd.violations == [])
    await play.world.stop()
  }

  @Test("a workload whose pods have another image is not dormant: OnDelete leaves them as they are")
  func onDelete() async throws {
    let play = try await ArgoCDWorld.make()
    let deployment = try await play.land()
    let (_, image) = try ArgoCDWorld.facts(of: deployment)
    try play.showLive(deployment)
    play.argocd.show("backend") {
      $0.images = ["registry.test/shop/backend:old"]
      $0.resources = [FakeApplication.Resource("Deployment/backend")]
      $0.resources[0].live = ["spec": ["template": Self.template(image)]]
      $0.pods = [FakeApplication.Pod("backend-1", image: "registry.test/shop/backend:old")]
    }
    try await play.waitFor("no resource runs registry.test/shop/backend:", of: deployment)
    #expect(!play.argocd.calls.contains { $0.contains("managed-resources") })
    try play.showLive(deployment)
    try await play.world.reach("backend-1", .live)
    await play.world.stop()
  }
}

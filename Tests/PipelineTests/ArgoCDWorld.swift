import DeployModel
import HTTPClient
import Pipeline
import PipelineKit
import Rollouts
import TestKit

/// The line from push to live with Argo CD's real client, against its API on a loopback port.
struct ArgoCDWorld {
  let argocd: FakeArgoCD
  let world: PipelineWorld

  static func make(
    applications: [String: [ArgoCDApplication]] = ["backend": [named("backend")]],
    clock: any WallClock = TestClock(), deadline: Duration = .seconds(900),
    patience: ArgoCDClient.Patience = ArgoCDClient.Patience()
  ) async throws -> ArgoCDWorld {
    let argocd = try FakeArgoCD()
    let client = ArgoCDClient(
      client: HTTPClient(), streams: HTTPClient(), server: argocd.url, token: "t0p-secret",
      patience: patience)
    let world = try await PipelineWorld.make(clock: clock, observer: client)
    for (service, applications) in applications {
      guard let name = ServiceName(service) else { throw ShellFailure("bad name") }
      world.reconfigure {
        $0.services[name]?.argocd = applications
        $0.services[name]?.rolloutDeadline = deadline
      }
      for application in applications {
        argocd.show(application.application) {
          $0.revisions = ["0000000000000000000000000000000000000001"]
          if let namespace = application.appNamespace { $0.namespace = namespace }
        }
      }
    }
    world.start()
    return ArgoCDWorld(argocd: argocd, world: world)
  }

  static func named(_ name: String, appNamespace: String? = nil) -> ArgoCDApplication {
    ArgoCDApplication(application: name, project: "shop", appNamespace: appNamespace)
  }

  /// Pushes, and returns what waits for its rollout, once Argo CD was told.
  func land(
    _ service: String = "backend", version: String = "one", number: Int = 1
  ) async throws -> Deployment {
    let told = argocd.refreshes.count
    try await world.push([service], version: version)
    let syncing = try await world.reach("\(service)-\(number)", .syncing, .failed, .live)
    try await eventually("the refresh") { argocd.refreshes.count > told }
    return syncing
  }

  /// As when everything went well.
  func showLive(_ deployment: Deployment, in name: String = "backend") throws {
    let (commit, image) = try Self.facts(of: deployment)
    argocd.show(name) {
      $0.sync = "Synced"
      $0.health = "Healthy"
      $0.isReconciled = true
      $0.requested = nil
      $0.conditions = []
      $0.revisions = [commit]
      $0.operation = FakeApplication.Operation("Succeeded", revisions: [commit])
      $0.images = [image]
      $0.pods = [FakeApplication.Pod("\(name)-7c9d-x1", image: image, workload: name)]
    }
  }

  /// Whoever listens hears of a change, though nothing changes; whoever does not asks all the same.
  /// Two calls more: what was on its way may have been asked before.
  func anotherLook() async throws {
    let before = argocd.calls.count
    try await eventually("another look") {
      argocd.show("backend") { _ in }
      return argocd.calls[before...].filter { $0.contains("/resource-tree?") }.count > 1
    }
  }

  static func facts(of deployment: Deployment) throws -> (commit: String, image: String) {
    guard let commit = deployment.manifestCommit, let image = deployment.image else {
      throw ShellFailure("\(deployment.id) has no image or no commit")
    }
    return (commit.hex, "\(image.repository):\(image.tag)")
  }

  func timeline(_ deployment: Deployment) async throws -> [String] {
    try await world.store.timeline(deployment.id).map(\.reason)
  }

  /// Waits until the timeline says it.
  func waitFor(_ sentence: String, of deployment: Deployment) async throws {
    try await eventually("“\(sentence)” in the timeline of \(deployment.id)") {
      try await timeline(deployment).contains { $0.contains(sentence) }
    }
  }
}

import DeployModel
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("What Argo CD says of a service")
struct RolloutEndpointTests {
  private func makeWorld() async throws -> APIWorld {
    let world = try await APIWorld.make()
    let backend = try serviceName("backend")
    world.pipeline.reconfigure {
      $0.services[backend]?.argocd = [
        ArgoCDApplication(
          application: "shop-backend", project: nil, appNamespace: nil)
      ]
    }
    return world
  }

  private let rollout = "/api/v1/services/backend/rollout"
  private let sync = "/api/v1/services/backend/sync"

  @Test("the rollout is what Argo CD says, newest history first")
  func show() async throws {
    let world = try await makeWorld()
    let history = [3, 4].map {
      Rollout.HistoryEntry(id: $0, revisions: ["r\($0)"], deployedAt: nil, by: "automated")
    }
    world.pipeline.rollouts.show(
      Rollout(health: .degraded, healthMessage: "no replicas", history: history),
      for: "shop-backend")
    let reply = try await world.call(.get, rollout, token: APIWorld.reader)
    #expect(reply.status == 200)
    let applications = try #require(try reply.json()["applications"] as? [[String: Any]])
    let json = try #require(applications.first)
    #expect(json["application"] as? String == "shop-backend")
    #expect((json["health"] as? [String: String])?["message"] == "no replicas")
    #expect((json["history"] as? [[String: Any]])?.compactMap { $0["id"] as? Int } == [4, 3])
  }

  @Test("a sync refreshes, and starts an operation only where auto-sync is off")
  func sync() async throws {
    let world = try await makeWorld()
    world.pipeline.rollouts.show(Rollout(sync: .outOfSync), for: "shop-backend")
    #expect(try await world.call(.post, sync).status == 200)
    #expect(world.pipeline.rollouts.calls.first == .refresh("shop-backend"))
    #expect(!world.pipeline.rollouts.calls.contains(.sync("shop-backend", nil)))

    world.pipeline.rollouts.show(
      Rollout(isAutoSynced: false, sync: .outOfSync), for: "shop-backend")
    #expect(try await world.call(.post, sync, body: #"{"reason": "now"}"#).status == 200)
    #expect(world.pipeline.rollouts.calls.contains(.sync("shop-backend", nil)))
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(audit.text.contains(#""action":"sync""#))
  }

  @Test("beside auto-sync a sync starts what failed, which Argo CD does not try twice")
  func syncAgain() async throws {
    let world = try await makeWorld()
    let commit = "1aadaade0fa6a39a097565df823cc62fe3992021"
    world.pipeline.rollouts.show(
      Rollout(
        operation: Rollout.Operation(
          phase: .failed, message: "", startedAt: nil, finishedAt: Timestamp(milliseconds: 0),
          revisions: [commit]),
        sync: .outOfSync, revisions: [commit]), for: "shop-backend")
    #expect(try await world.call(.post, sync).status == 200)
    #expect(world.pipeline.rollouts.calls.contains(.sync("shop-backend", nil)))
  }

  @Test("R13: a sync that was begun is said and audited where the next application does not answer")
  func begunOnly() async throws {
    let world = try await makeWorld()
    let backend = try serviceName("backend")
    world.pipeline.reconfigure {
      $0.services[backend]?.argocd.append(
        ArgoCDApplication(application: "shop-jobs", project: nil, appNamespace: nil))
    }
    world.pipeline.rollouts.show(
      Rollout(isAutoSynced: false, sync: .outOfSync), for: "shop-backend")
    let reply = try await world.call(.post, sync, body: #"{"reason": "now"}"#)
    #expect(reply.status == 503)
    #expect(
      try reply.string("detail")
        == "Argo CD has begun to sync shop-backend. Then: there is no shop-jobs")
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(audit.text.contains("now (Argo CD has begun to sync shop-backend"))

    world.pipeline.rollouts.refuseSync(with: RolloutError(.busy, "at work"))
    #expect(try await world.call(.post, sync).status == 409)
    let entries = try await world.call(.get, "/api/v1/audit").json()["items"] as? [Any]
    #expect(entries?.count == 1)
  }

  @Test("R13: a token that may only read starts no sync")
  func mayNot() async throws {
    let world = try await makeWorld()
    #expect(try await world.call(.post, sync, token: APIWorld.reader).status == 403)
    #expect(world.pipeline.rollouts.calls.isEmpty)
  }

  @Test(
    "what is in the way is said with the status that tells what to do",
    arguments: [
      (RolloutError(.unavailable, "argocd.test cannot be reached"), 503),
      (RolloutError(.busy, "another operation is already in progress"), 409),
      (RolloutError(.missing, "there is no application"), 422),
      (RolloutError(.refused, "auto-sync is on"), 422),
    ])
  func refusals(_ error: RolloutError, _ status: Int) async throws {
    let world = try await makeWorld()
    world.pipeline.rollouts.fail(with: error)
    let reply = try await world.call(.post, sync)
    #expect(reply.status == status)
    #expect(try reply.string("detail") == error.message)
  }

  @Test("a service without an application, and one that is none, have no rollout")
  func none() async throws {
    let world = try await makeWorld()
    let without = try await world.call(.get, "/api/v1/services/frontend/rollout")
    #expect(without.status == 422)
    #expect(
      try without.string("detail")
        == "neither an application of Argo CD nor a Deployment of Kubernetes is configured for frontend"
    )
    #expect(try await world.call(.get, "/api/v1/services/nothing/rollout").status == 404)
  }
}

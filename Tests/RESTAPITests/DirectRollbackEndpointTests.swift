import DeployModel
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("Rollbacks past git, over the API")
struct DirectRollbackEndpointTests {
  private let rollback = "/api/v1/services/backend/rollback"

  private func makeWorld(isAutoSynced: Bool = false) async throws -> APIWorld {
    let world = try await APIWorld.make()
    let backend = try serviceName("backend")
    world.pipeline.reconfigure {
      $0.services[backend]?.argocd = [
        ArgoCDApplication(application: "shop-backend", project: nil, appNamespace: nil)
      ]
    }
    let history = [3, 4].map {
      Rollout.HistoryEntry(id: $0, revisions: ["r\($0)"], deployedAt: nil, by: "automated")
    }
    world.pipeline.rollouts.show(
      Rollout(isAutoSynced: isAutoSynced, history: history), for: "shop-backend")
    return world
  }

  @Test("it answers what was done and what it leaves, and is audited")
  func done() async throws {
    let world = try await makeWorld()
    let preview = try await world.call(
      .post, rollback, body: #"{"strategy": "argocd", "dryRun": true}"#)
    #expect(preview.status == 200)
    #expect(world.pipeline.rollouts.calls.isEmpty)
    let reply = try await world.call(
      .post, rollback, body: #"{"strategy": "argocd", "reason": "broken"}"#)
    #expect(reply.status == 200)
    let json = try reply.json()
    #expect(json["dryRun"] as? Bool == false && json["strategy"] as? String == "argocd")
    let step = try #require((json["steps"] as? [[String: Any]])?.first)
    #expect(step["place"] as? String == "shop-backend")
    #expect(step["from"] as? Int == 4 && step["to"] as? Int == 3)
    #expect(json["hold"] as? String == "until-released")
    #expect(json.keys.contains("follow"))
    #expect(world.pipeline.rollouts.calls == [.rollback("shop-backend", 3)])
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(audit.text.contains("through Argo CD: broken"))
  }

  @Test("R9: a hold that ends sooner than the one asked for gives way, and no other does")
  func hold() async throws {
    let now = TestClock().now()
    let minute = Hold.Until.time(now + .seconds(600))
    let over = Hold.Until.time(now.before(.seconds(600)))
    let cases: [(Hold.Until, asked: String, now: Hold.Until, actor: String)] = [
      (minute, "until-released", .released, "ada"), (minute, "until-next-push", .nextPush, "ada"),
      (over, "until-next-push", .nextPush, "ada"), (.nextPush, "until-released", .released, "ada"),
      (.released, "until-next-push", .released, "eve"), (minute, "none", minute, "eve"),
    ]
    for (before, asked, after, actor) in cases {
      let world = try await makeWorld()
      let store = world.pipeline.store
      let backend = try serviceName("backend")
      try await store.placeHold(
        Hold(until: before, reason: "release day", actor: "eve", since: now), on: backend)
      let body = #"{"strategy": "argocd", "reason": "broken", "hold": "\#(asked)"}"#
      let reply = try await world.call(.post, rollback, body: body)
      #expect(reply.status == 200)
      let hold = try #require(try await store.serviceState(backend).hold)
      #expect(hold.until == after)
      #expect((hold.actor == "eve") == (actor == "eve"))
      let said = asked == "none" ? "none" : after == .released ? "until-released" : asked
      #expect(try reply.json()["hold"] as? String == said)
    }
  }

  @Test("R9: where nothing was rolled back the hold from before is there again")
  func holdAgain() async throws {
    let world = try await makeWorld()
    let backend = try serviceName("backend")
    let until = Hold.Until.time(TestClock().now() + .seconds(600))
    try await world.pipeline.store.placeHold(
      Hold(until: until, reason: "release day", actor: "eve", since: TestClock().now()),
      on: backend)
    world.pipeline.rollouts.refuseSync(with: RolloutError(.refused, "no"))
    let body = #"{"strategy": "argocd", "reason": "broken"}"#
    #expect(try await world.call(.post, rollback, body: body).status == 422)
    let hold = try #require(try await world.pipeline.store.serviceState(backend).hold)
    #expect(hold.until == until && hold.reason == "release day" && hold.actor == "eve")
  }

  @Test("R9: where no answer came the hold stays, it is audited, and its key makes no second one")
  func lostAnswer() async throws {
    let world = try await makeWorld()
    let backend = try serviceName("backend")
    world.pipeline.rollouts.refuseSync(with: RolloutError(.unavailable, "no answer within 15 s"))
    let body = #"{"strategy": "argocd", "reason": "broken"}"#
    let key: HTTPFields = [.idempotencyKey: "k"]
    let reply = try await world.call(.post, rollback, body: body, headers: key)
    #expect(reply.status == 503 && reply.headers[.retryAfter] == nil)
    let detail = try #require(try reply.string("detail"))
    #expect(detail.hasPrefix("shop-backend: it is not known whether it has begun. no answer"))
    #expect(try await world.pipeline.store.serviceState(backend).hold?.until == .released)
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(audit.text.contains("through Argo CD: broken (shop-backend: it is not known"))
    world.pipeline.rollouts.refuseSync(with: nil)
    let again = try await world.call(.post, rollback, body: body, headers: key)
    #expect(again.status == 409)
    #expect(try again.string("detail")?.contains("not known whether it was done") == true)
    #expect(world.pipeline.rollouts.calls.isEmpty)
  }

  @Test("R13: what one application did is said and audited where the next one refuses")
  func halfDone() async throws {
    let world = try await makeWorld()
    let backend = try serviceName("backend")
    world.pipeline.reconfigure {
      $0.services[backend]?.argocd.append(
        ArgoCDApplication(application: "shop-jobs", project: nil, appNamespace: nil))
    }
    let history = [1, 2].map {
      Rollout.HistoryEntry(id: $0, revisions: ["r\($0)"], deployedAt: nil, by: "automated")
    }
    world.pipeline.rollouts.show(
      Rollout(isAutoSynced: false, history: history), for: "shop-jobs")
    world.pipeline.rollouts.refuseSync(with: RolloutError(.busy, "at work"), of: "shop-jobs")
    let reply = try await world.call(
      .post, rollback, body: #"{"strategy": "argocd", "reason": "broken"}"#)
    #expect(reply.status == 503)
    #expect(
      try reply.string("detail")?.hasPrefix(
        "shop-backend: Argo CD has begun; shop-jobs: nothing was done. at work.") == true)
    #expect(world.pipeline.rollouts.calls == [.rollback("shop-backend", 3)])
    #expect(try await world.pipeline.store.serviceState(backend).hold != nil)
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(audit.text.contains("shop-jobs: nothing was done"))
  }

  @Test(
    "what cannot be is refused",
    arguments: [
      (#"{"strategy": "helm", "reason": "x"}"#, 422, "must be git, argocd or kubernetes"),
      (#"{"strategy": "argocd", "to": "backend-1", "reason": "x"}"#, 422, "must be a number"),
      (#"{"strategy": "argocd", "to": "-3", "reason": "x"}"#, 422, "must be a number"),
      (#"{"strategy": "argocd"}"#, 422, "reason"),
      (#"{"strategy": "kubernetes", "reason": "x"}"#, 422, "no Deployment of Kubernetes"),
      (#"{"strategy": "argocd", "to": "9", "reason": "x"}"#, 422, "has no id 9"),
    ])
  func refused(_ body: String, _ status: Int, _ says: String) async throws {
    let world = try await makeWorld()
    let reply = try await world.call(.post, rollback, body: body)
    #expect(reply.status == status)
    #expect(reply.text.contains(says), "\(reply.text)")
    #expect(world.pipeline.rollouts.calls.isEmpty)
  }

  @Test("beside auto-sync it is a conflict; whoever may only read may not")
  func mayNot() async throws {
    let world = try await makeWorld(isAutoSynced: true)
    let body = #"{"strategy": "argocd", "reason": "x"}"#
    let reply = try await world.call(.post, rollback, body: body)
    #expect(reply.status == 409)
    #expect(try reply.string("detail")?.contains("auto-sync") == true)
    #expect(try await world.call(.post, rollback, body: body, token: APIWorld.reader).status == 403)
    #expect(world.pipeline.rollouts.calls.isEmpty)
  }
}

import DeployModel
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("POST /webhooks/gitlab")
struct GitLabWebhookTests {
  private func headers(
    token: String? = APIWorld.secret, key: String? = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
    uuid: String? = "13792a34-cac6-4fda-95a8-c58e00a3954e", event: String = "Push Hook"
  ) -> HTTPFields {
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.gitlabToken] = token
    headers[.gitlabEvent] = event
    headers[.idempotencyKey] = key
    headers[.gitlabEventUUID] = uuid
    return headers
  }

  private func body(_ world: APIWorld, _ before: String, _ after: String) -> [UInt8] {
    let url = world.pipeline.monorepo.url
    return Array(
      """
      {"object_kind":"push","before":"\(before)","after":"\(after)","ref":"refs/heads/main",\
      "checkout_sha":"\(after)","user_username":"jsmith",\
      "project":{"path_with_namespace":"acme/shop","git_http_url":"\(url)"}}
      """.utf8)
  }

  @Test("R1, R2: a push deploys, once, and is the same when it is sent again")
  func push() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.start()
    let (before, after) = try await world.pipeline.monorepo.change(["backend"], to: "1")
    let body = body(world, before, after)
    let first = try await world.webhook(body, headers: headers(), path: "/webhooks/gitlab")
    #expect(first.status == 202)
    #expect(try first.string("delivery") == "f5e5f430-f57b-4e6e-9fac-d9128cd7232f")
    let deployment = try await world.pipeline.reach("backend-1", .committed)
    #expect(deployment.actor == "jsmith")
    // "Resend request" keeps the key.
    let again = try await world.webhook(body, headers: headers(uuid: nil), path: "/webhooks/gitlab")
    #expect(again.status == 200)
    #expect(try again.string("status") == "duplicate")
    await world.pipeline.stop()
  }

  @Test("before GitLab 17.4 the event's own id is taken; without either it is 400")
  func ids() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let body = body(
      world, String(repeating: "0", count: 40), String(repeating: "1", count: 40))
    let old = try await world.webhook(
      body, headers: headers(key: nil), path: "/webhooks/gitlab/shop")
    #expect(old.status == 202)
    #expect(try old.string("delivery") == "13792a34-cac6-4fda-95a8-c58e00a3954e")
    let none = try await world.webhook(
      body, headers: headers(key: nil, uuid: nil), path: "/webhooks/gitlab")
    #expect(none.status == 400)
    #expect(try none.string("detail")?.contains("Idempotency-Key") == true)
  }

  @Test(
    "R13: a wrong token is 401; a token proves nothing where signatures are due, nor the reverse")
  func refused() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let body = body(
      world, String(repeating: "0", count: 40), String(repeating: "1", count: 40))
    for (token, path) in [
      ("wrong", "/webhooks/gitlab"), (nil, "/webhooks/gitlab"), ("wrong", "/webhooks/gitlab/shop"),
      (APIWorld.secret, "/webhooks/github"),
    ] {
      let answer = try await world.webhook(body, headers: headers(token: token), path: path)
      #expect(answer.status == 401, "\(path)")
      #expect(!answer.text.contains(APIWorld.secret))
    }
    let unknown = try await world.webhook(body, headers: headers(), path: "/webhooks/gitlab/nobody")
    #expect(unknown.status == 404)
    let list = try await world.call(.get, "/api/v1/deliveries")
    #expect(try (list.json()["items"] as? [Any])?.isEmpty == true)
  }

  @Test("GitLab ends a webhook that is answered with 4xx: what deploys nothing is 200")
  func otherEvents() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await world.webhook(
      Array(#"{"object_kind":"merge_request"}"#.utf8),
      headers: headers(event: "Merge Request Hook"), path: "/webhooks/gitlab")
    #expect(answer.status == 200)
    #expect(try answer.string("status") == "ignored")
    #expect(
      try answer.string("reason")
        == "the event “merge_request” deploys nothing: only push does")
  }
}

import DeployModel
import Foundation
import HTTPTypes
import OpenSSLKit
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite struct WebhookTests {
  private struct Fixture: Decodable {
    var file: String
    var event: String
    var headers: [String: String]
  }

  private struct FixtureList: Decodable { var deliveries: [Fixture] }

  @Test(
    "R13: every published payload, signed right and signed wrong, gets its right answer",
    .enabled(if: Fixtures.areShared, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
  func everyFixture() async throws {
    let folder = try #require(Fixtures.shared).appending(path: "github")
    let list = try JSONDecoder().decode(
      FixtureList.self, from: Data(contentsOf: folder.appending(path: "deliveries.json")))
    let world = try APIWorld(
      try await PipelineWorld.make(services: ["backend"]),
      repositories: [
        ("acme", "https://github.com/acme/shop.git", "main"),
        ("hello", "https://github.com/Codertocat/Hello-World.git", "master"),
      ])
    #expect(list.deliveries.count == 51)
    for fixture in list.deliveries {
      let body = Array(try Data(contentsOf: folder.appending(path: fixture.file)))
      var headers = HTTPFields(fixture.headers)
      let right = headers[.hubSignature]
      headers[.hubSignature] = "sha256=" + String(repeating: "0", count: 64)
      #expect(try await world.webhook(body, headers: headers).status == 401, "\(fixture.file)")
      headers[.hubSignature] = right
      let answer = try await world.webhook(body, headers: headers)
      #expect(
        "\(answer.status) \(try answer.string("status") ?? "")" == expected(fixture),
        "\(fixture.file): \(answer.text)")
      let again = try await world.webhook(body, headers: headers)
      #expect(again.status == 200)
      #expect(try again.string("status") == "duplicate", "\(fixture.file)")
    }
  }

  /// Pushes to a configured branch that is still there; by name, not by the code under test.
  private func expected(_ fixture: Fixture) -> String {
    if fixture.event == "ping" { return "200 pong" }
    let deploys = [
      "with-new-branch.payload.json", "with-no-username-committer.payload.json",
      "hand.null-emails.json", "hand.path-prefix-trap.json", "hand.unicode.json",
    ]
    let name = fixture.file.split(separator: "/").last.map(String.init) ?? ""
    let isPush = fixture.event == "push"
    return isPush && (deploys.contains(name) || name.hasPrefix("hand.main-"))
      ? "202 accepted" : "200 ignored"
  }

  private let vector = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

  private func headers(_ signature: String?, type: String = "application/json") -> HTTPFields {
    var headers: HTTPFields = [.contentType: type]
    headers[.hubSignature] = signature
    headers[.githubEvent] = "push"
    headers[.githubDelivery] = "0b1c2d3e-0000-0000-0000-000000000001"
    return headers
  }

  @Test("R13: the published signature vector is taken, and its body is then refused as no JSON")
  func publishedVector() async throws {
    let world = try await APIWorld.make()
    let answer = try await world.webhook(Array("Hello, World!".utf8), headers: headers(vector))
    #expect(answer.status == 400)
    #expect(try answer.string("detail")?.contains("JSON") == true)
    let stored = try await world.call(
      .get, "/api/v1/deliveries/0b1c2d3e-0000-0000-0000-000000000001")
    #expect(try stored.string("outcome") == "failed")
  }

  @Test("No signature, a wrong one and a malformed one are 401, and nothing is stored")
  func unsigned() async throws {
    let world = try await APIWorld.make()
    for signature in [nil, "sha256=00", "sha1=" + String(repeating: "0", count: 40), "nonsense"] {
      let answer = try await world.webhook(
        Array("Hello, World!".utf8), headers: headers(signature))
      #expect(answer.status == 401)
      #expect(answer.headers[.contentType] == "application/problem+json")
    }
    let list = try await world.call(.get, "/api/v1/deliveries")
    #expect(try (list.json()["items"] as? [Any])?.isEmpty == true)
  }

  @Test("A form-encoded delivery is 415, and says which of GitHub's settings to change")
  func form() async throws {
    let world = try await APIWorld.make()
    let answer = try await world.webhook(
      Array("Hello, World!".utf8),
      headers: headers(vector, type: "application/x-www-form-urlencoded"))
    #expect(answer.status == 415)
    #expect(try answer.string("detail")?.contains("Content type") == true)
    let stranger = try await world.webhook(
      Array("Hello, World!".utf8),
      headers: headers(
        "sha256=" + String(repeating: "0", count: 64), type: "application/x-www-form-urlencoded"))
    #expect(stranger.status == 401, "the signature comes first")
  }

  @Test("The second secret is taken too, so that secrets can be rotated")
  func rotation() async throws {
    let world = try await APIWorld.make()
    let body = "{}"
    let output = try await shell(
      "openssl", "dgst", "-sha256", "-hmac", "the secret before", input: body)
    let signature = "sha256=" + (output.split(separator: " ").last ?? "")
    let answer = try await world.webhook(Array(body.utf8), headers: headers(signature))
    #expect(answer.status == 400, "signed by the older secret, and not a push")
  }

  @Test("An unknown repository in the path is 404; in a signed payload it is ignored with a reason")
  func unknownRepository() async throws {
    let world = try await APIWorld.make()
    let byPath = try await world.webhook(
      Array("Hello, World!".utf8), headers: headers(vector), path: "/webhooks/github/other")
    #expect(byPath.status == 404)
    let body = """
      {"ref":"refs/heads/main","before":"\(String(repeating: "a", count: 40))",\
      "after":"\(String(repeating: "b", count: 40))",\
      "repository":{"full_name":"acme/other","clone_url":"https://github.com/acme/other.git"}}
      """
    let output = try await shell(
      "openssl", "dgst", "-sha256", "-hmac", APIWorld.secret, input: body)
    let answer = try await world.webhook(
      Array(body.utf8), headers: headers("sha256=" + (output.split(separator: " ").last ?? "")))
    #expect(answer.status == 200)
    #expect(try answer.string("reason")?.contains("acme/other") == true)
  }

  @Test(
    "R2: what came before its repository was configured is evaluated when it is sent again, once")
  func configuredLater() async throws {
    let pipeline = try await PipelineWorld.make(services: ["backend"], concurrency: 0)
    let (before, after) = try await pipeline.monorepo.change(["backend"], to: "1")
    let body = """
      {"ref":"refs/heads/main","before":"\(before)","after":"\(after)",\
      "repository":{"full_name":"acme/shop","clone_url":"\(pipeline.monorepo.url)"}}
      """
    let key = try HMACSHA256(key: Array(APIWorld.secret.utf8).span)
    let headers = try signed(body, "guid-1", by: key, event: "push")
    let early = try APIWorld(
      pipeline, repositories: [("other", "https://github.com/acme/other.git", "main")])
    let first = try await early.webhook(Array(body.utf8), headers: headers)
    #expect(try first.string("status") == "ignored")
    let redelivery = "/api/v1/deliveries/guid-1/redeliver"
    let refused = try await early.call(.post, redelivery)
    #expect(refused.status == 409)
    #expect(try refused.string("detail")?.contains("have it sent again") == true)

    let world = try APIWorld(
      pipeline, repositories: [("shop", pipeline.monorepo.url, "main")])
    #expect(try await world.webhook(Array(body.utf8), headers: headers).status == 202)
    try await pipeline.reach("backend-1", .queued)
    let again = try await world.webhook(Array(body.utf8), headers: headers)
    #expect(try again.string("status") == "duplicate")
    #expect(try await pipeline.store.deployments(DeploymentQuery(limit: 9)).items.count == 1)
  }

  @Test("R1: a store that cannot write answers 503, with Retry-After and in words")
  func diskFull() async throws {
    let pipeline = try await PipelineWorld.make(services: ["backend"], storeLimit: 1 << 19)
    let world = try APIWorld(
      pipeline, repositories: [("shop", pipeline.monorepo.url, "main")])
    let key = try HMACSHA256(key: Array(APIWorld.secret.utf8).span)
    var refused: APIReply?
    for number in 0..<20_000 {
      let body = "{\"number\":\(number)}"
      let answer = try await world.webhook(
        Array(body.utf8), headers: try signed(body, "guid-\(number)", by: key))
      if answer.status == 503 {
        refused = answer
        break
      }
      #expect(answer.status == 200)
    }
    let answer = try #require(refused, "the store never filled up")
    #expect(answer.headers[.retryAfter] != nil)
    #expect(try answer.string("detail")?.contains("store") == true)
  }

  /// Signed here, so that thousands do not cost a process each; the vector test holds it to the
  /// published value.
  private func signed(
    _ body: String, _ guid: String, by key: HMACSHA256, event: String = "star"
  ) throws -> HTTPFields {
    var headers: HTTPFields = [.contentType: "application/json"]
    let code = try key.code(for: Array(body.utf8).span)
    var hex = ""
    for index in 0..<32 {
      let digits = String(code[index], radix: 16)
      hex += digits.count == 1 ? "0\(digits)" : digits
    }
    headers[.hubSignature] = "sha256=\(hex)"
    headers[.githubEvent] = event
    headers[.githubDelivery] = guid
    return headers
  }
}

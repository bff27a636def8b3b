import HTTPServer
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// R13: API calls need a token with the right role, and are audited.
@Suite struct AccessTests {
  @Test("R13: without a token, or with a wrong one, a call is 401 and says how to authenticate")
  func tokens() async throws {
    let world = try await APIWorld.make()
    for token in [nil, "wrong"] {
      let answer = try await world.call(.get, "/api/v1/services", token: token)
      #expect(answer.status == 401)
      #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
    }
    #expect(try await world.call(.get, "/api/v1/services").status == 200)
  }

  @Test(
    "R13: a role below what a call needs, or another service's token, is 403",
    arguments: [
      ("/api/v1/services/backend/rollback", APIWorld.reader),
      ("/api/v1/services/frontend/rollback", APIWorld.backendOnly),
      ("/api/v1/services/backend/deployments", APIWorld.reader),
      ("/api/v1/services/backend/hold", APIWorld.reader),
      ("/api/v1/deployments/backend-1/cancel", APIWorld.reader),
      ("/api/v1/deployments/frontend-1/retry", APIWorld.backendOnly),
      ("/api/v1/deliveries/abc/redeliver", APIWorld.backendOnly),
    ])
  func roles(_ path: String, _ token: String) async throws {
    let world = try await APIWorld.make()
    let answer = try await world.call(.post, path, body: #"{"reason":"r"}"#, token: token)
    #expect(answer.status == 403)
  }

  @Test("R13: for who may change nothing no Idempotency-Key is claimed: it is not even looked at")
  func keyOfReader() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var headers = HTTPFields()
    headers[.idempotencyKey] = String(repeating: "x", count: 256)
    func call(_ token: String) async throws -> APIReply {
      try await world.call(
        .post, "/api/v1/services/backend/hold", body: #"{"reason":"r"}"#, token: token,
        headers: headers)
    }
    let refused = try await call(APIWorld.reader)
    #expect(refused.status == 403)
    #expect(
      try refused.string("detail")
        == "the token reader has the role read; this needs the role deploy")
    #expect(try await call(APIWorld.backendOnly).status == 400)
  }

  @Test("R13: only an admin may deploy what is not on the branch")
  func offBranch() async throws {
    let world = try await APIWorld.make()
    let path = "/api/v1/services/backend/deployments"
    let body = #"{"reason":"r","ref":"no-such-branch","offBranch":true}"#
    let refused = try await world.call(.post, path, body: body, token: APIWorld.backendOnly)
    #expect(refused.status == 403)
    #expect(try refused.string("detail")?.contains("this needs admin") == true)
    #expect(try await world.call(.post, path, body: body).status == 422)
  }

  @Test(
    "R12: a body is refused by its size before it is read: webhooks by their limit, calls by 64 kB")
  func bodyLimits() async throws {
    let router = try await APIWorld.make().router
    func limit(_ method: HTTPRequest.Method, _ path: String) -> Int {
      router.bodyLimit(for: RequestHeadView(method: method, path: path))
    }
    #expect(limit(.post, "/webhooks/github") == 25 << 20)
    #expect(limit(.post, "/webhooks/github/shop") == 25 << 20)
    for (method, pattern) in router.routes where !pattern.hasPrefix("/webhooks/") {
      #expect(limit(method, pattern) <= 64 << 10, "\(method) \(pattern)")
    }
  }

  @Test("R13: the audit log names who did what and why, and is for admins")
  func audit() async throws {
    let world = try await APIWorld.make()
    let hold = try await world.call(
      .post, "/api/v1/services/backend/hold", body: #"{"reason":"freeze"}"#,
      token: APIWorld.backendOnly)
    #expect(hold.status == 200)
    #expect(try await world.call(.get, "/api/v1/audit", token: APIWorld.reader).status == 403)
    let audit = try await world.call(.get, "/api/v1/audit").json()
    let entry = try #require((audit["items"] as? [[String: Any]])?.first)
    #expect(entry["actor"] as? String == "one")
    #expect(entry["action"] as? String == "hold")
    #expect(entry["subject"] as? String == "backend")
    #expect(entry["reason"] as? String == "freeze")
    #expect(entry["requestId"] as? String == "request-1")
  }

  @Test("The same Idempotency-Key replays the answer; with another body it is 422")
  func idempotency() async throws {
    let world = try await APIWorld.make()
    var headers = HTTPFields()
    headers[.idempotencyKey] = "key-1"
    let path = "/api/v1/services/backend/hold"
    let first = try await world.call(.post, path, body: #"{"reason":"a"}"#, headers: headers)
    let second = try await world.call(.post, path, body: #"{"reason":"a"}"#, headers: headers)
    #expect(first.status == 200)
    #expect(second.text == first.text)
    let third = try await world.call(.post, path, body: #"{"reason":"b"}"#, headers: headers)
    #expect(third.status == 422)
    let audit = try await world.call(.get, "/api/v1/audit").json()
    #expect((audit["items"] as? [Any])?.count == 1)
  }
}

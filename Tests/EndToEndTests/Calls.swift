import Foundation
import HTTPClient
import HTTPTypes
import TestKit

/// An answer and its JSON, if it is some.
struct Answer {
  var status: Int
  var headers: HTTPFields
  var text: String
  var json: Any? { try? JSONSerialization.jsonObject(with: Data(text.utf8)) }

  subscript(key: String) -> Any? { (json as? [String: Any])?[key] }
  func string(_ key: String) -> String? { self[key] as? String }
  var items: [[String: Any]] { self["items"] as? [[String: Any]] ?? [] }
}

private let client = HTTPClient()

extension Installation {
  var url: String { "http://127.0.0.1:\(port)" }

  func call(
    _ method: HTTPRequest.Method, _ path: String, body: String? = nil,
    token: String? = Installation.token, headers: HTTPFields = [:]
  ) async throws -> Answer {
    var headers = headers
    if let token { headers[.authorization] = "Bearer \(token)" }
    if body != nil, headers[.contentType] == nil { headers[.contentType] = "application/json" }
    let response = try await client.send(
      ClientRequest(
        method: method, url: url + path, headers: headers, body: Array((body ?? "").utf8),
        deadline: .seconds(60)))
    return Answer(
      status: response.status, headers: response.headers,
      text: String(decoding: response.body, as: UTF8.self))
  }

  /// A signed push as GitHub sends it, its signature made by openssl.
  func deliver(_ before: String, _ after: String, guid: String = UUID().uuidString) async throws
    -> Answer
  {
    let body = """
      {"ref":"refs/heads/main","before":"\(before)","after":"\(after)","created":false,\
      "deleted":false,"forced":false,"commits":[],"pusher":{"name":"ada"},\
      "repository":{"full_name":"acme/shop","clone_url":"\(remoteURL)",\
      "ssh_url":"\(remoteURL)","html_url":"\(remoteURL)","default_branch":"main"}}
      """
    return try await webhook(body, event: "push", guid: guid)
  }

  func webhook(
    _ body: String, event: String, guid: String, forwardedFor client: String? = nil
  ) async throws -> Answer {
    let output = try await shell(
      "openssl", "dgst", "-sha256", "-hmac", Self.webhookSecret, input: body)
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.githubEvent] = event
    headers[.githubDelivery] = guid
    headers[.forwardedFor] = client
    headers[.hubSignature] = "sha256=" + (output.split(separator: " ").last ?? "")
    return try await call(.post, "/webhooks/github", body: body, token: nil, headers: headers)
  }

  func deployment(_ id: String) async throws -> Answer {
    try await call(.get, "/api/v1/deployments/\(id)")
  }

  /// Returns when the deployment has this state.
  @discardableResult
  func reach(_ id: String, _ state: String) async throws -> Answer {
    try await eventually("\(id) \(state); see \(logFile)", within: .seconds(120)) {
      let now = try await self.deployment(id)
      if now.string("state") == "failed", state != "failed" {
        throw ShellFailure("\(id) failed: \(now.text)")
      }
      return now.string("state") == state
    }
    return try await deployment(id)
  }

  func allDeployments() async throws -> [[String: Any]] {
    try await call(.get, "/api/v1/deployments?limit=200").items
  }
}

extension HTTPField.Name {
  static let githubEvent = field("X-GitHub-Event")
  static let githubDelivery = field("X-GitHub-Delivery")
  static let hubSignature = field("X-Hub-Signature-256")
  static let idempotencyKey = field("Idempotency-Key")
  static let requestID = field("X-Request-Id")
  static let forwardedFor = field("X-Forwarded-For")

  private static func field(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("not a field name") }
    return field
  }
}

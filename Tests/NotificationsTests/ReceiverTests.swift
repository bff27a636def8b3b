import DeployModel
import Foundation
import HTTPClient
import TestKit
import Testing

@testable import Notifications

/// Real receivers, over HTTP.
@Suite("Receivers are told, and what they answer is understood")
struct ReceiverTests {
  private let clock = ManualClock()

  private func receivers(
    _ url: String, _ format: WebhookTarget.Format = .cloudEvents, secret: String? = "k3y",
    deadline: Duration = .seconds(10)
  ) throws -> WebhookReceivers {
    WebhookReceivers(
      [
        try WebhookTarget(
          name: try #require(TargetName("ops")), url: url, format: format,
          secret: secret.map { Array($0.utf8) }, deadline: deadline)
      ], http: HTTPClient(), clock: clock)
  }

  private func send(_ receivers: WebhookReceivers, to name: String = "ops") async throws {
    try await receivers.send(try .make(), to: try #require(TargetName(name)))
  }

  private func error(
    from answer: ScriptedServer.Answer, deadline: Duration = .seconds(10)
  ) async throws -> BoardError {
    let server = try ScriptedServer { _ in answer }
    defer { server.stop() }
    let receivers = try receivers("\(server.url)/hook", deadline: deadline)
    return try await #require(throws: BoardError.self) { try await send(receivers) }
  }

  @Test("A CloudEvent arrives as it is signed, and Python's hmac agrees with the signature")
  func signed() async throws {
    let server = try ScriptedServer { _ in .response(204) }
    defer { server.stop() }
    try await send(try receivers("\(server.url)/hook?key=s3cret"))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST")
    #expect(request.target == "/hook?key=s3cret")
    #expect(request.headers["content-type"] == "application/cloudevents+json; charset=utf-8")
    #expect(request.body == (try CloudEvent(try .make()).bytes()))
    let signature = try #require(request.headers["x-slipway-signature-256"])
    #expect(signature.hasPrefix("sha256="))
    #expect(try await verdict(of: request.body, signature) == "ok")
    #expect(try await verdict(of: request.body + [0x20], signature) == "forged")
    #expect(try await verdict(of: request.body, "sha256=" + signature.dropFirst(8)) == "forged")
  }

  /// As docs/operations.md tells receivers to do it.
  private func verdict(of body: [UInt8], _ signature: String) async throws -> String {
    let directory = try TemporaryDirectory("signature")
    try Data(body).write(to: URL(fileURLWithPath: directory.appending("body")))
    let page = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "docs/operations.md"), encoding: .utf8)
    let start = try #require(page.range(of: "```python\nimport hashlib"))
    let end = try #require(page.range(of: "```", range: start.upperBound..<page.endIndex))
    let example = page[start.lowerBound..<end.lowerBound].dropFirst("```python\n".count)
    try directory.write(
      """
      \(example)
      import sys
      body = open(sys.argv[1], "rb").read()
      print("ok" if is_from_slipway(body, sys.argv[2], b"k3y") else "forged")
      """, to: "verify.py")
    return try await shell(
      "python3", directory.appending("verify.py"), directory.appending("body"), signature)
  }

  @Test("Chat systems get a text, and no signature where there is no secret")
  func chat() async throws {
    let server = try ScriptedServer { _ in .response(200, text: "ok") }
    defer { server.stop() }
    let template = try TextTemplate("*{service}* {sentence} “{subject}”")
    try await send(try receivers("\(server.url)/services/T0/B0/x", .text(template), secret: nil))
    let request = try #require(server.requests.first)
    #expect(request.headers["content-type"] == "application/json; charset=utf-8")
    #expect(request.headers["x-slipway-signature-256"] == nil)
    let body = try JSONDecoder().decode([String: String].self, from: Data(request.body))
    #expect(body == ["text": "*backend* docker build: exit 7 “Fix login”"])
  }

  @Test("What a receiver cannot take now it may take later", arguments: [301, 401, 403, 404, 500])
  func later(_ status: Int) async throws {
    let error = try await error(
      from: .response(status, [("Location", "http://127.0.0.1:1/")], text: "s3cret words"))
    #expect(error == BoardError(.unavailable, "the receiver answered \(status)"))
  }

  @Test(
    "What it has read and will not take is not sent again", arguments: [400, 410, 413, 415, 422])
  func never(_ status: Int) async throws {
    #expect(
      try await error(from: .response(status))
        == BoardError(.refused, "the receiver answered \(status)"))
  }

  @Test("A rest that it asks for is kept, in seconds or up to a date, and not for ever")
  func rests() async throws {
    func kind(_ status: Int, _ wait: String?) async throws -> BoardError.Kind {
      try await error(
        from: .response(status, wait.map { [("Retry-After", $0)] } ?? [])
      ).kind
    }
    #expect(try await kind(429, "7") == .limited(.seconds(7)))
    #expect(try await kind(429, nil) == .limited(nil))
    #expect(try await kind(429, "soon") == .limited(nil))
    #expect(try await kind(503, "30") == .limited(.seconds(30)))
    #expect(try await kind(503, nil) == .unavailable)
    #expect(try await kind(429, "99999999999999999999") == .limited(.seconds(3600)))
    // The clock stands at 09:19:37.
    #expect(try await kind(429, "Wed, 03 Dec 2025 09:20:07 GMT") == .limited(.seconds(30)))
    #expect(try await kind(429, "Wed, 03 Dec 2025 09:00:00 GMT") == .limited(.zero))
  }

  @Test("A receiver that is silent, hangs up or is not there is tried again; no address is named")
  func gone() async throws {
    let silent = try await error(from: .silence, deadline: .milliseconds(200))
    #expect(silent.kind == .unavailable)
    #expect(silent.message.contains("did not answer"))
    #expect(try await error(from: .hangUp).kind == .unavailable)
    let receivers = try receivers("http://127.0.0.1:\(try freePort())/hook?key=s3cret")
    let refused = try await #require(throws: BoardError.self) { try await send(receivers) }
    #expect(refused.kind == .unavailable)
    #expect(!refused.message.contains("s3cret"))
  }

  @Test("A reload exchanges the targets; whom nobody knows is not told")
  func reload() async throws {
    let server = try ScriptedServer { _ in .response(204) }
    defer { server.stop() }
    let receivers = try receivers("\(server.url)/one")
    receivers.replace(with: [
      try WebhookTarget(
        name: try #require(TargetName("chat")), url: "\(server.url)/two", format: .cloudEvents,
        secret: nil)
    ])
    let unknown = try await #require(throws: BoardError.self) { try await send(receivers) }
    #expect(unknown.kind == .denied)
    try await send(receivers, to: "chat")
    #expect(server.requests.map(\.target) == ["/two"])
  }
}

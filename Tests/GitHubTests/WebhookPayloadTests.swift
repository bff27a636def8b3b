import DeployModel
import Foundation
import Testing

@testable import GitHub

private let before = String(repeating: "a", count: 40)
private let after = "2f22765d04931a078909145ca628d2264c852d7d"

@Suite("What a payload says")
struct WebhookPayloadTests {
  private func push(_ json: String) throws -> PushPayload {
    guard case .push(let push) = try WebhookPayload(event: "push", body: Array(json.utf8)) else {
      throw WebhookPayloadError.notAnObject
    }
    return push
  }

  @Test("the fields of a push, whatever else there is")
  func fields() throws {
    let push = try push(
      """
      {"ref":"refs/heads/main","before":"\(before)","after":"\(after)","created":false,
       "deleted":false,"forced":true,"new_field":{"ref":"x"},
       "repository":{"full_name":"acme/shop","clone_url":"https://github.com/acme/shop.git",
         "ssh_url":"git@github.com:acme/shop.git","html_url":"https://github.com/acme/shop",
         "default_branch":"main","pushed_at":1700000000,"created_at":"2020-01-01T00:00:00Z"},
       "pusher":{"name":"mona","email":null},"sender":{"login":"mona-bot"},
       "head_commit":{"id":"\(after)"},"commits":[{"id":"x"}]}
      """)
    #expect(
      push
        == PushPayload(
          ref: "refs/heads/main", before: try #require(CommitSHA(before)),
          after: try #require(CommitSHA(after)), deleted: false, forced: true,
          repository: PayloadRepository(
            fullName: "acme/shop", cloneURL: "https://github.com/acme/shop.git",
            sshURL: "git@github.com:acme/shop.git", htmlURL: "https://github.com/acme/shop"),
          pusher: "mona"))
  }

  @Test("what is not essential may be missing, null, of another kind or huge")
  func lenient() throws {
    let push = try push(
      """
      {"ref":"refs/heads/main","before":"\(before)","after":"\(after)","deleted":"yes",
       "forced":null,"repository":{"clone_url":7,"html_url":"\(String(repeating: "x", count: 5000))"},
       "pusher":[],"sender":{"login":"mona"},"head_commit":null}
      """)
    #expect(!push.deleted)
    #expect(!push.forced)
    #expect(push.repository.cloneURL == nil)
    #expect(push.repository.htmlURL == nil)
    #expect(push.pusher == "mona")
  }

  @Test("zeros in `after` are a deletion even where the flag is missing")
  func deletion() throws {
    let zeros = String(repeating: "0", count: 40)
    let push = try push(
      "{\"ref\":\"refs/heads/x\",\"before\":\"\(before)\",\"after\":\"\(zeros)\",\"repository\":{}}"
    )
    #expect(push.deleted)
  }

  struct Bad: CustomTestStringConvertible, Sendable {
    var json: String
    var message: String
    var testDescription: String { message }
  }

  @Test(
    "what decides must be there, and be what it should be",
    arguments: [
      Bad(json: "[]", message: "the body is not a JSON object"),
      Bad(json: "\"x\"", message: "the body is not a JSON object"),
      Bad(json: "{", message: "invalid JSON at byte 1: the text ends too early"),
      Bad(json: "", message: "invalid JSON at byte 0: the text ends too early"),
      Bad(json: "payload=%7B%7D", message: "invalid JSON at byte 0: this byte may not stand here"),
      Bad(
        json: "{}", message: "“ref” is missing or is not a full ref such as refs/heads/main"),
      Bad(
        json: "{\"ref\":\"main\"}",
        message: "“ref” is missing or is not a full ref such as refs/heads/main"),
      Bad(
        json: "{\"ref\":\"refs/heads/main\",\"repository\":null}",
        message: "“repository” is missing or is not an object"),
      Bad(
        json: "{\"ref\":\"refs/heads/main\",\"repository\":{},\"before\":\"\(before)\"}",
        message: "“after” is missing or is not a commit id"),
      Bad(
        json:
          "{\"ref\":\"refs/heads/main\",\"repository\":{},\"before\":\"--x\",\"after\":\"\(after)\"}",
        message: "“before” is missing or is not a commit id"),
    ])
  func refused(_ bad: Bad) {
    #expect {
      try WebhookPayload(event: "push", body: Array(bad.json.utf8))
    } throws: { error in
      (error as? WebhookPayloadError)?.description == bad.message
    }
  }

  @Test("every signed body must be JSON, even of events that nobody reads")
  func otherEvents() throws {
    #expect(
      try WebhookPayload(event: "star", body: Array("{\"action\":\"created\"}".utf8))
        == .other(event: "star"))
    #expect(throws: WebhookPayloadError.self) {
      try WebhookPayload(event: "star", body: Array("{\"action\":}".utf8))
    }
  }

  @Test("a ping tells about its hook")
  func ping() throws {
    let json = """
      {"zen":"Keep it logically awesome.","hook_id":292430182,
       "hook":{"type":"Repository","events":["push","star"],
         "config":{"content_type":"json","url":"https://example.com"}},
       "repository":{"full_name":"acme/shop"}}
      """
    #expect(
      try WebhookPayload(event: "ping", body: Array(json.utf8))
        == .ping(
          PingPayload(
            hookID: 292_430_182, events: ["push", "star"], contentType: "json",
            repository: PayloadRepository(
              fullName: "acme/shop", cloneURL: nil, sshURL: nil, htmlURL: nil))))
    #expect(
      try WebhookPayload(event: "ping", body: Array("{}".utf8))
        == .ping(PingPayload(hookID: nil, events: nil, contentType: nil, repository: nil)))
  }

  @Test(
    "every published push is read as Foundation reads it",
    .enabled(if: SharedDeliveries.areThere, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
  func published() throws {
    let pushes = try SharedDeliveries.load().filter {
      $0.event == "push" && $0.body.first == UInt8(ascii: "{")
    }
    #expect(pushes.count >= 25)
    for delivery in pushes {
      let push = try push(String(decoding: delivery.body, as: UTF8.self))
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(delivery.body)) as? [String: Any])
      let repository = try #require(object["repository"] as? [String: Any])
      #expect(push.ref == object["ref"] as? String, "\(delivery.file)")
      #expect(push.before.hex == object["before"] as? String, "\(delivery.file)")
      #expect(push.after.hex == object["after"] as? String, "\(delivery.file)")
      #expect(push.deleted == object["deleted"] as? Bool, "\(delivery.file)")
      #expect(push.forced == object["forced"] as? Bool, "\(delivery.file)")
      #expect(push.repository.fullName == repository["full_name"] as? String, "\(delivery.file)")
      #expect(push.repository.cloneURL == repository["clone_url"] as? String, "\(delivery.file)")
      #expect(push.repository.sshURL == repository["ssh_url"] as? String, "\(delivery.file)")
      #expect(push.repository.htmlURL == repository["html_url"] as? String, "\(delivery.file)")
      #expect(push.pusher == (object["pusher"] as? [String: Any])?["name"] as? String)
    }
  }
}

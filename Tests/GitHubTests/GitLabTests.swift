import DeployModel
import Foundation
import Testing

@testable import GitHub

/// Headers and payloads as GitLab documents them: "Delivery headers", "Push events", "Tag events".
@Suite("GitLab: pushes in its own words")
struct GitLabTests {
  static let key = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"

  private func verify(
    _ token: String?, event: String? = "Push Hook", guid: String? = GitLabTests.key,
    body: String = "{}", repository: String? = nil, secrets: [String: [String]]? = nil
  ) throws(WebhookRejection) -> VerifiedDelivery {
    let ring: WebhookKeyring
    let name: RepositoryName?
    do {
      ring = try keyring(secrets ?? ["shop": ["a-secret-token"]])
      name = try repository.map { try GitHubTests.name($0) }
    } catch {
      Issue.record(error)
      throw .unavailable("\(error)")
    }
    return try ring.verify(
      repository: name, token: token, event: event, guid: guid, body: Array(body.utf8))
  }

  @Test("R13: the secret itself is the proof, and only the exact one")
  func token() throws {
    let delivery = try verify("a-secret-token")
    #expect(delivery.forge == .gitlab)
    #expect(delivery.guid.text == Self.key)
    #expect(delivery.isSigned(by: try name("shop")))
    #expect(throws: WebhookRejection.withoutToken) { try verify(nil) }
    #expect(throws: WebhookRejection.withoutToken) { try verify("") }
    for wrong in ["a-secret-toke", "a-secret-token ", "A-secret-token", "a-secret-token\u{0}"] {
      #expect(throws: WebhookRejection.wrongToken) { try verify(wrong) }
    }
  }

  @Test("R13: with a repository only its secrets count; without, whose it is comes out")
  func repositories() throws {
    let secrets = ["shop": ["new-one", "old-one"], "other": ["another"]]
    #expect(
      try verify("old-one", secrets: secrets).secrets == [
        MatchedSecret(repository: try name("shop"), position: 1)
      ])
    _ = try verify("new-one", repository: "shop", secrets: secrets)
    #expect(throws: WebhookRejection.wrongToken) {
      try verify("another", repository: "shop", secrets: secrets)
    }
    #expect(throws: WebhookRejection.unknownRepository) {
      try verify("another", repository: "nobody", secrets: secrets)
    }
  }

  @Test(
    "events have GitHub's names",
    arguments: [
      ("Push Hook", "push"), ("Tag Push Hook", "tag_push"),
      ("Merge Request Hook", "merge_request"), ("System Hook", "system"),
    ])
  func events(header: String, event: String) throws {
    #expect(try verify("a-secret-token", event: header).event == event)
  }

  @Test("the token comes first; then what is no event or id is refused, and says what is wanted")
  func headers() throws {
    for event in [nil, "", "push", "Push", " Hook", "Push Hook\n", "Push\u{e9} Hook"] {
      #expect(throws: WebhookRejection.missingEvent(.gitlab)) {
        try verify("a-secret-token", event: event)
      }
    }
    for guid in [nil, "", "a b", String(repeating: "x", count: 65)] {
      #expect(throws: WebhookRejection.missingGUID(.gitlab)) {
        try verify("a-secret-token", guid: guid)
      }
    }
    #expect(throws: WebhookRejection.wrongToken) { try verify("wrong", event: nil, guid: nil) }
  }

  // MARK: Payloads

  private static let before = "95790bf891e76fee5e1747ab589903a6a1f80f22"
  private static let after = "da1560886d4f094c3e6c9ef40349f7d38b5d27d7"

  static func body(
    before: String = GitLabTests.before, after: String = GitLabTests.after,
    kind: String = "push", ref: String = "refs/heads/main"
  ) -> String {
    """
    {"object_kind":"\(kind)","event_name":"\(kind)","before":"\(before)","after":"\(after)",
     "ref":"\(ref)","ref_protected":true,"checkout_sha":"\(after)","user_id":4,
     "user_name":"John Smith","user_username":"jsmith","user_email":"john@example.com",
     "project_id":15,
     "project":{"id":15,"name":"Shop","web_url":"https://gitlab.example.com/acme/web/shop",
       "git_ssh_url":"git@gitlab.example.com:acme/web/shop.git",
       "git_http_url":"https://gitlab.example.com/acme/web/shop.git","namespace":"Acme",
       "path_with_namespace":"acme/web/shop","default_branch":"main"},
     "repository":{"name":"Shop","url":"git@gitlab.example.com:acme/web/shop.git",
       "homepage":"https://gitlab.example.com/acme/web/shop"},
     "commits":[{"id":"\(after)","message":"x","added":["a"],"modified":[],"removed":[]}],
     "total_commits_count":1}
    """
  }

  private func classify(
    _ body: String, event: String = "Push Hook", url: String
  ) throws -> WebhookClassification {
    let verified = try verify("a-secret-token", event: event, body: body)
    let directory = RepositoryDirectory([
      ConfiguredRepository(
        name: try name("shop"), url: try #require(RepositoryURL(url)),
        branch: try #require(BranchName("main")))
    ])
    return WebhookClassification.classify(
      verified, try WebhookPayload(verified), in: directory)
  }

  @Test(
    "a push is found by any of the project's addresses, below groups too",
    arguments: [
      "https://gitlab.example.com/acme/web/shop.git", "git@gitlab.example.com:acme/web/shop.git",
      "https://gitlab.example.com/acme/web/shop",
    ])
  func push(url: String) throws {
    #expect(
      try classify(Self.body(), url: url)
        == .push(
          PushEvent(
            repository: try name("shop"), branch: try #require(BranchName("main")),
            before: try #require(CommitSHA(Self.before)),
            after: try #require(CommitSHA(Self.after)), forced: false, pusher: "jsmith")))
  }

  @Test("R4: deletions, other branches, tags and other projects deploy nothing, and say why")
  func ignored() throws {
    let url = "https://gitlab.example.com/acme/web/shop.git"
    let zeros = String(repeating: "0", count: 40)
    func reason(_ body: String, event: String = "Push Hook", at url: String) throws -> String {
      switch try classify(body, event: event, url: url) {
      case .ignored(_, let reason), .unknownRepository(let reason): return reason
      case let other:
        Issue.record("\(other)")
        return ""
      }
    }
    #expect(try reason(Self.body(after: zeros), at: url).contains("was deleted"))
    #expect(try reason(Self.body(ref: "refs/heads/x"), at: url).contains("only main does"))
    #expect(
      try reason(
        Self.body(kind: "tag_push", ref: "refs/tags/v1"), event: "Tag Push Hook", at: url)
        == "the event “tag_push” deploys nothing: only push does")
    #expect(
      try reason(Self.body(), at: "https://gitlab.example.com/acme/other.git")
        == "the repository acme/web/shop is not configured here")
  }

  @Test("a body that is no push, as a template of one's own may make it, names what is missing")
  func malformed() {
    for (body, field) in [
      ("{}", "object_kind"), (Self.body(kind: "issue"), "object_kind"),
      (Self.body(before: "x"), "before"), (Self.body(ref: "main"), "ref"),
      (Self.body().replacingOccurrences(of: "\"project\":{", with: "\"p\":{"), "project"),
    ] {
      let error = #expect(throws: WebhookPayloadError.self) {
        try WebhookPayload(event: "push", body: Array(body.utf8), of: .gitlab)
      }
      #expect(error?.description.contains("“\(field)”") == true, "\(String(describing: error))")
    }
  }
}

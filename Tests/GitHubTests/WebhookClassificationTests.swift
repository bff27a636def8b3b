import DeployModel
import GitHub
import Testing

private let oldHead = String(repeating: "a", count: 40)
private let newHead = String(repeating: "b", count: 40)
private let zeros = String(repeating: "0", count: 40)

private func pushBody(
  _ ref: String = "refs/heads/main", before: String = oldHead, after: String = newHead,
  repository: String = "\"clone_url\":\"https://github.com/acme/shop.git\""
) -> String {
  """
  {"ref":"\(ref)","before":"\(before)","after":"\(after)","forced":false,
   "repository":{"full_name":"acme/shop",\(repository)},"pusher":{"name":"mona"}}
  """
}

@Suite("R4, R13: what a delivery is")
struct WebhookClassificationTests {
  private func repository(
    _ name: String, _ url: String = "https://github.com/acme/shop.git", branch: String = "main"
  ) throws -> ConfiguredRepository {
    ConfiguredRepository(
      name: try GitHubTests.name(name), url: try #require(RepositoryURL(url)),
      branch: try #require(BranchName(branch)))
  }

  private func classify(
    _ event: String = "push", _ body: String, signedFor owner: String = "shop",
    in repositories: [ConfiguredRepository]? = nil
  ) throws -> WebhookClassification {
    let delivery = try delivery(event, body, signedFor: owner)
    return .classify(
      delivery, try WebhookPayload(delivery),
      in: RepositoryDirectory(try repositories ?? [repository("shop")]))
  }

  @Test("a push to the configured branch is a push")
  func push() throws {
    let expected = PushEvent(
      repository: try name("shop"), branch: try #require(BranchName("main")),
      before: try #require(CommitSHA(oldHead)), after: try #require(CommitSHA(newHead)),
      forced: false, pusher: "mona")
    #expect(try classify("push", pushBody()) == .push(expected))
  }

  @Test("a created branch is a push from nowhere")
  func created() throws {
    guard case .push(let event) = try classify("push", pushBody(before: zeros)) else {
      Issue.record("not a push")
      return
    }
    #expect(event.before.isZero)
  }

  struct Ignored: CustomTestStringConvertible, Sendable {
    var event = "push"
    var body: String
    var reason: String
    var testDescription: String { reason }
  }

  @Test(
    "what deploys nothing is ignored, and says why",
    arguments: [
      Ignored(
        body: pushBody("refs/tags/v1.2"), reason: "v1.2 is a tag: only branches deploy"),
      Ignored(
        body: pushBody("refs/heads/feature/x"),
        reason: "the branch feature/x deploys nothing: only main does"),
      Ignored(
        body: pushBody("refs/heads/refs/heads/main"),
        reason: "the branch refs/heads/main deploys nothing: only main does"),
      Ignored(
        body: pushBody("refs/notes/commits"),
        reason: "refs/notes/commits is not a branch: only branches deploy"),
      Ignored(
        body: pushBody(after: zeros),
        reason: "the branch main was deleted: nothing is deployed from it until it is back"),
      Ignored(
        body: pushBody("refs/heads/old", after: zeros),
        reason: "the branch old deploys nothing: only main does"),
    ])
  func ignored(_ row: Ignored) throws {
    #expect(
      try classify(row.event, row.body)
        == .ignored(repository: try name("shop"), reason: row.reason))
  }

  @Test("other events are ignored, of whatever repository")
  func otherEvents() throws {
    #expect(
      try classify("workflow_run", "{\"repository\":{\"full_name\":\"x/y\"}}")
        == .ignored(
          repository: nil, reason: "the event “workflow_run” deploys nothing: only push does"))
  }

  @Test(
    "R13: a repository is known by any of its three addresses, however they are spelt",
    arguments: [
      "\"clone_url\":\"https://github.com/Acme/Shop.git\"",
      "\"ssh_url\":\"git@github.com:acme/shop.git\"",
      "\"html_url\":\"https://github.com/acme/shop\"",
      "\"clone_url\":\"https://mirror.example.com/acme/shop.git\",\"ssh_url\":\"ssh://git@github.com:22/acme/shop\"",
    ])
  func addresses(_ fields: String) throws {
    guard case .push = try classify("push", pushBody(repository: fields)) else {
      Issue.record("not recognised")
      return
    }
  }

  @Test(
    "R13: not by its name or by an address that only looks like it",
    arguments: [
      "\"name\":\"shop\"", "\"clone_url\":\"https://github.com/acme/shop2.git\"",
      "\"clone_url\":\"https://github.com.evil.example/acme/shop.git\"",
      "\"url\":\"https://github.com/acme/shop\"", "\"clone_url\":null",
    ])
  func unknown(_ fields: String) throws {
    #expect(
      try classify("push", pushBody(repository: fields))
        == .unknownRepository(reason: "the repository acme/shop is not configured here"))
  }

  @Test("R13: the repository that is named must own the secret that matched")
  func foreignSecret() throws {
    let repositories = [
      try repository("shop"), try repository("blog", "https://github.com/acme/blog"),
    ]
    #expect(
      try classify("push", pushBody(), signedFor: "blog", in: repositories)
        == .foreignSecret(
          reason: "the delivery is signed with a secret that is not one of acme/shop's"))
    #expect(
      try classify("push", pushBody("refs/tags/v1"), signedFor: "blog", in: repositories)
        == .foreignSecret(
          reason: "the delivery is signed with a secret that is not one of acme/shop's"),
      "nor may it say what would have been ignored")
  }

  @Test("two entries for one repository deploy their own branches, with their own secrets")
  func twoBranches() throws {
    let repositories = [
      try repository("live", branch: "main"), try repository("staging", branch: "next"),
    ]
    guard
      case .push(let event) = try classify(
        "push", pushBody("refs/heads/next"), signedFor: "staging", in: repositories)
    else {
      Issue.record("not a push")
      return
    }
    #expect(event.repository.name == "staging")
    #expect(
      try classify("push", pushBody("refs/heads/main"), signedFor: "staging", in: repositories)
        == .ignored(
          repository: try name("staging"),
          reason: "the branch main deploys nothing: only next does"))
  }

  @Test("a ping is answered with its hook's number")
  func pong() throws {
    let body = """
      {"hook_id":42,"hook":{"events":["push"],"config":{"content_type":"json"}},
       "repository":{"full_name":"acme/shop","html_url":"https://github.com/acme/shop"}}
      """
    #expect(try classify("ping", body) == .pong(hookID: 42, warnings: []))
    #expect(try classify("ping", "{}") == .pong(hookID: nil, warnings: []))
    let all = "{\"hook_id\":1,\"hook\":{\"events\":[\"*\"]}}"
    #expect(try classify("ping", all) == .pong(hookID: 1, warnings: []))
  }

  @Test("and with everything about the hook that will not work")
  func warnings() throws {
    let body = """
      {"hook_id":42,"hook":{"events":["star"],"config":{"content_type":"form"}},
       "repository":{"full_name":"acme/blog","html_url":"https://github.com/acme/blog"}}
      """
    #expect(
      try classify("ping", body)
        == .pong(
          hookID: 42,
          warnings: [
            "the webhook's content type is “form”: set it to application/json, or its pushes are "
              + "refused",
            "the webhook does not send push events: add them, or nothing is deployed",
            "the repository acme/blog is not configured here: its pushes are ignored",
          ]))
    let repositories = [
      try repository("shop"), try repository("blog", "https://github.com/acme/blog"),
    ]
    guard case .pong(_, let warnings) = try classify("ping", body, in: repositories) else {
      Issue.record("not a ping")
      return
    }
    #expect(warnings.last == "the secret is not one of acme/blog's: its pushes are refused")
  }

  @Test(
    "the published pushes are what their names say",
    .enabled(if: SharedDeliveries.areThere, "needs the shared fixtures: set SLIPWAY_FIXTURES"),
    arguments: [
      ("hand.main-one-commit", "push"), ("hand.main-with-installation", "push"),
      ("hand.main-docs-only", "push"), ("hand.main-forced", "push"),
      ("hand.main-forced-rewind", "push"), ("hand.main-skip-ci", "push"),
      ("hand.unicode", "push"), ("hand.null-emails", "push"),
      ("hand.branch-created-with-commits", "ignored"),
      ("hand.branch-created-no-commits", "ignored"),
      ("hand.branch-deleted", "ignored"), ("hand.default-branch-deleted", "ignored"),
      ("hand.tag-annotated", "ignored"), ("hand.branch-named-like-tag", "ignored"),
      ("payload", "unknown"),
    ])
  func published(_ file: String, _ kind: String) throws {
    let published = try #require(
      try SharedDeliveries.load().first { $0.file == "push/\(file).json" })
    let delivery = try keyring(["shop": ["It's a Secret to Everybody"]]).verify(
      signature: published.signature, event: published.event, guid: published.guid,
      body: published.body)
    let found = WebhookClassification.classify(
      delivery, try WebhookPayload(delivery), in: RepositoryDirectory([try repository("shop")]))
    switch found {
    case .push: #expect(kind == "push")
    case .ignored: #expect(kind == "ignored")
    case .unknownRepository: #expect(kind == "unknown")
    case .pong, .foreignSecret: Issue.record("\(found)")
    }
  }
}

@Suite("How a delivery's body may be encoded")
struct WebhookContentTypeTests {
  @Test(
    "as JSON",
    arguments: [
      "application/json", "application/json; charset=utf-8", "Application/JSON",
      "application/json ;charset=utf-8",
    ])
  func json(_ header: String) {
    #expect(WebhookContentType(header: header) == .json)
    #expect(WebhookContentType(header: header).refusal == nil)
  }

  @Test("not as a form, which is the preset: the answer says which setting to change")
  func form() throws {
    let refusal = try #require(
      WebhookContentType(header: "application/x-www-form-urlencoded").refusal)
    #expect(
      refusal
        == "the webhook sends form-encoded bodies: in GitHub, open the repository's Settings, "
        + "Webhooks, this webhook, set “Content type” to application/json, and redeliver")
  }

  @Test(
    "not as anything else",
    arguments: [nil, "", "text/plain", "application/jsonp", "text/json, application/json"])
  func other(_ header: String?) {
    #expect(WebhookContentType(header: header) == .other)
    #expect(
      WebhookContentType(header: header).refusal
        == "webhook bodies must have the Content-Type application/json")
  }
}

import DeployModel
import Testing

@testable import GitHub

/// Gitea and Forgejo sign and name their deliveries as GitHub does (`X-Hub-Signature-256`,
/// `X-GitHub-Event`, `X-GitHub-Delivery`); a push has fewer members, and an account for its pusher.
@Suite("Gitea and Forgejo: pushes as GitHub's")
struct GiteaTests {
  private static let before = "28e1879d029cb852e4844d9c718537df08844e03"
  private static let after = "bffeb74224043ba2feb48d137756c8a9331c449a"

  private func body(after: String = GiteaTests.after, ref: String = "refs/heads/main") -> String {
    """
    {"ref":"\(ref)","before":"\(Self.before)","after":"\(after)",
     "compare_url":"https://git.example.com/acme/shop/compare/28e1879d...bffeb742",
     "commits":[{"id":"\(after)","message":"Webhooks Yay!","url":"","author":{"name":"Gitea",
       "email":"someone@gitea.io","username":"gitea"},"added":[],"removed":[],"modified":["a"]}],
     "total_commits":1,"head_commit":{"id":"\(after)","message":"Webhooks Yay!"},
     "repository":{"id":140,"owner":{"id":1,"login":"acme","username":"acme"},"name":"shop",
       "full_name":"acme/shop","private":false,"html_url":"https://git.example.com/acme/shop",
       "ssh_url":"ssh://git@git.example.com:2222/acme/shop.git",
       "clone_url":"https://git.example.com/acme/shop.git","default_branch":"main"},
     "pusher":{"id":1,"login":"gitea","full_name":"Gitea","username":"gitea"},
     "sender":{"id":1,"login":"gitea","full_name":"Gitea","username":"gitea"}}
    """
  }

  private func classify(_ body: String) throws -> WebhookClassification {
    let verified = try delivery("push", body)
    return WebhookClassification.classify(
      verified, try WebhookPayload(verified),
      in: RepositoryDirectory([
        ConfiguredRepository(
          name: try name("shop"),
          url: try #require(RepositoryURL("ssh://git@git.example.com:2222/acme/shop.git")),
          branch: try #require(BranchName("main")))
      ]))
  }

  @Test func aPushDeploys() throws {
    #expect(
      try classify(body())
        == .push(
          PushEvent(
            repository: try name("shop"), branch: try #require(BranchName("main")),
            before: try #require(CommitSHA(Self.before)),
            after: try #require(CommitSHA(Self.after)), forced: false, pusher: "gitea")))
  }

  @Test("R4: what is deleted is told by its zeros alone, and a tag by its ref")
  func others() throws {
    for (body, says) in [
      (body(after: String(repeating: "0", count: 40)), "was deleted"),
      (body(ref: "refs/tags/v1"), "v1 is a tag"),
    ] {
      guard case .ignored(_, let reason) = try classify(body) else {
        Issue.record("not ignored: \(body)")
        continue
      }
      #expect(reason.contains(says))
    }
  }
}

import Testing

@testable import Git

/// Lines as servers and git wrote them; only hashes, names and addresses are changed.
@Suite struct PushRejectionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var source: String
    var reason: String
    var complaint: String
    var kind: PushRejection.Kind
    var testDescription: String { source }
  }

  static let cases: [Case] = [
    Case(
      source: "git: another tip that we do not have", reason: "fetch first",
      complaint: "error: failed to push some refs to 'https://github.com/o/r.git'",
      kind: .tipMoved),
    Case(
      source: "git: another tip that we have", reason: "non-fast-forward",
      complaint: "error: failed to push some refs to 'https://github.com/o/r.git'",
      kind: .tipMoved),
    Case(
      source: "git: a lease that does not hold", reason: "stale info",
      complaint: "error: failed to push some refs to 'https://github.com/o/r.git'",
      kind: .tipMoved),
    Case(
      source: "GitHub: a race lost on the server",
      reason: """
        cannot lock ref 'refs/heads/main': is at 2ab5a5e1d8b3d2e1f1b2a8f0a1a8a0d1f7f7e6d5 \
        but expected 8c8b1d5f4f0c3f1b7a1d9e0f4c2b6a8d9e0f1a2b
        """,
      complaint: "error: failed to push some refs to 'https://github.com/o/r.git'",
      kind: .tipMoved),
    Case(
      source: "GitLab: a race lost on the server", reason: "incorrect old value provided",
      complaint: "error: failed to push some refs to 'https://gitlab.example.com/o/r.git'",
      kind: .tipMoved),
    Case(
      source: "git: the race named in the server's words only", reason: "failed to update ref",
      complaint: """
        remote: error: cannot lock ref 'refs/heads/main': is at \
        2ab5a5e1d8b3d2e1f1b2a8f0a1a8a0d1f7f7e6d5 but expected \
        8c8b1d5f4f0c3f1b7a1d9e0f4c2b6a8d9e0f1a2b
        """,
      kind: .tipMoved),
    Case(
      source: "a pre-receive hook", reason: "pre-receive hook declined",
      complaint: "remote: commit message must name a ticket        ", kind: .policy),
    Case(
      source: "an update hook", reason: "hook declined",
      complaint: "remote: error: hook declined to update refs/heads/main", kind: .policy),
    Case(
      source: "GitHub: a protected branch", reason: "protected branch hook declined",
      complaint: """
        remote: error: GH006: Protected branch update failed for refs/heads/main.        
        remote: error: Changes must be made through a pull request.        
        """, kind: .policy),
    Case(
      source: "GitHub: a ruleset",
      reason: "push declined due to repository rule violations",
      complaint: """
        remote: error: GH013: Repository rule violations found for refs/heads/main.        
        remote: - Changes must be made through a pull request.        
        """, kind: .policy),
    Case(
      source: "GitHub: a token without write access", reason: "",
      complaint: """
        remote: Permission to o/r.git denied to bot.
        fatal: unable to access 'https://github.com/o/r.git/': The requested URL returned error: 403
        """, kind: .policy),
    Case(
      source: "GitHub: a read-only deploy key", reason: "",
      complaint: """
        ERROR: The key you are authenticating with has been marked as read only.
        fatal: Could not read from remote repository.
        """, kind: .policy),
    Case(
      source: "git: a repository with a work tree", reason: "branch is currently checked out",
      complaint: "remote: error: refusing to update checked out branch: refs/heads/main",
      kind: .policy),
    Case(
      source: "git: another push holds the lock", reason: "failed to update ref",
      complaint: """
        remote: error: cannot lock ref 'refs/heads/main': Unable to create \
        '/srv/r.git/./refs/heads/main.lock': File exists.
        """, kind: .transport),
    Case(
      source: "git: a full disk", reason: "unpacker error",
      complaint: "error: remote unpack failed: unable to create temporary object directory",
      kind: .transport),
    Case(
      source: "curl: no connection", reason: "",
      complaint: """
        fatal: unable to access 'https://github.com/o/r.git/': Failed to connect to github.com \
        port 443 after 1 ms: Connection refused
        """, kind: .transport),
    Case(
      source: "GitHub: an expired token", reason: "",
      complaint: """
        remote: Invalid username or token. Password authentication is not supported for Git operations.
        fatal: Authentication failed for 'https://github.com/o/r.git/'
        """, kind: .transport),
    Case(
      source: "GitHub: an outage", reason: "",
      complaint: """
        fatal: unable to access 'https://github.com/o/r.git/': The requested URL returned error: 503
        """, kind: .transport),
    Case(source: "nothing at all", reason: "", complaint: "", kind: .transport),
  ]

  @Test("R6: what a refused push means", arguments: cases)
  func classifies(_ row: Case) {
    #expect(PushRejection.classify(reason: row.reason, complaint: row.complaint) == row.kind)
  }

  @Test("R6: the report is read from the porcelain's columns")
  func readsPorcelain() {
    let moved = PushReport(
      """
      To file:///srv/r.git
       \tcf8f22830c477ffba351c32e0ca2ed0c193f420e:refs/heads/main\tcf8f228..4603a8e
      Done
      """, of: .named("main"))
    #expect(moved.landed)
    let refused = PushReport(
      """
      To file:///srv/r.git
      !\tcf8f22830c477ffba351c32e0ca2ed0c193f420e:refs/heads/main\t[rejected] (fetch first)
      Done
      """, of: .named("main"))
    #expect(!refused.landed)
    #expect(refused.reason == "fetch first")
    #expect(!PushReport("", of: .named("main")).landed)
  }

  @Test("R13: secrets and the users of URLs are taken out of what git says")
  func redacts() {
    let redaction = Redaction(secrets: ["hunter2", "aHVudGVyMg=="])
    #expect(
      redaction.apply(
        to: "fatal: https://me:hunter2@host/x: Basic aHVudGVyMg== refused for 'ssh://git@host'")
        == "fatal: https://host/x: Basic *** refused for 'ssh://host'")
  }
}

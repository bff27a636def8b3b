import DeployModel
import Testing

@Suite("Names that people and GitHub give")
struct NamesTests {
  @Test(
    "a service's name is a word that fits into ids, URLs and commit subjects",
    arguments: ["backend", "a", "0", "web-2", "web_2.eu", String(repeating: "x", count: 63)])
  func serviceNames(_ text: String) { #expect(ServiceName(text)?.name == text) }

  @Test(
    "and nothing else",
    arguments: [
      "", "-a", ".a", "_a", "a b", "a/b", "ä", "a\n", "..", String(repeating: "x", count: 64),
    ])
  func notServiceNames(_ text: String) {
    #expect(ServiceName(text) == nil)
    #expect(RepositoryName(text) == nil)
  }

  @Test("a deployment's id is its service and a number without leading zeros")
  func deploymentIDs() throws {
    for (text, service, number) in [
      ("backend-1", "backend", 1), ("backend-42", "backend", 42), ("web-2-7", "web-2", 7),
      ("a-999999999999999999", "a", 999_999_999_999_999_999),
    ] {
      let id = try #require(DeploymentID(text))
      #expect(id.service.name == service)
      #expect(id.number == number)
      #expect("\(id)" == text)
    }
  }

  @Test(
    "what only looks like an id is none",
    arguments: [
      "", "backend", "backend-", "backend-0", "backend-042", "backend--1", "-1", "backend-+1",
      "backend-1a", "backend-1 ", "back end-1", "a-1000000000000000000", "backend-١",
    ])
  func notDeploymentIDs(_ text: String) {
    // `backend--1` is number 1 of a service `backend-`, which is a name like any other.
    if text == "backend--1" {
      #expect(DeploymentID(text)?.service.name == "backend-")
    } else {
      #expect(DeploymentID(text) == nil)
    }
  }

  @Test("a delivery's GUID is letters, digits and dashes")
  func deliveryGUIDs() {
    #expect(DeliveryGUID("21cd2a2e-1a2a-5046-ac6c-ef48d51fdebf") != nil)
    #expect(DeliveryGUID("") == nil)
    #expect(DeliveryGUID("a b") == nil)
    #expect(DeliveryGUID("a\r\nX: y") == nil)
    #expect(DeliveryGUID(String(repeating: "a", count: 64)) != nil)
    #expect(DeliveryGUID(String(repeating: "a", count: 65)) == nil)
  }
}

@Suite("Commits and branches")
struct GitNamesTests {
  @Test("a commit id is 40 or 64 lower-case hexadecimal digits")
  func commitSHA() {
    let sha1 = "e5c221614eab8ca2ac60bd7992170e701ed1d469"
    #expect(CommitSHA(sha1)?.hex == sha1)
    #expect(CommitSHA(sha1)?.short() == "e5c2216")
    #expect(CommitSHA(sha1)?.short(8) == "e5c22161")
    #expect(CommitSHA(String(repeating: "0a", count: 32)) != nil)
    #expect(CommitSHA(sha1.uppercased()) == nil)
    #expect(CommitSHA(String(sha1.dropLast())) == nil)
    #expect(CommitSHA(sha1 + "0") == nil)
    #expect(CommitSHA("--upload-pack=touch-a-file-of-forty-byte") == nil)
    #expect(CommitSHA("") == nil)
  }

  @Test("forty zeros are no commit")
  func zero() {
    #expect(CommitSHA(String(repeating: "0", count: 40))?.isZero == true)
    #expect(CommitSHA(String(repeating: "0", count: 39) + "1")?.isZero == false)
  }

  @Test(
    "branch names that git takes",
    arguments: [
      "main", "feature/x", "release-1.2", "a@b", "grüße", "refs/heads/main", "v1", "{a}", "a{",
      "a.lock/b.lockx", "#1", "a'b\"c$d;e", String(repeating: "x", count: 255),
    ])
  func branches(_ name: String) {
    // git-check-ref-format refuses one of them: a component that ends in .lock.
    if name == "a.lock/b.lockx" {
      #expect(BranchName(name) == nil)
    } else {
      #expect(BranchName(name)?.name == name)
      #expect(BranchName(ref: "refs/heads/\(name)")?.name == name)
    }
  }

  @Test(
    "branch names that git refuses, or would take for something else",
    arguments: [
      "", "-main", "@", "a b", "a\tb", "a\nb", "a..b", "a~1", "a^", "a:b", "a?", "a*", "a[b",
      "a\\b", "a@{1}", "/a", "a/", "a//b", "a.", ".a", "a/.b", "a.lock", "a.lock/b", "a\u{7f}",
      "a..\u{301}b", "a/.\u{301}b", String(repeating: "x", count: 256),
    ])
  func notBranches(_ name: String) { #expect(BranchName(name) == nil) }

  @Test("only refs/heads/ holds branches")
  func refs() {
    #expect(BranchName(ref: "refs/heads/main")?.ref == "refs/heads/main")
    #expect(BranchName(ref: "refs/heads/refs/tags/v1")?.name == "refs/tags/v1")
    #expect(BranchName(ref: "refs/tags/v1") == nil)
    #expect(BranchName(ref: "main") == nil)
    #expect(BranchName(ref: "refs/heads/") == nil)
  }
}

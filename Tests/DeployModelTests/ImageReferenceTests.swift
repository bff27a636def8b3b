import DeployModel
import Testing

@Suite("Images, tags and digests")
struct ImageReferenceTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var text: String
    var registry: String
    var path: String
    var testDescription: String { text }
  }

  @Test(
    "a repository is a registry and a path",
    arguments: [
      Row(
        text: "ghcr.io/sogos-llc/mirai-app/mirai-backend", registry: "ghcr.io",
        path: "sogos-llc/mirai-app/mirai-backend"),
      Row(text: "localhost:5000/api", registry: "localhost:5000", path: "api"),
      Row(text: "localhost/api", registry: "localhost", path: "api"),
      Row(text: "127.0.0.1:5000/a/b", registry: "127.0.0.1:5000", path: "a/b"),
      Row(text: "[::1]:5000/a", registry: "[::1]:5000", path: "a"),
      Row(text: "acme/shop", registry: "docker.io", path: "acme/shop"),
      Row(text: "busybox", registry: "docker.io", path: "library/busybox"),
      Row(text: "ghcr.io/a/b.c_d__e---f", registry: "ghcr.io", path: "a/b.c_d__e---f"),
    ])
  func repositories(_ row: Row) throws {
    let repository = try #require(ImageRepository(row.text))
    #expect(repository.registry == row.registry)
    #expect(repository.path == row.path)
    #expect(ImageRepository("\(repository)") == repository)
  }

  @Test(
    "not with a tag, a digest, capitals, or components that the distribution spec refuses",
    arguments: [
      "", "/", "ghcr.io/", "ghcr.io//a", "ghcr.io/a/", "ghcr.io/a:tag", "ghcr.io/a@sha256:00",
      "ghcr.io/Acme/shop", "Ghcr/a", "ghcr.io/a..b", "ghcr.io/a___b", "ghcr.io/-a", "ghcr.io/a-",
      "ghcr.io/a._b", "ghcr.io/.a", "ghcr.io/a b", "ghcr.io/../a", "ghcr.io/ä", "a:b:c/d",
      "ghcr.io:/a", "ghcr.io:0/a", "ghcr.io:70000/a", "ghcr.io:50x/a", "-ghcr.io/a", ".io/a",
      "gh..cr.io/a", "[::1/a", "[]:1/a", "https://ghcr.io/a",
      "ghcr.io/" + String(repeating: "a", count: 250),
    ])
  func notRepositories(_ text: String) { #expect(ImageRepository(text) == nil) }

  @Test(
    "tags as the distribution spec has them",
    arguments: [
      "e5c2216", "1234567", "latest", "_a", "v1.2.3-rc_1", String(repeating: "a", count: 128),
    ])
  func tags(_ text: String) { #expect(ImageTag(text)?.name == text) }

  @Test(
    "no tag can break out of double quotes",
    arguments: [
      "", ".a", "-a", "a b", "a\"b", "a\\b", "a:b", "a/b", "a\n", "ä",
      String(repeating: "a", count: 129),
    ])
  func notTags(_ text: String) { #expect(ImageTag(text) == nil) }

  @Test("digests are sha256 and 64 lower-case digits")
  func digests() {
    let hex = String(repeating: "0a", count: 32)
    #expect(ImageDigest("sha256:\(hex)")?.text == "sha256:\(hex)")
    #expect(InputDigest("sha256:\(hex)")?.text == "sha256:\(hex)")
    #expect(ImageDigest(hex) == nil)
    #expect(ImageDigest("sha256:\(hex.uppercased())") == nil)
    #expect(ImageDigest("sha256:\(hex)0") == nil)
    #expect(ImageDigest("sha512:\(hex)") == nil)
  }
}

@Suite("R13: paths stay below the repository's root")
struct RepositoryPathTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var text: String
    var path: String
    var testDescription: String { "“\(text)” is “\(path)”" }
  }

  @Test(
    "empty and . components go",
    arguments: [
      Row(text: "backend", path: "backend"), Row(text: "k8s/backend", path: "k8s/backend"),
      Row(text: "./k8s//backend/", path: "k8s/backend"), Row(text: "a/./b", path: "a/b"),
      Row(text: "a b/ü", path: "a b/ü"), Row(text: "...", path: "..."),
      Row(text: "a/-b", path: "a/-b"), Row(text: ".github", path: ".github"),
      Row(text: ".gitignore", path: ".gitignore"),
    ])
  func kept(_ row: Row) throws {
    let path = try #require(RepositoryPath(row.text))
    #expect(path.path == row.path)
    #expect("\(path)" == row.path)
    #expect(!path.isRoot)
    #expect(path.appending("x") == "\(row.path)/x")
  }

  @Test("the root is written with a dot")
  func root() throws {
    let root = try #require(RepositoryPath("."))
    #expect(root == .root)
    #expect(root.isRoot)
    #expect("\(root)" == ".")
    #expect(root.appending("x") == "x")
  }

  @Test(
    "nothing leads out of it, into git's own files, or looks like an option",
    arguments: [
      "", "/", "/etc/passwd", "..", "../a", "a/../b", "a/..", "./../a", ".git", "a/.git/config",
      "-a", "./-a", "a\0b", "../\u{301}a", "a/../\u{301}b", ".git/\u{301}x",
      String(repeating: "a", count: 4097),
    ])
  func refused(_ text: String) { #expect(RepositoryPath(text) == nil) }
}

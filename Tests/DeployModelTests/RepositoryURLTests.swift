import DeployModel
import Testing

@Suite("R13: two addresses of one repository")
struct RepositoryURLTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var why: String
    var one: String
    var other: String
    var testDescription: String { "\(why): \(one) and \(other)" }
  }

  static let same = [
    Row(
      why: "the same text", one: "https://github.com/acme/shop",
      other: "https://github.com/acme/shop"),
    Row(
      why: ".git", one: "https://github.com/acme/shop.git", other: "https://github.com/acme/shop"),
    Row(
      why: "scheme", one: "https://github.com/acme/shop.git", other: "http://github.com/acme/shop"),
    Row(
      why: "scp's form", one: "https://github.com/acme/shop.git",
      other: "git@github.com:acme/shop.git"),
    Row(
      why: "ssh and its port", one: "https://github.com/acme/shop.git",
      other: "ssh://git@github.com:22/acme/shop.git"),
    Row(
      why: "git's port", one: "https://github.com/acme/shop.git",
      other: "git://github.com:9418/acme/shop.git"),
    Row(
      why: "https' port", one: "https://github.com:443/acme/shop.git",
      other: "https://github.com/acme/shop"),
    Row(
      why: "an empty port", one: "https://github.com:/acme/shop.git",
      other: "https://github.com/acme/shop"),
    Row(
      why: "user and password", one: "https://bot:secret@github.com/acme/shop",
      other: "https://github.com/acme/shop"),
    Row(
      why: "host's case", one: "https://GitHub.COM/acme/shop", other: "https://github.com/acme/shop"
    ),
    Row(
      why: "path's case on github.com", one: "https://github.com/Acme/Shop.git",
      other: "git@github.com:acme/shop.git"),
    Row(
      why: ".GIT on github.com", one: "https://github.com/acme/shop.GIT",
      other: "https://github.com/acme/shop"),
    Row(
      why: "slash at the end", one: "https://github.com/acme/shop/",
      other: "https://github.com/acme/shop.git/"),
    Row(
      why: "slash after scp's colon", one: "git@git.example.com:/acme/shop",
      other: "ssh://git.example.com/acme/shop"),
    Row(
      why: "another host's own port, kept on both sides",
      one: "https://git.example.com:8443/a/b.git", other: "http://GIT.example.com:8443/a/b"),
    Row(
      why: "an IPv6 address", one: "ssh://git@[2001:DB8::1]:22/a/b.git", other: "[2001:db8::1]:a/b"),
    Row(
      why: "GitHub's ssh over port 443", one: "ssh://git@ssh.github.com:443/acme/shop.git",
      other: "https://github.com/acme/shop"),
    Row(
      why: "scheme's case", one: "HTTPS://github.com/acme/shop",
      other: "https://github.com/acme/shop"),
    Row(why: "a file, exactly", one: "file:///srv/git/shop.git", other: "file:///srv/git/shop.git"),
    Row(why: "a path, exactly", one: "/srv/git/shop.git", other: "/srv/git/shop.git"),
  ]

  static let different = [
    Row(why: "owner", one: "https://github.com/acme/shop", other: "https://github.com/evil/shop"),
    Row(why: "name", one: "https://github.com/acme/shop", other: "https://github.com/acme/shop2"),
    Row(
      why: "host", one: "https://github.com/acme/shop",
      other: "https://github.com.evil.example/acme/shop"),
    Row(
      why: "a user that looks like the host", one: "https://github.com/acme/shop",
      other: "https://github.com@evil.example/acme/shop"),
    Row(
      why: "a path that holds the host", one: "https://github.com/acme/shop",
      other: "https://evil.example/github.com/acme/shop"),
    Row(why: "port", one: "https://git.example.com/a/b", other: "https://git.example.com:8443/a/b"),
    Row(
      why: "another scheme's port", one: "https://git.example.com:22/a/b",
      other: "ssh://git.example.com/a/b"),
    Row(
      why: "path's case elsewhere", one: "https://git.example.com/Acme/Shop",
      other: "https://git.example.com/acme/shop"),
    Row(
      why: "a longer path", one: "https://github.com/acme/shop",
      other: "https://github.com/acme/shop/wiki"),
    Row(
      why: "only one .git goes", one: "https://github.com/acme/shop.git.git",
      other: "https://github.com/acme/shop"),
    Row(
      why: "a file with .git and one without", one: "file:///srv/git/shop.git",
      other: "file:///srv/git/shop"),
    Row(why: "a file's case", one: "file:///srv/git/Shop.git", other: "file:///srv/git/shop.git"),
    Row(
      why: "a file and a host", one: "file:///github.com/acme/shop",
      other: "https://github.com/acme/shop"),
    Row(
      why: "a path and a host", one: "/github.com/acme/shop", other: "https://github.com/acme/shop"),
    Row(why: "no address at all", one: "https://github.com/acme/shop", other: ""),
    Row(
      why: "an address without its scheme", one: "https://github.com/acme/shop",
      other: "github.com/acme/shop"),
  ]

  @Test("match where only their spelling differs", arguments: same)
  func matches(_ row: Row) throws {
    let one = try #require(RepositoryURL(row.one))
    #expect(one.matches(row.other))
    #expect(try #require(RepositoryURL(row.other)).matches(row.one))
  }

  @Test("do not match where more differs", arguments: different)
  func differs(_ row: Row) throws {
    #expect(try !#require(RepositoryURL(row.one)).matches(row.other))
  }

  @Test(
    "what git would run, or take as an option, is no address",
    arguments: [
      "", "-uupload", "--upload-pack=touch /tmp/x", "ext::sh -c id", "ext::id", "fd::17",
      "https://", "https:///acme/shop", "https://github.com", "https://github.com/",
      "https://github.com/.git", "https://-oProxyCommand=id/acme/shop", "ssh://-x/acme/shop",
      "-x:acme/shop", "git@-x:acme/shop", "ftp://example.com/a/b", "javascript://x/y",
      "https://example.com:port/a/b", "https://exa mple.com/a", "https://example.com/a\nb",
      "git@example.com:", "git@example.com:/", "file://", "acme/shop", "shop",
    ])
  func refused(_ text: String) { #expect(RepositoryURL(text) == nil) }

  @Test("prints without user and password")
  func description() throws {
    let url = try #require(RepositoryURL("https://bot:hunter2@github.com/Acme/shop.git"))
    #expect("\(url)" == "github.com/acme/shop")
    #expect(url.text == "https://bot:hunter2@github.com/Acme/shop.git")
  }
}

import Testing

@testable import slipway

@Suite("Configuration: git remotes")
struct RemoteURLTests {
  @Test(
    "R13: spellings of one remote are equal",
    arguments: [
      "https://github.com/Sogos-LLC/mirai-app.git", "https://github.com/sogos-llc/mirai-app",
      "https://GITHUB.com/Sogos-LLC/Mirai-App/",
      "https://github.com:443/Sogos-LLC/mirai-app", "git@github.com:Sogos-LLC/mirai-app.git",
      "ssh://git@github.com/Sogos-LLC/mirai-app.git", "ssh://git@github.com:22/sogos-llc/mirai-app",
    ])
  func spellings(_ text: String) throws {
    #expect(try RemoteURL(text).identity == "github.com/sogos-llc/mirai-app")
  }

  @Test("elsewhere than on github.com the case of the path counts, and so does the port")
  func elsewhere() throws {
    #expect(try RemoteURL("https://Git.Example.com/A/b").identity == "git.example.com/A/b")
    #expect(
      try RemoteURL("https://git.example.com:8443/A/b").identity == "git.example.com:8443/A/b")
    #expect(try RemoteURL("http://127.0.0.1:3000/a.git").identity == "127.0.0.1:3000/a")
  }

  @Test("files of this machine", arguments: ["file:///srv/git/Shop.git", "/srv/git/Shop.git"])
  func files(_ text: String) throws {
    let url = try RemoteURL(text)
    #expect(url.transport == .file)
    #expect(url.text == text)
  }

  @Test(
    "R13: what git could take for an option or a program is refused",
    arguments: [
      "", "shop", "./shop.git", "/", "file:///", "file://host/shop", "ext::sh -c id",
      "ext::id", "--upload-pack=id", "ssh://-oProxyCommand=id/shop", "ssh://git@-x/shop",
      "-oProxyCommand=id@host:shop", "git@-host:shop", "https://github.com", "https://github.com/",
      "https://github.com/a?x", "https://host/a#b", "ftp://host/a", "https://a:b@host/c",
      "https://token@host/c", "http://token@host/c",
      "https://host name/a", "https://host/a\nb", "git://host/a", "https:///a", "ssh://:22/a",
    ])
  func refused(_ text: String) {
    #expect(throws: FormFault.self) { _ = try RemoteURL(text) }
  }

  @Test(
    "a user in a web address is not repeated; what to do about it is said",
    arguments: [
      "https://acme@dev.azure.com/acme/shop/_git/shop", "https://s3cret@github.com/acme/shop.git",
    ])
  func user(_ text: String) throws {
    let fault = #expect(throws: FormFault.self) { _ = try RemoteURL(text) }
    #expect(
      fault?.sentence
        == "must not hold a user or a token: take `user@` out, and put the token under `credentials`"
    )
  }
}

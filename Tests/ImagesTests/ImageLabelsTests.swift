import DeployModel
import Images
import Testing

@Suite struct ImageLabelsTests {
  @Test("R8: the labels, all from the commit and none from the clock")
  func labels() throws {
    let source = Source(
      repository: try #require(RepositoryName("mirai")), branch: try #require(BranchName("main")),
      commit: try #require(CommitSHA("e5c221614eab8ca2ac60bd7992170e701ed1d469")),
      subject: "Fix", author: "kim", committedAt: Timestamp(milliseconds: 1_764_753_577_250))
    let inputs = try #require(InputDigest("sha256:" + String(repeating: "ab", count: 32)))
    #expect(
      ImageLabels.make(
        source: source, repositoryURL: "https://github.com/Sogos-LLC/mirai-app.git",
        version: "e5c2216", inputs: inputs) == [
          "org.opencontainers.image.revision": "e5c221614eab8ca2ac60bd7992170e701ed1d469",
          "org.opencontainers.image.source": "https://github.com/Sogos-LLC/mirai-app",
          "org.opencontainers.image.created": "2025-12-03T09:19:37Z",
          "org.opencontainers.image.version": "e5c2216",
          "io.slipway.input-digest": inputs.text,
        ])
  }

  @Test(
    "R13: no credentials in the source label",
    arguments: [
      ("https://bot:hunter2@github.com/a/b.git", "https://github.com/a/b"),
      ("git@github.com:a/b.git", "https://github.com/a/b"),
      ("ssh://git@github.com:22/a/b", "https://github.com/a/b"),
      ("http://git.local:3000/a/b", "http://git.local:3000/a/b"),
      ("file:///srv/git/b.git", "file:///srv/git/b"),
    ])
  func sources(url: String, label: String) throws {
    let source = Source(
      repository: try #require(RepositoryName("r")), branch: try #require(BranchName("main")),
      commit: try #require(CommitSHA("e5c221614eab8ca2ac60bd7992170e701ed1d469")), subject: "",
      author: "", committedAt: Timestamp(milliseconds: 0))
    let inputs = try #require(InputDigest("sha256:" + String(repeating: "ab", count: 32)))
    let labels = ImageLabels.make(
      source: source, repositoryURL: url, version: "1", inputs: inputs)
    #expect(labels["org.opencontainers.image.source"] == label)
  }
}

import DeployModel
import Images
import Testing

@Suite struct InputDigestTests {
  private let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
  private let blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"

  private func build(
    target: String? = nil, _ arguments: [String: String] = [:], _ platforms: [String] = [],
    secrets: [String] = []
  ) throws -> BuildSpecification {
    let path = try #require(RepositoryPath("any"))
    return BuildSpecification(
      context: path, dockerfile: path, target: target, arguments: arguments,
      platforms: platforms, secrets: secrets)
  }

  /// By hand: `printf '15:slipway-input-1,40:4b82…,40:e69d…,7:+runner,1:2,1:A,1:1,1:B,0:,1:1,11:linux/amd64,' | sha256sum`.
  @Test("the encoding is the documented one, for ever")
  func knownDigest() throws {
    let digest = InputDigest.of(
      context: tree, dockerfile: blob,
      build: try build(target: "runner", ["B": "", "A": "1"], ["linux/amd64"]))
    #expect(
      digest.text == "sha256:e1395054bdbb899540415d46618a6c08674725a743a41c84343ad43e02b6cc17")
  }

  @Test("whatever decides the image decides the digest")
  func everyInputCounts() throws {
    let digests = [
      InputDigest.of(context: tree, dockerfile: blob, build: try build()),
      InputDigest.of(context: blob, dockerfile: tree, build: try build()),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(target: "")),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(target: "-")),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(["A": "1"])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(["A": "2"])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(["A1": ""])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(["A": "1,1:B,1:2"])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(["A": "1", "B": "2"])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build([:], ["linux/amd64"])),
      InputDigest.of(
        context: tree, dockerfile: blob, build: try build([:], ["linux/amd64", "linux/arm64"])),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(), others: [blob]),
      InputDigest.of(context: tree, dockerfile: blob, build: try build(), others: [blob, tree]),
    ]
    #expect(Set(digests).count == digests.count)
  }

  @Test("order of writing and names of secrets do not count")
  func whatDoesNotCount() throws {
    let first = InputDigest.of(
      context: tree, dockerfile: blob, build: try build(["A": "1", "B": "2"], ["a/b", "c/d"]))
    let second = InputDigest.of(
      context: tree, dockerfile: blob,
      build: try build(["B": "2", "A": "1"], ["c/d", "a/b"], secrets: ["npm"]))
    #expect(first == second)
  }
}

import DeployModel
import Foundation
import Git
import TestKit
import Testing

@Suite("Signed commits") struct SigningTests {
  private func signer(
    _ key: SigningKey, in directory: TemporaryDirectory
  ) throws -> CommitSigner {
    CommitSigner(
      format: key.kind == .ssh ? .ssh : .gpg, key: key.secret,
      directory: directory.appending("signing"))
  }

  @Test(
    "each commit of a batch is signed, and git believes it", arguments: SigningKey.Kind.allCases)
  func verified(_ kind: SigningKey.Kind) async throws {
    let key = try await SigningKey.make(kind)
    let origin = try await GitOrigin(files: ["a": "1\n", "b": "1\n"])
    let fixture = try MirrorFixture(of: origin)
    fixture.mirror.exchange(signer: try signer(key, in: fixture.directory))
    let tip = try #require(try await fixture.mirror.fetch(origin.branch))
    let long = String(repeating: "long ", count: 20_000)
    let written = try await fixture.mirror.write(
      [
        .make(["a": "2\n"], message: "chore: a\n\n[skip ci]\n"),
        .make(["b": "2\n"], message: "chore: b\n\n\(long)\n"),
        .make([:], message: "chore: nothing\n"),
      ], onto: tip)
    let head = try #require(written.last?.commit)
    #expect(try await fixture.mirror.push(head, to: origin.branch, expecting: tip) == .landed)
    #expect(try await origin.subjects() == ["chore: nothing", "chore: b", "chore: a", "first"])
    #expect(try await origin.isLinear())
    #expect(try await origin.text(of: "a") == "2\n")
    #expect(try await origin.git(["fsck", "--strict"]) == "")
    #expect(
      try await origin.git(["rev-parse", "main:b"]) == written[1].blobs["b"]?.hex)
    for commit in written {
      try await key.verify(commit.commit.hex, in: origin.path)
      #expect(try await fixture.mirror.commit(commit.commit).author == .fixture)
    }
    await #expect(throws: ShellFailure.self) { try await key.verify(tip.hex, in: origin.path) }
    // The mirror goes on as if it had made them all itself.
    #expect(try await fixture.mirror.fetch(origin.branch) == head)
  }

  @Test("R13: the key lies in a directory that its owner alone can read, and goes with the signer")
  func keyFile() async throws {
    let key = try await SigningKey.make(.ssh)
    let place = try TemporaryDirectory("sk")
    let directory = place.appending("signing")
    do {
      let signer = try signer(key, in: place)
      _ = try await signer.signature(of: Array("x".utf8))
      for (path, mode) in [(directory, 0o700), ("\(directory)/key", 0o600)] {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == mode)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: directory))
  }

  @Test("a key that cannot be used is an error that says so, and not the key")
  func unusable() async throws {
    let fixture = try TemporaryDirectory("sk")
    for format in CommitSigner.Format.allCases {
      let signer = CommitSigner(
        format: format, key: "not-a-key", directory: fixture.appending("signing-\(format)"))
      let error = await #expect(throws: GitError.self) { try await signer.signature(of: [1]) }
      #expect(error.map { "\($0)" }?.contains("not-a-key") == false)
    }
  }
}

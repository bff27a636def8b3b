import DeployModel
import Foundation
import Git
import Manifests
import TestKit
import Testing

@Suite("Getting edits onto the branch")
struct ManifestWriterTests {
  @Test("R6: one commit per deployment, with the contract's message and one changed line")
  func oneEdit() async throws {
    let remote = try await Remote(services: ["backend"])
    let harness = try WriterHarness(remote)
    let source = remote.sources[0]
    let outcome = await harness.land(
      try .make("backend", 42, tag: "1e52216", source: source))
    let tip = try await remote.tip()
    #expect(
      outcome == .landed(commit: try #require(CommitSHA(tip)), changed: true, warnings: []))
    #expect(
      try await remote.git("log", "-1", "--format=%B%an <%ae>|%cn <%ce>", "main") == """
        chore: update backend image to 1e52216

        [skip ci]

        Image: registry.example.com/backend:1e52216
        Digest: sha256:abababababababababababababababababababababababababababababababab
        Source-Commit: \(source)
        Deployment: backend-42
        slipway <slipway@example.com>|slipway <slipway@example.com>

        """)
    #expect(
      try await remote.file("k8s/backend/kustomization.yaml")
        == Remote.kustomization("backend", tag: "\"1e52216\""))
    let intents = await harness.record.intents
    #expect(intents.map(\.commit.hex) == [tip])
    #expect(intents.map(\.file.path) == ["k8s/backend/kustomization.yaml"])
    #expect(
      intents.map(\.file.blob) == [
        try await remote.git("rev-parse", "main:k8s/backend/kustomization.yaml")
          .trimmingCharacters(in: .newlines)
      ])
  }

  @Test("a rollback's subject says so, and without a source there is no trailer for it")
  func rollbackMessage() throws {
    let edit = try ManifestEdit.make(
      "backend", 43, tag: "e5c2216", source: nil, cause: .autoRollback)
    #expect(
      edit.message == """
        chore: rollback backend to e5c2216

        [skip ci]

        Image: registry.example.com/backend:e5c2216
        Digest: sha256:abababababababababababababababababababababababababababababababab
        Deployment: backend-43

        """)
  }

  @Test("R6: two services that share one file get a commit each")
  func sharedFile() async throws {
    let remote = try await Remote(services: ["a"])
    try await remote.commit(
      "k8s/both/kustomization.yaml",
      "images:\n- name: registry.example.com/a\n  newTag: x\n- name: registry.example.com/b\n")
    let harness = try WriterHarness(remote)
    let outcomes = await harness.land([
      try .make("a", 1, tag: "aaa", source: remote.sources[0], path: "k8s/both"),
      try .make("b", 1, tag: "bbb", source: remote.sources[0], path: "k8s/both"),
    ])
    #expect(outcomes.compactMap(\.commit).count == 2)
    #expect(
      try await remote.file("k8s/both/kustomization.yaml") == """
        images:
        - name: registry.example.com/a
          newTag: "aaa"
        - name: registry.example.com/b
          newTag: "bbb"

        """)
    #expect(try await remote.log().prefix(2).allSatisfy { $0.subject.hasPrefix("chore: update") })
  }

  @Test("R6: an edit that changes nothing takes the commit that is there")
  func nothingToChange() async throws {
    let remote = try await Remote(services: ["a", "b"], sources: 2)
    let harness = try WriterHarness(remote)
    let first = await harness.land(try .make("a", 1, tag: "t1", source: remote.sources[0]))
    _ = await harness.land(try .make("b", 1, tag: "t1", source: remote.sources[0]))
    let tip = try await remote.tip()
    let again = await harness.land(try .make("a", 2, tag: "t1", source: remote.sources[1]))
    #expect(
      again == .landed(commit: try #require(first.commit), changed: false, warnings: []))
    #expect(try await remote.tip() == tip)
  }

  @Test("R6: an edit that changes nothing has not landed on a tip that is gone")
  func nothingToChangeOnATipThatIsGone() async throws {
    let remote = try await Remote(services: ["a"])
    let before = try await remote.tip()
    try await remote.commit(
      "k8s/a/kustomization.yaml", Remote.kustomization("a", tag: "\"t\""))
    let harness = try WriterHarness(remote)
    await harness.record.duringComparison {
      _ = try await remote.git("update-ref", "refs/heads/main", before)
    }
    let outcome = await harness.land(try .make("a", 1, tag: "t", source: remote.sources[0]))
    let tip = try #require(CommitSHA(try await remote.tip()))
    #expect(outcome == .landed(commit: tip, changed: true, warnings: []))
    #expect(try await remote.git("rev-parse", "main^").contains(before))
  }

  @Test("R6: a malformed or missing manifest fails its own deployment only")
  func malformed() async throws {
    let remote = try await Remote(services: ["a", "b"])
    try await remote.commit(
      "k8s/broken/kustomization.yaml", "images:\n- name: registry.example.com/broken\n  - x\n")
    try await remote.commit("k8s/empty/readme.md", "nothing")
    try await remote.commit("k8s/twice/kustomization.yaml", "images: []\n")
    try await remote.commit("k8s/twice/Kustomization", "images: []\n")
    let harness = try WriterHarness(remote)
    let source = remote.sources[0]
    let outcomes = await harness.land([
      try .make("a", 1, tag: "t", source: source), try .make("broken", 1, tag: "t", source: source),
      try .make("empty", 1, tag: "t", source: source),
      try .make("absent", 1, tag: "t", source: source),
      try .make("twice", 1, tag: "t", source: source), try .make("b", 1, tag: "t", source: source),
    ])
    #expect(outcomes[0].commit != nil && outcomes[5].commit != nil)
    #expect(outcomes[1].failure?.code == .kustomizationInvalid)
    #expect(outcomes[1].failure?.stage == .committing)
    #expect(outcomes[1].failure?.message.hasPrefix("k8s/broken/kustomization.yaml:3:") == true)
    #expect(outcomes[2].failure?.code == .kustomizationMissing)
    #expect(outcomes[2].failure?.message.hasPrefix("k8s/empty: there is no kustom") == true)
    #expect(outcomes[3].failure?.code == .kustomizationMissing)
    #expect(outcomes[3].failure?.message.contains("no directory k8s/absent") == true)
    #expect(outcomes[4].failure?.code == .kustomizationInvalid)
  }

  @Test("R13: a manifest that is a symbolic link is not followed")
  func symbolicLink() async throws {
    let remote = try await Remote(services: ["a"])
    let clone = remote.directory.appending("clone")
    try await Remote.git(["clone", "-q", remote.path, clone])
    try FileManager.default.createDirectory(
      atPath: "\(clone)/k8s/link", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(clone)/k8s/link/kustomization.yaml",
      withDestinationPath: "../a/kustomization.yaml")
    try await Remote.git(["-C", clone, "add", "-A"])
    try await Remote.git(["-C", clone, "commit", "-q", "-m", "link"])
    try await Remote.git(["-C", clone, "push", "-q", "origin", "HEAD:main"])
    let outcome = try await WriterHarness(remote).land(
      try .make("link", 1, tag: "t", source: remote.sources[0]))
    #expect(outcome.failure?.code == .kustomizationInvalid)
    #expect(outcome.failure?.message.contains("symbolic link") == true)
  }
}

import DeployModel
import Foundation
import Manifests
import TestKit
import Testing

/// R7 on every kustomization that there is: ours, those of forty public repositories, and a
/// thousand generated ones; by bytes, and by what kustomize makes of them.
@Suite("The image entry alone")
struct KustomizationProofTests {
  static let tag = "1e52216"
  static let digest = "sha256:" + String(repeating: "ab", count: 32)
  static let repository = "registry.example.com/built"

  struct Subject: Sendable {
    var label: String
    var file: [UInt8]
    var image: String
  }

  static var ours: [Subject] {
    KustomizationCase.all.filter { $0.bytes("refused.txt") == nil }.compactMap { fixture in
      fixture.bytes("before.yaml").map {
        Subject(label: fixture.name, file: $0, image: fixture.image)
      }
    }
  }

  /// Every entry of every file; of those written by hand for kustomize, the first image of all.
  static func foreign() throws -> [Subject] {
    let folder = try #require(Fixtures.shared).appending(path: "kustomize")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    var subjects: [Subject] = []
    // libyaml's own reader refuses a key that is there twice, and so does the edit: see the fixtures.
    for name in names where name.hasSuffix(".yaml") && name != "hand-duplicate-key.yaml" {
      let file = [UInt8](try Data(contentsOf: folder.appending(path: name)))
      for entry in try WrittenEntry.all(in: file) {
        subjects.append(Subject(label: "\(name) \(entry.name)", file: file, image: entry.name))
      }
    }
    return subjects
  }

  static func generated(_ count: Int) -> [GeneratedKustomization] {
    var random = SeededGenerator(seed: 2026)
    return (0..<count).map { _ in GeneratedKustomization(using: &random) }
  }

  @Test("R7: bytes of every fixture of ours")
  func fixtureBytes() async throws {
    #expect(try await check(Self.ours).edited >= 105)
  }

  @Test(
    "R7: bytes of every entry of the shared fixtures",
    .enabled(if: Fixtures.areShared, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
  func foreignBytes() async throws {
    let (edited, refused) = try await check(Self.foreign())
    #expect(edited >= 200)
    // What is ambiguous, or anchored and used again.
    #expect(refused.allSatisfy { $0.hasPrefix("hand-") }, "\(refused)")
  }

  @Test("R7: bytes of a thousand generated files, in every style")
  func generatedBytes() async throws {
    for file in Self.generated(1000) {
      let outcome = try KustomizationEdit.make().apply(to: Array(file.text.utf8))
      let expected = file.text(withTag: Self.tag, digest: Self.digest)
      #expect(outcome.bytes == Array(expected.utf8), "\(file.text)")
      await Task.yield()
    }
  }

  private func check(_ subjects: [Subject]) async throws -> (edited: Int, refused: [String]) {
    var edited = 0
    var refused: [String] = []
    for subject in subjects {
      await Task.yield()
      let edit = try KustomizationEdit.make(subject.image)
      let entry = try WrittenEntry.all(in: subject.file).first { $0.name == subject.image }
      do throws(KustomizationError) {
        let outcome = try edit.apply(to: subject.file)
        let judge = EntryOnly(
          name: subject.image, repository: Self.repository, tag: Self.tag, digest: Self.digest,
          before: entry)
        let complaint = judge.complaint(subject.file, outcome.bytes)
        #expect(complaint == nil, "\(subject.label): \(complaint ?? "")")
        edited += 1
      } catch {
        refused.append(subject.label)
      }
    }
    return (edited, refused)
  }
}

import DeployModel
import Foundation
import Manifests
import TestKit
import Testing

extension KustomizationProofTests {
  /// What kustomize makes of a file before the edit and after it.
  @Suite(
    "What kustomize makes of it",
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"),
      "needs kubectl: apt-get install kubernetes-client"))
  struct Rendered {
    @Test("R7: of every fixture of ours, that one image differs")
    func ours() async throws {
      let (compared, needOthers) = try await compare(KustomizationProofTests.ours)
      #expect(compared >= 200)
      #expect(needOthers <= 6)
    }

    @Test(
      "R7: of every entry of the shared fixtures, that one image differs",
      .enabled(if: Fixtures.areShared, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
    func foreign() async throws {
      let (compared, needOthers) = try await compare(KustomizationProofTests.foreign())
      print("\(compared) edits compared; \(needOthers) are in files that need other files")
      #expect(compared >= 120)
    }

    @Test("R7: of a hundred generated files, that one image differs")
    func generated() async throws {
      let pairs = try KustomizationProofTests.generated(100).map { file in
        let name = GeneratedKustomization.image
        let outcome = try KustomizationEdit.make().apply(to: Array(file.text.utf8))
        return RenderedPair(
          label: file.text, before: Array(file.text.utf8), after: outcome.bytes, image: name,
          expected: "\(file.newName ?? name):1e52216"
            + (file.hasDigest ? "@\(KustomizationProofTests.digest)" : ""),
          neighbours: file.neighbours)
      }
      try await expectOneImage(pairs, refused: [])
    }

    private func compare(
      _ subjects: [Subject]
    ) async throws -> (compared: Int, needOthers: Int) {
      var pairs: [RenderedPair] = []
      var needOthers = 0
      for subject in subjects {
        guard try KustomizeRendering.canStandAlone(subject.file) else {
          needOthers += 1
          continue
        }
        let entries = try WrittenEntry.all(in: subject.file)
        let own = entries.first { $0.name == subject.image }
        let name =
          own.map { $0.newName ?? $0.name } ?? KustomizationProofTests.repository
        for pin in [ImagePin.tag, .digest] {
          let edit = try KustomizationEdit.make(subject.image, pin: pin)
          let after: [UInt8]
          do throws(KustomizationError) {
            after = try edit.apply(to: subject.file).bytes
          } catch {
            continue
          }
          let hasDigest = own?.digest != nil || pin == .digest
          pairs.append(
            RenderedPair(
              label: "\(subject.label), pin: \(pin)", before: subject.file, after: after,
              image: subject.image,
              expected: "\(name):1e52216"
                + (hasDigest ? "@\(KustomizationProofTests.digest)" : ""),
              neighbours: entries.map(\.name).filter { $0 != subject.image }))
        }
        await Task.yield()
      }
      // A plain number is no string to kustomize, and neither is what it finds after a NEL.
      let notTaken = [
        "number-like-unquoted", "unsettled-plain-number", "hand-number-like-unquoted.yaml",
        "unicode-line-ends",
      ]
      try await expectOneImage(
        pairs,
        refused: Set(
          pairs.map(\.label).filter { label in notTaken.contains { label.hasPrefix($0) } }))
      return (pairs.count, needOthers)
    }

    /// - Parameter refused: those that kustomize does not take as they are; what is written may be
    ///   the first that it takes.
    private func expectOneImage(_ pairs: [RenderedPair], refused expected: Set<String>) async throws
    {
      let images = pairs.map { [$0.image] + $0.neighbours + ["unrelated.example.com/other"] }
      let before = try await KustomizeRendering.render(
        pairs.indices.map { ($0, pairs[$0].before, images[$0]) })
      let after = try await KustomizeRendering.render(
        pairs.indices.map { ($0, pairs[$0].after, images[$0]) })
      var refused: Set<String> = []
      for (index, pair) in pairs.enumerated() {
        switch (before[index], after[index]) {
        case (.lines(let old), .lines(let new)): expectOneImage(pair, old, new)
        case (.refused, .lines(let new)):
          refused.insert(pair.label)
          #expect(new.contains { image(in: $0) == pair.expected }, "\(pair.label)")
        case (.refused(let words), .refused):
          refused.insert(pair.label)
          print("kustomize: \(pair.label): \(words)")
        case (.lines, .refused(let words)):
          Issue.record("kustomize refuses what was written: \(pair.label): \(words)")
        }
      }
      #expect(refused == expected)
    }

    private func expectOneImage(_ pair: RenderedPair, _ old: [Substring], _ new: [Substring]) {
      let changed = zip(old, new).filter { $0 != $1 }
      #expect(old.count == new.count, "\(pair.label)")
      #expect(changed.allSatisfy { image(in: $1) == pair.expected }, "\(pair.label) \(changed)")
      // Each workload has one container of the image.
      let workloads = old.count { $0.hasPrefix("kind: ") }
      #expect(changed.count == workloads && workloads > 0, "\(pair.label)")
    }

    private func image(in line: Substring) -> String? {
      line.firstMatch(of: /^ *(?:- )?image: ["']?([^"']*)["']?$/).map { String($0.output.1) }
    }
  }
}

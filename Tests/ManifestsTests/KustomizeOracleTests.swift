import DeployModel
import Foundation
import Manifests
import Posix
import TestKit
import Testing

/// `kubectl kustomize`, which reads what Argo CD reads.
@Suite(
  "What kustomize makes of an edit",
  .enabled(
    if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"),
    "needs kubectl: apt-get install kubernetes-client"))
struct KustomizeOracleTests {
  @Test(
    "R7: a tag that looks like a number arrives as a string, in Deployment and Job alike",
    arguments: ["1234567", "12e4567", "0123456", "0b10101", "0x1a2b3", "deadbee", "null", "1_000"])
  func numberLikeTags(_ tag: String) async throws {
    let file = "resources: [workloads.yaml]\nimages:\n- name: ghcr.io/acme/shop/api\n  newTag: v1\n"
    let outcome = try KustomizationEdit.make(tag: tag).apply(to: Array(file.utf8))
    let images = try await render(outcome.bytes, images: ["ghcr.io/acme/shop/api:latest"])
    #expect(
      images == ["ghcr.io/acme/shop/api:\(tag)", "ghcr.io/acme/shop/api:\(tag)"])
  }

  struct Index: Decodable {
    struct File: Decodable {
      struct Rendering: Decodable {
        var accepted: Bool?
        var rendered: [String]?
      }
      var file: String
      var kustomize_v5_5_0: Rendering?
    }
    var rendered_from: [String]
    var files: [File]
  }

  @Test(
    "R7: of all images rendered, the edited one alone changes, to exactly the new tag",
    .enabled(if: Fixtures.areShared, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
  func everyStyle() async throws {
    let folder = try #require(Fixtures.shared).appending(path: "kustomize")
    let index = try JSONDecoder().decode(
      Index.self, from: Data(contentsOf: folder.appending(path: "index.json")))
    let expected = Dictionary(
      uniqueKeysWithValues: index.files.map { ($0.file, $0.kustomize_v5_5_0?.rendered) })
    var compared = 0
    for fixture in KustomizationCase.all where fixture.pin == .tag {
      guard let after = fixture.bytes("after.yaml"),
        !["everything", "component"].contains(fixture.name),
        let before = expected["hand-\(fixture.name).yaml"] ?? nil
      else { continue }
      let rendered = try await render(after, images: index.rendered_from)
      let position = try #require(
        index.rendered_from.firstIndex(of: "\(fixture.image):latest"), "\(fixture.name)")
      var wanted = before
      let repository =
        fixture.name.hasPrefix("images-")
          && !["images-first", "images-in-the-middle"].contains(fixture.name)
        ? "registry.example.com/built"
        : String(before[position].split(separator: "@")[0].prefix(upTo: tagColon(before[position])))
      let digest = try KustomizationFile.read(after, image: fixture.image)?.digest
      wanted[position] = "\(repository):1e52216" + (digest.map { "@\($0)" } ?? "")
      #expect(rendered.prefix(wanted.count).elementsEqual(wanted), "\(fixture.name)")
      compared += 1
    }
    #expect(compared >= 40)
  }

  @Test("R7: an appended entry is in force, in every style")
  func everyAppendedEntry() async throws {
    var compared = 0
    for fixture in KustomizationCase.all where fixture.name.hasPrefix("append-") {
      let after = try #require(fixture.bytes("after.yaml"))
      guard String(decoding: after, as: UTF8.self).contains("deployment.yaml"),
        fixture.name != "append-everything"
      else { continue }
      let rendered = try await render(after, images: ["\(fixture.image):latest"])
      let wanted = "registry.example.com/built:1e52216"
      #expect(rendered.prefix(2).elementsEqual([wanted, wanted]), "\(fixture.name)")
      compared += 1
    }
    #expect(compared >= 15)
  }

  private func tagColon(_ image: String) -> String.Index {
    let text = image.split(separator: "@")[0]
    let slash = text.lastIndex(of: "/") ?? text.startIndex
    return text[slash...].lastIndex(of: ":") ?? text.endIndex
  }

  /// The images of a Deployment, and then of a Job, that both have these containers.
  private func render(_ kustomization: [UInt8], images: [String]) async throws -> [String] {
    let directory = try TemporaryDirectory()
    try Data(kustomization).write(to: directory.url.appending(path: "kustomization.yaml"))
    let containers = images.enumerated().map {
      "      - name: c\($0.offset)\n        image: \($0.element)"
    }
    .joined(separator: "\n")
    let workloads = [("apps/v1", "Deployment"), ("batch/v1", "Job")].map { version, kind in
      """
      apiVersion: \(version)
      kind: \(kind)
      metadata:
        name: w
      spec:
        template:
          spec:
            containers:
      \(containers)

      """
    }.joined(separator: "---\n")
    for name in ["workloads.yaml", "deployment.yaml"] {
      try directory.write(workloads, to: name)
    }
    for name in ["service.yaml", "pdb.yaml", "migration-job.yaml"] {
      try directory.write(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \(name.dropLast(5))\n", to: name)
    }
    let result = try await ChildProcess(
      "/usr/bin/kubectl", ["kustomize", "--", directory.path],
      environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path], deadline: .seconds(60)
    ).run()
    try #require(result.succeeded, "\(result.errorText)")
    return result.outputText.split(separator: "\n").compactMap { line in
      let line = line.drop { " -".contains($0) }
      guard line.hasPrefix("image: ") else { return nil }
      return line.dropFirst(7).filter { $0 != "\"" && $0 != "'" }
    }
  }
}

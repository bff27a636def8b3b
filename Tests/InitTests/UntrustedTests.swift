import DeployModel
import Foundation
import TestKit
import Testing

@testable import slipway

/// R12, R13: whose repository it is nobody knows.
@Suite struct UntrustedTests {
  private func shop() throws -> SurveyedRepository {
    try SurveyedRepository([
      "api/Dockerfile": "FROM scratch\n",
      "k8s/api/kustomization.yaml": "images:\n- name: ghcr.io/acme/api\n  newTag: x\n",
    ])
  }

  @Test("Symbolic links are not followed, out of the repository or anywhere")
  func links() throws {
    let repository = try shop()
    let outside = try repository.directory.write(
      "images:\n- name: ghcr.io/acme/outside\n", to: "outside/kustomization.yaml")
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: "\(repository.root)/linked",
      withDestinationPath: (outside as NSString).deletingLastPathComponent)
    try manager.createSymbolicLink(
      atPath: "\(repository.root)/Dockerfile.passwd", withDestinationPath: "/etc/passwd")
    try manager.createSymbolicLink(
      atPath: "\(repository.root)/loop", withDestinationPath: ".")
    try manager.createDirectory(
      atPath: "\(repository.root)/.git", withIntermediateDirectories: true)
    try repository.directory.write(
      "[remote \"origin\"]\nurl = https://x.example.com/leaked\n", to: "outside/config")
    try manager.createSymbolicLink(
      atPath: "\(repository.root)/.git/config",
      withDestinationPath: repository.directory.appending("outside/config"))
    let draft = try repository.draft()
    #expect(draft.services.map(\.name) == ["api"])
    #expect(!draft.text.contains("outside"))
    #expect(!draft.text.contains("leaked"))
    #expect(
      draft.doubts.map(\.description).contains(
        "Dockerfile.passwd: it is a symbolic link and was not looked at"))
  }

  @Test("What would block, never end or is too large is named and passed over")
  func files() async throws {
    let repository = try shop()
    try await shell("mkfifo", "\(repository.root)/Dockerfile.pipe")
    try repository.write(
      String(repeating: "# large\n", count: RepositoryFiles.fileLimit / 8 + 1),
      to: "k8s/large/kustomization.yaml")
    try FileManager.default.createDirectory(
      atPath: "\(repository.root)/Dockerfile.directory", withIntermediateDirectories: true)
    try Data([0xFF, 0xFE, 0x00]).write(
      to: URL(fileURLWithPath: "\(repository.root)/k8s/kustomization.yml"))
    let draft = try repository.draft()
    #expect(draft.services.map(\.name) == ["api"])
    let doubts = draft.doubts.map(\.description)
    #expect(
      doubts.contains(
        "k8s/large/kustomization.yaml: it cannot be read: it is larger than 1024 KiB"))
    #expect(doubts.contains("k8s/kustomization.yml: it cannot be read: it is not UTF-8 text"))
  }

  @Test("YAML that is none is named with its line and column, and the rest is read")
  func badYAML() throws {
    let repository = try shop()
    try repository.write("images:\n- name: [\n", to: "k8s/broken/kustomization.yaml")
    try repository.write(
      "on: push\njobs: {a: 1, a: 2}\n", to: ".github/workflows/twice.yml")
    try repository.write("on: {push: [}\n", to: ".github/workflows/bad.yml")
    let draft = try repository.draft()
    #expect(draft.services.map(\.name) == ["api"])
    let doubts = draft.doubts.map(\.description)
    #expect(doubts.contains { $0.hasPrefix("k8s/broken/kustomization.yaml:3:1: this is not YAML") })
    #expect(doubts.contains { $0.hasPrefix(".github/workflows/bad.yml:1:") })
    #expect(doubts.contains { $0.hasPrefix(".github/workflows/twice.yml:2:") }, "\(doubts)")
  }

  @Test(
    "What is nested without end does not end us",
    arguments: ["brackets", "braces", "dashes", "stairs", "questions"])
  func deep(_ shape: String) throws {
    let text =
      switch shape {
      case "brackets": String(repeating: "[", count: 200_000)
      case "braces": String(repeating: "{a: ", count: 200_000)
      case "dashes": "a:\n  " + String(repeating: "- ", count: 200_000)
      case "stairs":
        (0..<1000).map { String(repeating: " ", count: $0) + "a:" }.joined(separator: "\n")
      default: String(repeating: "? ", count: 100_000)
      }
    let repository = try shop()
    try repository.write(text, to: "k8s/deep/kustomization.yaml")
    let draft = try repository.draft()
    #expect(draft.services.map(\.name) == ["api"])
    #expect(draft.doubts.contains { $0.sentence.contains("too deeply") }, "\(draft.doubts)")
  }

  @Test("What people write is not too deep: rules of dashes, scripts, deep manifests")
  func reasonable() throws {
    let rule = String(repeating: "-", count: 100)
    let text = """
      # \(rule)
      a:
        script: |
          \(rule)
          if [[ -f x ]]; then echo '{"a": [1, 2]}'; fi
          -----BEGIN CERTIFICATE-----
        b: {c: [{d: [{e: [{f: [1]}]}]}]}
        - - x
      """.replacing("  - - x", with: "  g: [[x]]")
    #expect(try UntrustedYAML.documents(text).count == 1)
  }

  @Test("A small file that stands for a large one costs little")
  func aliases() throws {
    let repository = try shop()
    var text = "a0: &a0 {containers: [{image: x}]}\n"
    for level in 1...30 {
      text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
    }
    try repository.write(text, to: "k8s/bomb/all.yaml")
    try repository.write("resources: [all.yaml]\n", to: "k8s/bomb/kustomization.yaml")
    // 3 to the 30th containers would not be counted before the test's end.
    #expect(try repository.draft().services.count == 1)
  }

  @Test("Paths that lead out, names that act, values that would break the YAML")
  func hostileValues() throws {
    let repository = try SurveyedRepository([
      ".git/config": "[remote \"origin\"]\nurl = https://bot:hunter2@github.com/acme/sh'op.git\n",
      ".github/workflows/a.yml": """
      on: {push: {paths: ["a'b/**", "x\\n: y", "api/**", "[z-a]", ".github/workflows/a.yml"]}}
      jobs:
        a:
          steps:
          - uses: docker/build-push-action@v6
            with:
              context: ../../../etc
              push: true
              tags: ghcr.io/acme/etc
          - uses: docker/build-push-action@v6
            with:
              context: api
              push: true
              target: "x: {y}\\e[2J"
              build-args: "KEY=it's \\"quoted\\": #not a comment é"
              tags: ghcr.io/acme/api
      """,
      "api/Dockerfile": "FROM scratch\n",
      "k8s/it's {a}: #dir/kustomization.yaml":
        "images:\n- {name: \"na'me: #x\", newName: ghcr.io/acme/api, newTag: x}\n",
    ])
    let draft = try repository.draft()
    #expect(!draft.text.contains("hunter2"))
    #expect(!draft.doubts.map(\.description).joined().contains("hunter2"))
    #expect(!draft.text.contains("\u{1B}"))
    #expect(draft.services.allSatisfy { !$0.context.contains("..") })
    let configuration = try SurveyedRepository.accepted(
      draft.text.replacing("\\U0000001b", with: ""))
    let api = try #require(configuration.services.values.first)
    #expect(api.filter.patterns == ["a'b/**", "api/**"])
    #expect(api.manifest.path.path == "k8s/it's {a}: #dir")
    #expect(api.manifest.imageName == "na'me: #x")
    #expect(api.build.arguments["KEY"] == "it's \"quoted\": #not a comment é")
  }

  @Test("Whatever stands in a file, there is a draft, and what check says of it is about secrets")
  func mutations() throws {
    let pieces = [
      "{", "}", "[", "]", ": ", "- ", "#", "'", "\"", "\n", "\t", "&a", "*a", "|", ">", "\u{0}",
      "é", "..", "/", "~", "null", "${{ env.X }}", "$IMAGE", "images:", "name:", "\u{1B}", "!",
    ]
    var seed: UInt64 = 7
    func next(_ bound: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % bound
    }
    let workflow = MiraiTests.workflow(
      "api", watches: "api", context: "./api", file: "api/Dockerfile", manifests: "k8s/api")
    let kustomization =
      "resources:\n- all.yaml\nimages:\n- name: ghcr.io/acme/mirai-api\n  newTag: x\n"
    let repository = try shop()
    for round in 0..<300 {
      func mutated(_ text: String) -> String {
        var characters = Array(text)
        for _ in 0..<(1 + next(4)) {
          let place = next(characters.count)
          if next(2) == 0 {
            characters.insert(contentsOf: pieces[next(pieces.count)], at: place)
          } else {
            characters.removeSubrange(place..<min(characters.count, place + 1 + next(6)))
          }
        }
        return String(characters)
      }
      try repository.write(mutated(workflow), to: ".github/workflows/api.yml")
      try repository.write(mutated(kustomization), to: "k8s/api/kustomization.yaml")
      try repository.write(mutated("FROM scratch\nARG X\nCOPY a b /c\n"), to: "api/Dockerfile")
      let draft = try repository.draft()
      guard !draft.services.isEmpty else { continue }
      do throws(ConfigurationErrors) {
        _ = try Configuration.parse(
          draft.text, file: "f", path: "/nowhere/f", environment: [:])
      } catch {
        for problem in error.errors {
          #expect(
            problem.sentence.contains("/nowhere/secrets/"),
            "round \(round): \(problem)\n\(draft.text)")
        }
      }
    }
  }
}

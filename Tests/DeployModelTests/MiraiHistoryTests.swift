import DeployModel
import Foundation
import TestKit
import Testing

/// The first 306 commits of the repository that Slipway was made for: paths and times only.
private struct History: Decodable {
  struct Commit: Decodable {
    var sha: String
    var bot: Bool
    var skip_ci: Bool
    var files: [String]
  }

  var services: [String: [String]]
  var commits: [Commit]

  static func load() throws -> History {
    let file = Fixtures.packageRoot.appending(
      path: "Tests/DeployModelTests/Fixtures/mirai/history.json")
    return try JSONDecoder().decode(History.self, from: Data(contentsOf: file))
  }
}

@Suite("R3: the real history of a monorepo with three services")
struct MiraiHistoryTests {
  private let history: History
  private let filters: [String: PathFilter]

  init() throws {
    history = try History.load()
    filters = try history.services.mapValues { try PathFilter(validating: .paths, $0) }
  }

  private func triggered(by commit: History.Commit) -> Set<String> {
    Set(filters.filter { $0.value.firstMatch(in: commit.files) != nil }.keys)
  }

  @Test("every commit triggers exactly the services whose directory or workflow it touches")
  func everyCommit() {
    #expect(history.commits.count == 306)
    for commit in history.commits {
      var expected: Set<String> = []
      for file in commit.files {
        if file.hasPrefix("backend/") { expected.insert("backend") }
        if file.hasPrefix("frontend/") { expected.formUnion(["frontend", "marketing"]) }
        for service in ["backend", "frontend", "marketing"]
        where file == ".github/workflows/build-\(service).yml" {
          expected.insert(service)
        }
      }
      #expect(triggered(by: commit) == expected, "\(commit.sha)")
    }
  }

  @Test("the totals are the ones that were counted by hand")
  func totals() {
    var byService: [String: Int] = [:]
    var bySet: [Set<String>: Int] = [:]
    for commit in history.commits {
      let services = triggered(by: commit)
      for service in services { byService[service, default: 0] += 1 }
      bySet[services, default: 0] += 1
    }
    #expect(byService == ["backend": 64, "frontend": 70, "marketing": 69])
    #expect(
      bySet == [
        []: 197, ["backend"]: 39, ["frontend", "marketing"]: 45, ["backend", "frontend"]: 1,
        ["backend", "frontend", "marketing"]: 24,
      ])
  }

  @Test("the automation's own 143 commits touch only k8s/ and trigger nothing")
  func botCommits() {
    let bots = history.commits.filter(\.bot)
    #expect(bots.count == 143)
    for commit in bots {
      #expect(commit.files.allSatisfy { $0.hasPrefix("k8s/") }, "\(commit.sha)")
      #expect(triggered(by: commit).isEmpty, "\(commit.sha)")
    }
  }

  struct Picked: CustomTestStringConvertible, Sendable {
    var sha: String
    var what: String
    var services: Set<String>
    var testDescription: String { "\(sha): \(what)" }
  }

  @Test(
    "commits picked by hand",
    arguments: [
      Picked(sha: "e5c2216", what: "three files of the backend", services: ["backend"]),
      Picked(sha: "795b358", what: "the bump that followed it", services: []),
      Picked(
        sha: "ba70880", what: "86 files over both trees; marketing was lost that day",
        services: ["backend", "frontend", "marketing"]),
      Picked(
        sha: "e4cd63b", what: "two files of the front end; marketing was lost",
        services: ["frontend", "marketing"]),
      Picked(
        sha: "cbd53a6", what: "one file of the front end; frontend was lost",
        services: ["frontend", "marketing"]),
      Picked(sha: "12efde5", what: "nothing but the backend's workflow", services: ["backend"]),
      Picked(
        sha: "2994e02", what: "two workflows and manifests", services: ["backend", "frontend"]),
      Picked(
        sha: "555892a", what: "the three workflows",
        services: ["backend", "frontend", "marketing"]),
      Picked(sha: "ae13e58", what: "a change to Redis, marked [skip ci]", services: []),
    ])
  func picked(_ row: Picked) throws {
    let commit = try #require(history.commits.first { $0.sha.hasPrefix(row.sha) })
    #expect(triggered(by: commit) == row.services)
  }
}

import DeployModel
import Foundation
import Pipeline
import PipelineKit
import TestKit
import Testing

/// The real history of the repository that Slipway was made for: 306 commits as paths and times.
/// It is made again in git, and every commit is a push.
@Suite struct HistoryReplayTests {
  private struct History: Decodable {
    struct Commit: Decodable {
      var sha: String
      var committed_at: String
      var subject: String?
      var skip_ci: Bool
      var bot: Bool
      var files: [String]
    }

    var services: [String: [String]]
    var commits: [Commit]
  }

  @Test("R3, R4: every push of the real history triggers exactly what its filters imply")
  func replay() async throws {
    let file = Fixtures.packageRoot
      .appending(path: "Tests/DeployModelTests/Fixtures/mirai/history.json")
    let history = try JSONDecoder().decode(History.self, from: Data(contentsOf: file))
    #expect(history.commits.count == 306)
    #expect(history.commits.filter(\.bot).count == 143)

    let directory = try TemporaryDirectory("history")
    let origin = directory.appending("origin.git")
    let commits = try await recreate(history, at: origin)
    let world = try await PipelineWorld.make(
      concurrency: 0,
      monorepo: Monorepo(
        directory: directory, services: history.services.keys.sorted(),
        registry: "registry.test/mirai"))
    world.configuration.filter(history.services)

    var triggered: [String: Int] = [:]
    var previous = String(repeating: "0", count: 40)
    for (commit, sha) in zip(history.commits, commits) {
      try await shell("git", "--git-dir", origin, "update-ref", "refs/heads/main", sha)
      let delivery = try await world.deliver(previous, sha)
      let names = delivery.matches.filter(\.triggered).map(\.service.name)
      if previous.allSatisfy({ $0 == "0" }) {
        #expect(names.sorted() == history.services.keys.sorted(), "no base: every service")
      } else {
        #expect(names.sorted() == implied(commit.files, by: history.services), "\(commit.sha)")
        if commit.bot { #expect(delivery.deployments.isEmpty, "\(commit.sha)") }
        if commit.skip_ci { #expect(delivery.deployments.isEmpty, "\(commit.sha)") }
      }
      for name in names { triggered[name, default: 0] += 1 }
      previous = sha
    }
    #expect(triggered.keys.sorted() == ["backend", "frontend", "marketing"])
  }

  /// By prefix and equality alone, which is what these filters come to.
  private func implied(_ files: [String], by services: [String: [String]]) -> [String] {
    services.filter { _, patterns in
      patterns.contains { pattern in
        files.contains { file in
          pattern.hasSuffix("/**")
            ? file.hasPrefix(String(pattern.dropLast(2))) : file == pattern
        }
      }
    }.keys.sorted()
  }

  /// One `git fast-import`: each commit writes its own id into each of its files.
  private func recreate(_ history: History, at origin: String) async throws -> [String] {
    try await shell("git", "init", "-q", "--bare", "-b", "main", origin)
    var stream = ""
    for (index, commit) in history.commits.enumerated() {
      let message =
        (commit.subject ?? "commit \(index)") + (commit.skip_ci ? "\n\n[skip ci]\n" : "\n")
      stream += "commit refs/heads/history\nmark :\(index + 1)\n"
      stream += "committer Ada <ada@example.com> \(1_764_000_000 + index) +0000\n"
      stream += "data \(message.utf8.count)\n\(message)"
      for path in commit.files {
        stream += "M 100644 inline \(quoted(path))\ndata \(commit.sha.utf8.count)\n\(commit.sha)\n"
      }
      stream += "\n"
    }
    try await shell("git", "--git-dir", origin, "fast-import", "--quiet", input: stream)
    return try await shell("git", "--git-dir", origin, "rev-list", "--reverse", "history")
      .split(separator: "\n").map(String.init)
  }

  private func quoted(_ path: String) -> String {
    "\"" + path.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

extension ConfigurationInForce {
  fileprivate func filter(_ patterns: [String: [String]]) {
    var configuration = current
    for (name, paths) in patterns {
      guard let service = ServiceName(name) else { continue }
      configuration.services[service]?.filter = PathFilter(.paths, paths)
    }
    replace(with: configuration)
  }
}

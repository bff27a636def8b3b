import DeployModel
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("What lies between two deployments")
struct ComparisonTests {
  @Test("The commits between two sources are listed in both directions, without Slipway's own")
  func between() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.start()
    var sources: [String] = []
    for version in 1...3 {
      try await world.pipeline.push(["backend"], version: "\(version)")
      let deployment = try await world.pipeline.reach("backend-\(version)", .committed)
      sources.append(try #require(deployment.source?.commit.hex))
    }
    let ahead = try await world.call(
      .get, "/api/v1/compare?from=backend-1&to=backend-3", token: APIWorld.reader)
    #expect(ahead.status == 200)
    let json = try ahead.json()
    #expect(json["direction"] as? String == "ahead")
    #expect(json["base"] as? String == sources[0])
    #expect(json["truncated"] as? Bool == false)
    let commits = try #require(json["commits"] as? [[String: String]])
    #expect(commits.compactMap { $0["commit"] } == [sources[2], sources[1]])
    let behind = try await world.call(.get, "/api/v1/compare?from=backend-3&to=backend-1")
    #expect(try behind.string("direction") == "behind")
    #expect(
      (try behind.json()["commits"] as? [[String: String]])?.compactMap { $0["commit"] }
        == [sources[2], sources[1]])
    let same = try await world.call(.get, "/api/v1/compare?from=backend-1&to=backend-1")
    #expect(try same.string("direction") == "same")
    #expect((try same.json()["commits"] as? [Any])?.isEmpty == true)
  }

  @Test(
    "Bad input is named",
    arguments: [
      ("from=backend-1", 400, "to must be a deployment's id"),
      ("from=b&to=backend-1", 400, "from must be"),
      ("from=backend-1&to=backend-9", 404, "there is no deployment backend-"),
    ])
  func badInput(_ query: String, _ status: Int, _ detail: String) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let reply = try await world.call(.get, "/api/v1/compare?\(query)")
    #expect(reply.status == status)
    #expect(try reply.string("detail")?.contains(detail) == true)
  }
}

import DeployModel
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("What is measured")
struct StatsTests {
  private func withOneLive() async throws -> APIWorld {
    let world = try await APIWorld.make()
    world.pipeline.start()
    try await world.pipeline.push(["backend"], version: "1")
    try await world.pipeline.reach("backend-1", .committed)
    return world
  }

  @Test("Without a service all are measured together, over thirty days")
  func together() async throws {
    let world = try await withOneLive()
    let reply = try await world.call(.get, "/api/v1/stats", token: APIWorld.reader)
    #expect(reply.status == 200)
    let json = try reply.json()
    #expect(json["window"] as? String == "30d")
    let services = try #require(json["services"] as? [[String: Any]])
    #expect(services.count == 1)
    #expect(reply.text.contains(#""service":null"#))
    let counts = try #require(services[0]["deployments"] as? [String: Any])
    #expect(counts["live"] as? Int == 1)
    #expect((counts["perDay"] as? [[String: Any]])?.count == 1)
    let stages = try #require(services[0]["stages"] as? [[String: Any]])
    #expect(
      stages.compactMap { $0["stage"] as? String }
        == ["queued", "building", "publishing", "committing"])
    #expect((services[0]["leadTime"] as? [String: Any])?["count"] as? Int == 1)
    #expect(services[0]["changeFailureRate"] as? Double == 0)
  }

  @Test("Each service that is asked for is measured by itself")
  func each() async throws {
    let world = try await withOneLive()
    let reply = try await world.call(
      .get, "/api/v1/stats?service=frontend&service=backend&window=7d")
    let services = try #require(try reply.json()["services"] as? [[String: Any]])
    #expect(services.compactMap { $0["service"] as? String } == ["frontend", "backend"])
    let live = services.compactMap { ($0["deployments"] as? [String: Any])?["live"] as? Int }
    #expect(live == [0, 1])
  }

  @Test(
    "Bad input is named",
    arguments: [
      ("window=7", "window must be a duration"), ("window=400d", "at most 366d"),
      ("window=0d", "window must be"), ("service=nope", "there is no service nope"),
      ("since=1d", "no query parameter named since"),
    ])
  func badInput(_ query: String, _ detail: String) async throws {
    let world = try await APIWorld.make()
    let reply = try await world.call(.get, "/api/v1/stats?\(query)")
    #expect(reply.status == 400)
    #expect(try #require(try reply.string("detail")).contains(detail))
  }
}

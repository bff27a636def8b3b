import DeployModel
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("What would be committed, before anything is")
struct DryRunTests {
  private func twice(migrations: String? = nil) async throws -> APIWorld {
    let world = try await PipelineWorld.make(services: ["backend"], migrations: migrations)
    world.start()
    for version in 1...2 {
      try await world.push(["backend"], version: "\(version)")
      try await world.reach("backend-\(version)", .committed)
    }
    return try APIWorld(world, repositories: [("shop", world.monorepo.url, "main")])
  }

  private let rollback = "/api/v1/services/backend/rollback"
  private let deploy = "/api/v1/services/backend/deployments"

  @Test("A rollback's preview says the commit's subject, file and tags, and changes nothing")
  func rollbackPreview() async throws {
    let world = try await twice()
    let first = try await world.pipeline.deployment("backend-1")
    let second = try await world.pipeline.deployment("backend-2")
    let reply = try await world.call(.post, rollback, body: #"{"dryRun": true}"#)
    #expect(reply.status == 200)
    let json = try reply.json()
    #expect(json["dryRun"] as? Bool == true)
    #expect(json["hold"] as? String == "until-released")
    let to = try #require(json["to"] as? [String: String])
    let tag = try #require(first.image?.tag.name)
    #expect(to["deployment"] == "backend-1" && to["tag"] == tag)
    let commit = try #require(json["commit"] as? [String: Any])
    #expect(commit["subject"] as? String == "chore: rollback backend to \(tag)")
    #expect(commit["path"] as? String == "k8s/backend")
    #expect(
      commit["changes"] as? [[String: String]]
        == [["from": try #require(second.image?.tag.name), "to": tag]])
    #expect(try await world.pipeline.state("backend").hold == nil)
    #expect(try await world.pipeline.tagInGit("backend") == second.image?.tag.name)
    let audit = try await world.call(.get, "/api/v1/audit")
    #expect(try (audit.json()["items"] as? [Any])?.isEmpty == true)
  }

  @Test("R9: the preview shows the migrations that the rollback would be refused for")
  func migrations() async throws {
    let world = try await twice(migrations: "backend/**")
    let preview = try await world.call(.post, rollback, body: #"{"dryRun": true}"#)
    let files = try #require(try preview.json()["migrations"] as? [String])
    #expect(!files.isEmpty && files.allSatisfy { $0.hasPrefix("backend/") })
    let refused = try await world.call(.post, rollback, body: #"{"reason": "broken"}"#)
    #expect(refused.status == 409)
    #expect(try refused.json()["files"] as? [String] == files)
  }

  @Test("What would be refused is refused")
  func refused() async throws {
    let world = try await twice()
    let none = try await world.call(
      .post, rollback, body: #"{"dryRun": true, "to": "backend-2"}"#)
    #expect(none.status == 409)
    let held = "/api/v1/services/backend/hold"
    _ = try await world.call(.post, held, body: #"{"reason": "freeze"}"#)
    try await world.pipeline.push(["backend"], version: "3")
    let deployment = try await world.call(.post, deploy, body: #"{"dryRun": true}"#)
    #expect(deployment.status == 409)
    #expect(try deployment.string("detail")?.contains("on hold: freeze") == true)
    let reader = try await world.call(
      .post, rollback, body: #"{"dryRun": true}"#, token: APIWorld.reader)
    #expect(reader.status == 403)
  }

  @Test("A deployment's preview says what it would be built from")
  func deployPreview() async throws {
    let world = try await twice()
    let (_, after) = try await world.pipeline.monorepo.change(["backend"], to: "3")
    let reply = try await world.call(.post, deploy, body: #"{"dryRun": true}"#)
    #expect(reply.status == 200)
    let json = try reply.json()
    #expect((json["source"] as? [String: String])?["commit"] == after)
    let commit = try #require(json["commit"] as? [String: Any])
    #expect(
      commit["subject"] as? String == "chore: update backend image to \(after.prefix(7))")
    #expect(reply.text.contains(#""to":null"#))
  }
}

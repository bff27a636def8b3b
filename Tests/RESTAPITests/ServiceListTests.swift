import DeployModel
import HTTPTypes
import PipelineKit
import Testing

@testable import RESTAPI

@Suite("The list of services")
struct ServiceListTests {
  /// `gone` is not configured, and has a history.
  private func makeWorld() async throws -> APIWorld {
    let world = try await APIWorld.make(services: ["backend", "frontend", "worker"])
    try await world.pipeline.store.placeHold(
      Hold(
        until: .released, reason: "moved away", actor: "ana",
        since: Timestamp(milliseconds: 1), sequence: 0),
      on: try serviceName("gone"))
    return world
  }

  @Test("Pages go by name, over what is configured and what once was, each once")
  func pages() async throws {
    let world = try await makeWorld()
    var names: [String] = []
    var cursor: String?
    var pages = 0
    repeat {
      let query = "?limit=3" + (cursor.map { "&cursor=\($0)" } ?? "")
      let reply = try await world.call(
        .get, "/api/v1/services\(query)", token: APIWorld.reader)
      #expect(reply.status == 200)
      let json = try reply.json()
      let items = try #require(json["items"] as? [[String: Any]])
      names += items.compactMap { $0["name"] as? String }
      cursor = json["nextCursor"] as? String
      pages += 1
    } while cursor != nil && pages < 9
    #expect(names == ["backend", "frontend", "gone", "worker"])
    #expect(pages == 2)
  }

  @Test("A cursor is a place, and need not be a service that is still there")
  func cursor() async throws {
    let world = try await makeWorld()
    let reply = try await world.call(.get, "/api/v1/services?cursor=front")
    let items = try #require(try reply.json()["items"] as? [[String: Any]])
    #expect(items.compactMap { $0["name"] as? String } == ["frontend", "gone", "worker"])
    #expect(try await world.call(.get, "/api/v1/services?cursor=Not%20one").status == 400)
  }

  @Test("One is answered as the list has it; an unknown one is not")
  func one() async throws {
    let world = try await makeWorld()
    let gone = try await world.call(.get, "/api/v1/services/gone").json()
    #expect((gone["hold"] as? [String: Any])?["reason"] as? String == "moved away")
    #expect(try await world.call(.get, "/api/v1/services/backend").status == 200)
    #expect(try await world.call(.get, "/api/v1/services/unknown").status == 404)
  }
}

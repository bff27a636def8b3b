import DeployModel
import Foundation
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("What targets were told, and what they were not")
struct NotificationEndpointTests {
  private let clock = ManualClock()

  /// Nobody sends: what is owed is as the test leaves it. The deployment is cancelled, and owed to
  /// `ops` alone.
  private func makeWorld(count: Int = 1) async throws -> (APIWorld, [NotificationID]) {
    let world = try await APIWorld.make(clock: clock)
    let filter = NotificationFilter(target: try #require(TargetName("ops")))
    world.pipeline.reconfigure { $0.notifications = [filter] }
    world.pipeline.store.notify([filter])
    var ids: [NotificationID] = []
    for _ in 1...count {
      let id = try await world.makeDeployment()
      try await world.end(id)
      let owed = try await world.pipeline.store.nextNotification(to: filter.target, of: id)
      ids.append(try #require(owed).id)
    }
    return (world, ids)
  }

  private func giveUp(_ id: NotificationID, in world: APIWorld) async throws {
    try await world.pipeline.store.settle(
      id, .dead(because: "the receiver answered 410"), at: clock.now())
  }

  @Test("one is shown whole, with the members of the contract")
  func shape() async throws {
    let (world, ids) = try await makeWorld()
    try await giveUp(ids[0], in: world)
    let reply = try await world.call(
      .get, "/api/v1/notifications/\(ids[0])", token: APIWorld.reader)
    #expect(reply.status == 200)
    let expected: [String: String] = [
      "id": ids[0].description, "target": "ops", "event": "backend-1.2.1764753577000",
      "deployment": "backend-1", "service": "backend", "deploymentState": "cancelled",
      "happenedAt": "2025-12-03T09:19:37.000Z", "state": "dead",
      "endedAt": "2025-12-03T09:19:37.000Z", "lastError": "the receiver answered 410",
    ]
    let json = try reply.json()
    #expect(json.compactMapValues { $0 as? String } == expected)
    #expect(json["attempts"] as? Int == 1)
    #expect(json["nextAttemptAt"] is NSNull)
    #expect(json.count == expected.count + 2)
    #expect(try await world.call(.get, "/api/v1/notifications/n99999").status == 404)
    #expect(try await world.call(.get, "/api/v1/notifications/backend-1").status == 404)
  }

  @Test("the list has pages, newest first, and states")
  func list() async throws {
    let (world, ids) = try await makeWorld(count: 5)
    try await giveUp(ids[1], in: world)
    try await giveUp(ids[3], in: world)
    func listed(_ query: String) async throws -> (ids: [String], cursor: String?) {
      let reply = try await world.call(
        .get, "/api/v1/notifications\(query)", token: APIWorld.reader)
      #expect(reply.status == 200)
      let items = try #require(try reply.json()["items"] as? [[String: Any]])
      return (items.compactMap { $0["id"] as? String }, try reply.json()["nextCursor"] as? String)
    }
    let names = ids.map(\.description)
    #expect(try await listed("").ids == names.reversed())
    #expect(try await listed("?state=dead").ids == [names[3], names[1]])
    #expect(try await listed("?state=dead&state=pending").ids == names.reversed())
    #expect(try await listed("?state=delivered").ids == [])
    let first = try await listed("?limit=2")
    #expect(first.ids == [names[4], names[3]])
    let cursor = try #require(first.cursor)
    #expect(try await listed("?limit=2&cursor=\(cursor)").ids == [names[2], names[1]])
  }

  @Test(
    "a query that is not understood is named",
    arguments: [
      ("state=lost", "state must be pending, delivered or dead"), ("limit=0", "limit must be"),
      ("cursor=1", "cursor must be"), ("target=ops", "no query parameter named target"),
    ])
  func badQuery(_ query: String, _ detail: String) async throws {
    let (world, _) = try await makeWorld()
    let reply = try await world.call(.get, "/api/v1/notifications?\(query)")
    #expect(reply.status == 400)
    #expect(try #require(try reply.string("detail")).contains(detail))
  }

  @Test("R13: sending again needs the role, is audited, and is refused for what is pending")
  func redeliver() async throws {
    let (world, ids) = try await makeWorld()
    let path = "/api/v1/notifications/\(ids[0])/redeliver"
    #expect(try await world.call(.post, path).status == 409)
    try await giveUp(ids[0], in: world)
    for token in [APIWorld.reader, APIWorld.backendOnly] {
      #expect(try await world.call(.post, path, token: token).status == 403)
    }
    #expect(try await world.call(.post, path, token: nil).status == 401)
    let reply = try await world.call(.post, path, body: #"{"reason":"it is back"}"#)
    #expect(reply.status == 202)
    #expect(reply.headers[.location] == "/api/v1/notifications/\(ids[0])")
    #expect(try reply.string("state") == "pending")
    #expect(reply.text.contains(#""attempts":0"#))
    let audit = try await world.call(.get, "/api/v1/audit")
    let entries = try #require(try audit.json()["items"] as? [[String: Any]])
    #expect(entries.compactMap { $0["subject"] as? String } == [ids[0].description])
    #expect(entries.first?["reason"] as? String == "it is back")
    #expect(try await world.call(.post, "/api/v1/notifications/n99999/redeliver").status == 404)

    world.pipeline.reconfigure { $0.notifications = [] }
    try await giveUp(ids[0], in: world)
    let gone = try await world.call(.post, path)
    #expect(gone.status == 409)
    #expect(try #require(try gone.string("detail")).contains("is for ops, which is not one of"))
  }

  @Test("what waits is counted for each configured target")
  func metrics() async throws {
    let (world, _) = try await makeWorld(count: 3)
    let reply = try await world.call(.get, "/metrics")
    #expect(reply.text.contains(#"slipway_notifications_pending{target="ops"} 3"#))
  }
}

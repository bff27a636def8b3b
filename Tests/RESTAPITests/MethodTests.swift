import DeployModel
import HTTPServer
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// HEAD, OPTIONS and 405 (RFC 9110 sections 9.3 and 15.5.6), for every route there is.
@Suite struct MethodTests {
  private func path(_ pattern: String, notification: String = "n1") -> String {
    pattern.replacing("{notification}", with: notification)
      .replacing("{service}", with: "backend").replacing("{id}", with: "backend-1")
      .replacing("{guid}", with: "delivery-1").replacing("{repository}", with: "shop")
      .replacing("{version}", with: "any").replacing("{file}", with: "app.js")
  }

  @Test("HEAD says of every GET what GET would say")
  func head() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.store.notify([
      NotificationFilter(target: try #require(TargetName("ops")), states: [.queued])
    ])
    try await world.pipeline.push(["backend"], version: "1")
    let owed = try await world.pipeline.store.notifications(NotificationQuery()).items
    let notification = try #require(owed.first).id.description
    let backend = try serviceName("backend")
    world.pipeline.reconfigure {
      $0.services[backend]?.argocd = [
        ArgoCDApplication(
          application: "shop-backend", project: nil, appNamespace: nil)
      ]
    }
    world.pipeline.rollouts.show(Rollout(), for: "shop-backend")
    let gets = world.router.routes.filter { $0.method == .get }
    #expect(gets.count > 10)
    for (_, pattern) in gets {
      let query = pattern == "/api/v1/compare" ? "?from=backend-1&to=backend-1" : ""
      let target = path(pattern, notification: notification) + query
      let get = await world.respond(.get, target)
      let head = await world.respond(.head, target)
      #expect(get.status == .ok, "\(pattern)")
      #expect(head.status == get.status, "\(pattern)")
      #expect(lasting(head.headers) == lasting(get.headers), "\(pattern)")
    }
  }

  /// Without the newest event, which moves on while a pipeline is at work.
  private func lasting(_ headers: HTTPFields) -> HTTPFields {
    var headers = headers
    headers[.slipwayEvent] = nil
    return headers
  }

  @Test("405 and OPTIONS name exactly the methods of every path")
  func allow() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var methods: [String: Set<String>] = [:]
    for (method, pattern) in world.router.routes {
      methods[path(pattern), default: ["OPTIONS"]].insert(method.rawValue)
      if method == .get { methods[path(pattern)]?.insert("HEAD") }
    }
    for (path, allowed) in methods {
      let names = allowed.sorted().joined(separator: ", ")
      let options = try await world.call(.options, path, token: nil)
      #expect(options.status == 204, "\(path)")
      #expect(options.headers[.allow] == names, "\(path)")
      for method: HTTPRequest.Method in [.get, .post, .put, .delete, .patch, .trace]
      where !allowed.contains(method.rawValue) {
        let refused = try await world.call(method, path, token: nil)
        #expect(refused.status == 405, "\(method) \(path)")
        #expect(refused.headers[.allow] == names, "\(method) \(path)")
        #expect(try refused.string("instance") == path)
      }
    }
  }

  @Test("nothing is ever 406: who wants something else gets what there is")
  func accept() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let fields: HTTPFields = [
      .accept: "image/png", .acceptEncoding: "identity;q=0, *;q=0", .acceptLanguage: "tlh",
    ]
    for path in ["/api/v1/services", "/openapi.yaml", "/livez"] {
      #expect(try await world.call(.get, path, headers: fields).status == 200)
    }
  }
}

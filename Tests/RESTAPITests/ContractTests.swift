import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import PipelineKit
import TestKit
import Testing
import Yams

@testable import RESTAPI

@Suite struct ContractTests {
  private let methods = ["get", "post", "put", "patch", "delete"]

  private func document() throws -> [String: Any] {
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "openapi.yaml"), encoding: .utf8)
    return try #require(try Yams.load(yaml: text) as? [String: Any])
  }

  @Test("openapi.yaml and the router's table name the same calls")
  func routes() async throws {
    let paths = try #require(try document()["paths"] as? [String: [String: Any]])
    let written = paths.flatMap { path, operations in
      operations.keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
    }
    let world = try await APIWorld.make(services: ["backend"])
    let routed = world.router.routes.map { "\($0.method.rawValue) \($0.pattern)" }
    #expect(Set(written) == Set(routed))
  }

  @Test("The server serves the contract as it stands in the repository")
  func served() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await world.call(.get, "/openapi.yaml", token: nil)
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "openapi.yaml"), encoding: .utf8)
    #expect(answer.text == text)
  }

  @Test("A deployment has exactly the members that the contract requires or allows")
  func deploymentShape() async throws {
    let schemas = try #require(
      (try document()["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.start()
    try await world.pipeline.push(["backend"], version: "1")
    try await world.pipeline.reach("backend-1", .committed)
    for (path, name) in [
      ("/api/v1/deployments/backend-1", "Deployment"), ("/api/v1/services/backend", "Service"),
      ("/api/v1/deliveries/delivery-1", "Delivery"),
    ] {
      let schema = try #require(schemas[name])
      let properties = try #require(schema["properties"] as? [String: Any])
      let required = try #require(schema["required"] as? [String])
      let answered = Set(try await world.call(.get, path).json().keys)
      #expect(answered.isSubset(of: properties.keys), "\(name)")
      #expect(Set(required).isSubset(of: answered), "\(name)")
    }
  }
}

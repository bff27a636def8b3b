import APIClient
import DeployModel
import Foundation
import TestKit
import Testing
import Yams

/// The client calls what `openapi.yaml` says, and reads what it says.
@Suite struct ContractTests {
  private func document() throws -> [String: Any] {
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "openapi.yaml"), encoding: .utf8)
    return try #require(try Yams.load(yaml: text) as? [String: Any])
  }

  private func operation(_ call: ContractCall) throws -> [String: Any] {
    let paths = try #require(try document()["paths"] as? [String: [String: Any]])
    return try #require(
      paths[call.pattern]?[call.method.lowercased()] as? [String: Any], "\(call.rawValue)")
  }

  @Test(
    "Every call of the client is one of the contract's, under its name",
    arguments: ContractCall.allCases)
  func calls(_ call: ContractCall) throws {
    #expect(try operation(call)["operationId"] as? String == "\(call)")
  }

  @Test(
    "What may be repeated with a key is what takes one and changes something",
    arguments: ContractCall.allCases)
  func keys(_ call: ContractCall) throws {
    let parameters = try operation(call)["parameters"] as? [[String: Any]] ?? []
    let takesKey = parameters.contains {
      $0["$ref"] as? String == "#/components/parameters/IdempotencyKey"
    }
    #expect(takesKey == call.isChange)
  }

  @Test("The contract's own examples can be read, and hold every member that is read of them")
  func examples() throws {
    let services = try example(
      of: "Service", at: "/api/v1/services", ListRecord<ServiceRecord>.self, \.items)
    #expect(services.first?.current?.tag == "e5c2216")
    #expect(services.first?.inFlight == ["backend-43"])
    let deployment = try example(
      of: "Deployment", at: "/api/v1/deployments/{id}", DeploymentRecord.self, { [$0] }
    ).first
    #expect(deployment?.failure?.code == "build_failed")
    #expect(deployment?.timeline?.map(\.state) == ["queued", "building", "failed"])
    #expect(deployment?.isOver == true && deployment?.isDone == false)
    #expect(deployment?.createdAt.milliseconds == 1_764_753_460_112)
    let deliveries = try example(
      of: "Delivery", at: "/api/v1/deliveries", ListRecord<DeliveryRecord>.self, \.items)
    #expect(deliveries.first?.services.map(\.triggered) == [true, false])
    let plan = try example(of: "Plan", at: "/api/v1/plan", PlanRecord.self, { [$0] })
    #expect(plan.first?.files == ["backend/main.go"])
    let preview = try example(
      of: "Preview", at: "/api/v1/services/{service}/rollback", PreviewRecord.self, { [$0] })
    #expect(preview.first?.to?.deployment == "backend-40")
    let comparison = try example(
      of: "Comparison", at: "/api/v1/compare", ComparisonRecord.self, { [$0] })
    #expect(comparison.first?.commits.first?.subject == "fix: retry checkout")
    let stats = try example(of: "Stats", at: "/api/v1/stats", StatsRecord.self, { [$0] })
    #expect(stats.first?.services.first?.timeToRestore.p50 == 312_000)
  }

  /// Decodes the example of a call's answer, and holds the members that the type has against the
  /// schema.
  private func example<Answer: Decodable, Shape>(
    of schema: String, at path: String, _ type: Answer.Type, _ shapes: (Answer) -> [Shape]
  ) throws -> [Shape] {
    let document = try document()
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    let operation = try #require((paths[path]?["get"] ?? paths[path]?["post"]) as? [String: Any])
    let responses = try #require(operation["responses"] as? [String: [String: Any]])
    let content = try #require(responses["200"]?["content"] as? [String: [String: Any]])
    let example = try #require(content["application/json"]?["example"])
    let data = try JSONSerialization.data(withJSONObject: example)
    let found = shapes(try JSONDecoder().decode(type, from: data))
    let schemas = (document["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]]
    let properties = try #require(schemas?[schema]?["properties"] as? [String: Any])
    let members = Mirror(reflecting: try #require(found.first)).children.compactMap(\.label)
    #expect(Set(members) == Set(properties.keys), "\(schema)")
    return found
  }
}

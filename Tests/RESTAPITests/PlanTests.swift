import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("Which services a push would deploy")
struct PlanTests {
  private let path = "/api/v1/plan"

  private func body(_ before: String, _ after: String) -> String {
    #"{"repository":"shop","before":"\#(before)","after":"\#(after)"}"#
  }

  private func triggered(in plan: APIReply) throws -> [String] {
    let services = try #require(try plan.json()["services"] as? [[String: Any]])
    return services.filter { $0["triggered"] as? Bool == true }.compactMap { $0["name"] as? String }
  }

  @Test("R12: what the mirror has is not fetched for a plan: it is made while the remote is away")
  func fetchesOnce() async throws {
    let world = try await APIWorld.make()
    let monorepo = world.pipeline.monorepo
    let (before, after) = try await monorepo.change(["backend"], to: "1")
    let first = try await world.call(.post, path, body: body(before, after))
    #expect(first.status == 200)
    #expect(try triggered(in: first) == ["backend"])
    let (_, newer) = try await monorepo.change(["frontend"], to: "2")
    try FileManager.default.moveItem(atPath: monorepo.origin, toPath: monorepo.origin + ".away")
    let again = try await world.call(.post, path, body: body(before, after))
    #expect(try triggered(in: again) == ["backend"])
    #expect(try await world.call(.post, path, body: body(after, newer)).status == 503)
  }

  @Test("R12: four are made at once; who comes then is asked to come again")
  func bounded() async throws {
    let world = try await APIWorld.make()
    let (before, after) = try await world.pipeline.monorepo.change(["backend"], to: "1")
    let endpoint = PlanEndpoint(pipeline: world.pipeline.pipeline)
    let call = APICall(
      requestID: "request-1", method: "POST", path: path, parameters: [:],
      query: try QueryReader(nil), body: Array(body(before, after).utf8), idempotencyKey: nil,
      caller: Caller(name: "reader", role: .read, services: nil), credential: .none)
    var permits = (0..<PlanEndpoint.atOnce).map { _ in endpoint.running.take() }
    let refused = await #expect(throws: Problem.self) { try await endpoint.plan(call) }
    #expect(refused?.status == 503)
    permits.removeLast()
    #expect(try await endpoint.plan(call).status == 200)
    #expect(endpoint.running.inUse == permits.count)
  }
}

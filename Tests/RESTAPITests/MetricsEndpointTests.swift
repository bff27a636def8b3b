import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import HTTPWire
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite("GET /metrics")
struct MetricsEndpointTests {
  @Test("It needs a token that may read")
  func needsToken() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    #expect(try await world.call(.get, "/metrics", token: nil).status == 401)
    let reply = try await world.call(.get, "/metrics", token: APIWorld.reader)
    #expect(reply.status == 200)
    #expect(reply.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
  }

  @Test("A deployment's way through the line is counted once, with its stages")
  func line() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.start()
    try await world.pipeline.push(["backend"], version: "1")
    try await world.pipeline.reach("backend-1", .committed)
    let ended =
      #"slipway_deployments_total{service="backend",cause="push",result="committed"} 1"#
    try await eventually("the deployment to be counted") {
      try await world.call(.get, "/metrics").text.contains(ended)
    }
    let text = try await world.call(.get, "/metrics").text
    #expect(text.contains(#"slipway_stage_duration_seconds_count{stage="building"} 1"#))
    #expect(text.contains("slipway_push_to_live_seconds_count 1\n"))
    #expect(text.contains(#"slipway_manifest_pushes_total{result="landed"} 1"#))
    #expect(text.contains("slipway_manifest_batch_commits_sum 1\n"))
    #expect(text.contains(#"slipway_deployments_in_flight{state="queued"} 0"#))
    #expect(text.contains("slipway_services 1\n"))
    #expect(text.contains("slipway_services_behind 0\n"))
  }

  @Test("Requests are counted by area and status; what strangers ask for makes no series")
  func requests() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let handler = MeteringHandler(
      world.router, registry: world.pipeline.pipeline.parts.metrics.registry)
    for path in ["/livez", "/api/v1/services", "/x1", "/x2"] {
      _ = await handler.respond(
        to: ServerRequest(id: "r", method: .get, path: path, headers: RequestFields([:])))
    }
    let text = try await world.call(.get, "/metrics").text
    #expect(text.contains(#"slipway_http_requests_total{area="operation",code="200"} 1"#))
    #expect(text.contains(#"slipway_http_requests_total{area="api",code="401"} 1"#))
    #expect(text.contains(#"slipway_http_requests_total{area="other",code="404"} 2"#))
    #expect(text.contains(#"slipway_http_request_seconds_count{area="other"} 2"#))
    #expect(!text.contains("/x1"))
  }

  @Test("The dashboard and the alerts of docs/ ask for metrics that there are")
  func documented() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    _ = MeteringHandler(world.router, registry: world.pipeline.pipeline.parts.metrics.registry)
    let text = try await world.call(.get, "/metrics").text
    let names = Set(
      text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
        .compactMap { $0.split(separator: " ").dropFirst(2).first.map(String.init) })
    for file in ["grafana.json", "alerts.yaml"] {
      let asked = try String(
        contentsOf: Fixtures.packageRoot.appending(path: "docs/prometheus/\(file)"), encoding: .utf8
      )
      let found = asked.matches(of: /slipway_[a-z_]+/).map { String($0.output) }
      #expect(!found.isEmpty)
      for name in found where !names.contains(name) {
        let family = ["_bucket", "_count", "_sum"].first { name.hasSuffix($0) }
          .map { String(name.dropLast($0.count)) }
        // Those that only the whole process has.
        let isElsewhere = name == "slipway_http_connections"
        #expect(isElsewhere || family.map(names.contains) == true, "\(file): \(name)")
      }
    }
  }
}

import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

@Suite struct BadInputTests {
  @Test(
    "Bad bodies are refused with every member that is wrong",
    arguments: [
      ("/api/v1/services/backend/rollback", "{", 400, "JSON"),
      ("/api/v1/services/backend/rollback", "{}", 422, "reason is required"),
      ("/api/v1/services/backend/rollback", #"{"reason":7}"#, 422, "reason must be a string"),
      ("/api/v1/services/backend/rollback", #"{"reason":"r","hold":"x"}"#, 422, "hold must be"),
      ("/api/v1/services/backend/rollback", #"{"reason":"r","tto":"x"}"#, 422, "tto is not"),
      ("/api/v1/services/backend/rollback", #"{"reason":"r"}"#, 422, "nothing to go back to"),
      ("/api/v1/services/backend/rollback", #"{"reason":"r","to":"v9"}"#, 422, "neither"),
      ("/api/v1/services/nope/rollback", #"{"reason":"r"}"#, 404, "no service nope"),
      ("/api/v1/services/backend/hold", #"{"reason":"r","until":"5x"}"#, 422, "until must be"),
      ("/api/v1/services/backend/hold", #"{"reason":"r","until":"367d"}"#, 422, "at most 366d"),
      ("/api/v1/services/backend/deployments", #"{"reason":"r","ref":"--x"}"#, 422, "--x"),
      ("/api/v1/services/backend/deployments", #"{"reason":"r","ref":"nope"}"#, 422, "nope"),
      ("/api/v1/deployments/backend-9/cancel", "", 404, "backend-9"),
      ("/api/v1/deployments/backend-9/retry", "", 404, "backend-9"),
      ("/api/v1/deliveries/unknown/redeliver", "", 404, "unknown"),
      ("/api/v1/plan", #"{"repository":"shop","before":"x","after":"y"}"#, 422, "commit id"),
    ])
  func bodies(_ path: String, _ body: String, _ status: Int, _ words: String) async throws {
    let world = try await APIWorld.make()
    let answer = try await world.call(.post, path, body: body)
    #expect(answer.status == status, "\(answer.text)")
    #expect(answer.headers[.contentType] == "application/problem+json")
    #expect(answer.text.contains(words), "\(answer.text)")
    let problem = try answer.json()
    #expect(problem["requestId"] as? String == "request-1")
    #expect(problem["instance"] as? String == path)
  }

  @Test("Text is limited in code points, as JSON Schema counts them")
  func lengths() async throws {
    let world = try await APIWorld.make()
    func hold(for length: Int) async throws -> APIReply {
      try await world.call(
        .post, "/api/v1/services/backend/hold",
        body: #"{"reason":"\#(String(repeating: "ü", count: length))"}"#)
    }
    #expect(try await hold(for: 1000).status == 200)
    let refused = try await hold(for: 1001)
    #expect(refused.status == 422)
    #expect(refused.text.contains("reason is longer than 1000 characters"))
  }

  @Test("R12: of what is wrong twenty are named, shortened, and the log repeats none at length")
  func manyErrors() async throws {
    let log = RecordedLog()
    let pipeline = try await PipelineWorld.make(services: ["backend"])
    let world = try APIWorld(
      pipeline, repositories: [("shop", pipeline.monorepo.url, "main")], logger: log.logger)
    let names = (0..<5000).map { #""\u0001\#($0)":1"# }
    let long = String(repeating: "\u{301}", count: 20_000)
    for body in ["{\(names.joined(separator: ","))}", #"{"reason":"r","\#(long)":1}"#] {
      let answer = try await world.call(
        .post, "/api/v1/services/backend/hold", body: body)
      #expect(answer.status == 422)
      #expect(answer.bytes.count < 4096)
    }
    let answer = try await world.call(
      .post, "/api/v1/services/backend/hold", body: "{\(names.joined(separator: ","))}")
    #expect((try answer.json()["errors"] as? [Any])?.count == 20)
    // The reason that is missing is one of the twenty.
    #expect(try answer.string("detail")?.hasSuffix("; and 4981 more") == true)
    #expect(log.lines.count == 3)
    #expect(log.lines.allSatisfy { $0.unicodeScalars.count < 1200 })
  }

  @Test(
    "Bad queries are 400 and name the parameter",
    arguments: [
      ("/api/v1/deployments?limit=0", "limit"), ("/api/v1/deployments?limit=+5", "limit"),
      ("/api/v1/deployments?limit=201", "limit"), ("/api/v1/deployments?cursor=x", "cursor"),
      ("/api/v1/deployments?state=flying", "flying"), ("/api/v1/deployments?cause=x", "cause"),
      ("/api/v1/deployments?colour=red", "colour"), ("/api/v1/deployments?limit=%zz", "encoding"),
      ("/api/v1/deliveries?limit=1&limit=2", "limit"),
    ])
  func queries(_ target: String, _ words: String) async throws {
    let world = try await APIWorld.make()
    let answer = try await world.call(.get, target)
    #expect(answer.status == 400, "\(answer.text)")
    #expect(answer.text.contains(words))
  }

  @Test("A path that is not there is 404, a method that is not there 405 with Allow")
  func routing() async throws {
    let world = try await APIWorld.make()
    #expect(try await world.call(.get, "/api/v2").status == 404)
    let answer = try await world.call(.delete, "/api/v1/services")
    #expect(answer.status == 405)
    #expect(answer.headers[.allow] == "GET, HEAD, OPTIONS")
  }

  @Test("A body that is not JSON by its type is 415")
  func contentType() async throws {
    let world = try await APIWorld.make()
    let answer = try await world.call(
      .post, "/api/v1/services/backend/hold", body: "reason=x",
      headers: [.contentType: "application/x-www-form-urlencoded"])
    #expect(answer.status == 415)
  }
}

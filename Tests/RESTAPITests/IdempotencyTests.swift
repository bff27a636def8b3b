import DeployModel
import HTTPTypes
import OpenSSLKit
import Pipeline
import PipelineKit
import Store
import TestKit
import Testing

@testable import RESTAPI

/// What an `Idempotency-Key` stands for when the server ended, or could not write, before the answer
/// was kept.
@Suite struct IdempotencyTests {
  private let path = "/api/v1/services/backend/hold"
  private let body = #"{"reason":"r"}"#
  private let headers: HTTPFields = [.idempotencyKey: "k"]

  @Test("After a crash in the middle of a change the key makes no second one: nobody knows")
  func crashed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let clock = world.pipeline.pipeline.parts.clock
    // What `kill -9` leaves after the change, and after nothing of it.
    let key = RequestKey(token: "admin", route: "POST \(path)", key: "k")
    _ = try await world.pipeline.store.beginRequest(
      key, bodySHA256: SHA256.hexDigest(of: Array(body.utf8)), at: clock.now())
    try await world.pipeline.pipeline.prepare()
    let answer = try await world.call(.post, path, body: body, headers: headers)
    #expect(answer.status == 409)
    #expect(try answer.string("detail")?.contains("not known whether it was done") == true)
    #expect(try await world.pipeline.state("backend").hold == nil)
    let other = try await world.call(
      .post, path, body: body, headers: [.idempotencyKey: "another"])
    #expect(other.status == 200)
  }

  @Test("A key that the store failed under makes no second change; one that was refused may")
  func storeFailed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let database = world.pipeline.state.appending(SQLiteStore.fileName)
    func run(_ statement: String) async throws {
      try await shell(
        "python3", "-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])",
        database, statement)
    }
    try await run(
      """
      CREATE TRIGGER full BEFORE UPDATE ON service WHEN NEW.hold_reason IS NOT NULL
      BEGIN SELECT RAISE(ABORT, 'full'); END
      """)
    let failed = try await world.call(.post, path, body: body, headers: headers)
    #expect(failed.status >= 500)
    try await run("DROP TRIGGER full")
    let again = try await world.call(.post, path, body: body, headers: headers)
    #expect(again.status == 409)
    #expect(try await world.pipeline.state("backend").hold == nil)

    let other: HTTPFields = [.idempotencyKey: "other"]
    let refused = try await world.call(.post, path, body: "{}", headers: other)
    #expect(refused.status == 422)
    #expect(try await world.call(.post, path, body: body, headers: other).status == 200)
  }

  @Test("What the store alone knows may be done, and is not to be asked for again without a look")
  func storeUnavailable() {
    let unknown = Problem(Refusal.storeUnavailable("no answer to COMMIT"))
    #expect(unknown.status == 503 && unknown.mayBeDone && unknown.headers.isEmpty)
    let refused = Problem(Refusal.unavailable("the registry is away"))
    #expect(refused.status == 503 && !refused.mayBeDone && !refused.headers.isEmpty)
  }

  @Test("Where the answer cannot be kept, the change is answered all the same, and made once")
  func notKept() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let database = world.pipeline.state.appending(SQLiteStore.fileName)
    try await shell(
      "python3", "-c",
      """
      import sqlite3, sys
      sqlite3.connect(sys.argv[1]).execute(
          "CREATE TRIGGER full BEFORE UPDATE ON api_request BEGIN SELECT RAISE(ABORT, 'full'); END")
      """, database)
    let first = try await world.call(.post, path, body: body, headers: headers)
    #expect(first.status == 200)
    #expect(try await world.call(.post, path, body: body, headers: headers).status == 409)
    let audit = try await world.call(.get, "/api/v1/audit").json()
    #expect((audit["items"] as? [Any])?.count == 1)
  }
}

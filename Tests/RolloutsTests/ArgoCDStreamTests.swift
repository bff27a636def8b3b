import DeployModel
import Rollouts
import TestKit
import Testing

@Suite("Argo CD's streams")
struct ArgoCDStreamTests {
  private static let applications = RolloutTopic.applications(project: "a&b")

  /// Everything that a stream of these bytes tells, and how it ends.
  private func heard(
    _ bytes: [UInt8], _ topic: RolloutTopic = applications, pieces: Int = 1
  ) async throws -> (notices: [RolloutNotice], error: RolloutError?) {
    let size = max(bytes.count / pieces, 1)
    let server = try ScriptedServer { _ in
      .live { send in
        var rest = bytes[...]
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        guard send(Array(head.utf8)) else { return }
        while !rest.isEmpty, send(Array(rest.prefix(size))) { rest = rest.dropFirst(size) }
      }
    }
    defer { server.stop() }
    let feed = try await ArgoCDFixture.client(server).listen(to: topic, after: nil)
    var notices: [RolloutNotice] = []
    do throws(RolloutError) {
      while let notice = try await feed.next() { notices.append(notice) }
    } catch {
      return (notices, error)
    }
    return (notices, nil)
  }

  private func states(_ notices: [RolloutNotice]) -> [String] {
    notices.map {
      guard case .application(let changed) = $0 else { return "resources" }
      return "\(changed.version ?? "?") \(changed.sync) \(changed.health)"
    }
  }

  private static let sync = [
    "481600 outOfSync healthy", "481601 outOfSync healthy", "481602 outOfSync healthy",
    "481603 outOfSync progressing", "481604 outOfSync healthy", "481605 synced progressing",
    "481606 synced healthy",
  ]

  @Test(
    "a whole sync is told, as lines and as server-sent events, however it is cut",
    arguments: ["stream.ndjson", "stream.sse"], [1, 7, 977])
  func whole(_ file: String, _ pieces: Int) async throws {
    let (notices, error) = try await heard(
      Array(try ArgoCDFixture.text(file).utf8), pieces: pieces)
    #expect(states(notices) == Self.sync)
    #expect(error == nil)
    guard case .application(let first)? = notices.first else { return }
    #expect(first.name == "backend" && first.namespace == "argocd" && first.project == "default")
  }

  @Test("an error ends it, and says what it means")
  func error() async throws {
    let (notices, error) = try await heard(
      Array(try ArgoCDFixture.text("stream-error.ndjson").utf8))
    #expect(notices.count == 1)
    #expect(error == RolloutError(.unavailable, "Argo CD: transport is closing"))
  }

  @Test("one that is deleted is told, too")
  func deleted() async throws {
    let (notices, _) = try await heard(
      Array(try ArgoCDFixture.text("stream-deleted.ndjson").utf8))
    #expect(notices.count == 1)
  }

  @Test("a tree of resources is a sign to look")
  func resources() async throws {
    let tree = try JSON(parsing: ArgoCDFixture.text("resource-tree.json").utf8)
    let line = JSON.object(["result": tree]).encoded() + "\n"
    let (notices, error) = try await heard(
      Array(line.utf8), .resources(of: ArgoCDFixture.backend))
    #expect(notices == [.resources] && error == nil)
  }

  @Test("what is no JSON ends it")
  func garbage() async throws {
    let (_, error) = try await heard(Array("{\"result\": 7\n".utf8))
    #expect(error?.kind == .unavailable)
  }

  @Test("it asks for comments while nothing changes, and for what it has not heard")
  func request() async throws {
    let server = try ScriptedServer { _ in .response(200, text: "") }
    defer { server.stop() }
    let client = ArgoCDFixture.client(server)
    let application = ArgoCDApplication(
      application: "back end", project: "a&b", appNamespace: "apps")
    _ = try await client.listen(to: Self.applications, after: "481606")
    _ = try await client.listen(to: .applications(project: nil), after: nil)
    _ = try await client.listen(to: .resources(of: application), after: "7")
    #expect(
      server.requests.map(\.target) == [
        "/api/v1/stream/applications?projects=a%26b&resourceVersion=481606",
        "/api/v1/stream/applications",
        "/api/v1/stream/applications/back%20end/resource-tree?project=a%26b&appNamespace=apps",
      ])
    #expect(
      server.requests.allSatisfy {
        $0.headers["accept"] == "text/event-stream"
          && $0.headers["authorization"] == "Bearer t0p-secret"
      })
  }

  @Test("a refusal says why")
  func refusal() async throws {
    let text = try ArgoCDFixture.text("errors/403-permission-denied.json")
    let server = try ScriptedServer { _ in .response(403, text: text) }
    defer { server.stop() }
    let error = await #expect(throws: RolloutError.self) {
      _ = try await ArgoCDFixture.client(server).listen(to: Self.applications, after: nil)
    }
    #expect(error?.kind == .missing)
    #expect(error?.message.contains("in the project a&b") == true, "\(error?.message ?? "")")
  }
}

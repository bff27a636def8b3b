import DeployModel
import HTTPClient
import Rollouts
import TestKit
import Testing

@Suite("Argo CD's REST API")
struct ArgoCDClientTests {
  @Test("a refresh names project and namespace, and is asked with the token in a header")
  func refresh() async throws {
    let server = try ArgoCDFixture.server("app.synced-healthy.json", tree: "resource-tree.json")
    defer { server.stop() }
    let application = ArgoCDApplication(
      application: "back end", project: "a&b", appNamespace: "apps")
    _ = try await ArgoCDFixture.client(server).rollout(
      of: application, refreshing: true, pods: true)
    #expect(
      server.requests.map { "\($0.method) \($0.target)" } == [
        "GET /api/v1/applications/back%20end?project=a%26b&appNamespace=apps&refresh=normal",
        "GET /api/v1/applications/back%20end/resource-tree?project=a%26b&appNamespace=apps",
      ])
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer t0p-secret" })
  }

  @Test("a sync names the exact revision, and its content type has no parameters")
  func sync() async throws {
    let server = try ArgoCDFixture.server("app.operation-requested.json")
    defer { server.stop() }
    let commit: CommitSHA = try #require(CommitSHA(ArgoCDFixture.commit))
    try await ArgoCDFixture.client(server).sync(ArgoCDFixture.backend, to: commit)
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.target == "/api/v1/applications/backend/sync")
    #expect(request.headers["content-type"] == "application/json")
    let body = String(decoding: request.body, as: UTF8.self)
    #expect(body.contains("\"revision\":\"\(ArgoCDFixture.commit)\""))
    #expect(body.contains("\"project\":\"shop\"") && !body.contains("prune"))
  }

  @Test("history, hooks and pods are read")
  func details() async throws {
    let rollout = try await ArgoCDFixture.rollout(
      "app.autosync-healthy.json", tree: "resource-tree.json")
    #expect(rollout.isAutoSynced)
    #expect(rollout.history.map(\.id) == [11, 12, 13, 14])
    #expect(rollout.history.last?.by == "automated")
    #expect(rollout.operation?.hooks.map(\.name) == ["Job/db-migrate"])
    #expect(rollout.pods.first?.reason == "ImagePullBackOff")
    #expect(rollout.reconciledAt == Timestamp(milliseconds: 1_764_986_440_000))
  }

  @Test("auto-sync that is switched off by its flag is off")
  func flag() async throws {
    let rollout = try await ArgoCDFixture.rollout("app.autosync-disabled-by-flag.json")
    #expect(!rollout.isAutoSynced)
  }

  static let errors: [(file: String, kind: RolloutError.Kind, says: String)] = [
    ("400-operation-in-progress", .busy, "already in progress"),
    ("400-operation-in-progress-wrapped", .busy, "already in progress"),
    ("403-sync-window", .busy, "blocked by sync window"),
    ("400-deleting", .busy, "deleting"),
    ("400-sync-revision-autosync", .refused, "auto-sync currently set"),
    ("401-no-session", .missing, "check argocd.token"),
    ("403-permission-denied", .missing, "there is no application backend, or the token"),
    ("404-not-found", .missing, "check the name backend"),
    ("503-unavailable", .unavailable, "Argo CD"),
  ]

  @Test("an error says what it means, by its gRPC code", arguments: errors)
  func refusals(_ file: String, _ kind: RolloutError.Kind, _ says: String) async throws {
    let body = try ArgoCDFixture.text("errors/\(file).json")
    let status = try #require(Int(file.prefix(3)))
    let server = try ScriptedServer { _ in .response(status, text: body) }
    defer { server.stop() }
    let error = await #expect(throws: RolloutError.self) {
      try await ArgoCDFixture.client(server).sync(ArgoCDFixture.backend, to: nil)
    }
    #expect(error?.kind == kind)
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("t0p-secret") == false)
  }

  @Test("a proxy's page is not shown, and another attempt is worth it")
  func proxy() async throws {
    let server = try ScriptedServer { _ in .response(502, text: "<html>Bad gateway</html>") }
    defer { server.stop() }
    let error = await #expect(throws: RolloutError.self) {
      try await ArgoCDFixture.client(server).rollout(
        of: ArgoCDFixture.backend, refreshing: false, pods: false)
    }
    #expect(error == RolloutError(.unavailable, "Argo CD answered 502"))
  }

  @Test("an answer that is cut, or is no application, is no verdict")
  func garbage() async throws {
    let server = try ScriptedServer { _ in .response(200, text: #"{"status": 7"#) }
    defer { server.stop() }
    let error = await #expect(throws: RolloutError.self) {
      try await ArgoCDFixture.client(server).rollout(
        of: ArgoCDFixture.backend, refreshing: false, pods: false)
    }
    #expect(error?.kind == .unavailable)
  }
}

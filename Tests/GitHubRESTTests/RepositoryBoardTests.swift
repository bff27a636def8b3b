import DeployModel
import Foundation
import GitHubREST
import HTTPClient
import HTTPTypes
import TestKit
import Testing

@Suite("GitHub's REST API: statuses and deployments")
struct RepositoryBoardTests {
  private static let token = "ghp_token/with+odd=characters"
  private let clock = ManualClock()
  private let github: FakeGitHub
  private let board: RepositoryBoard
  private let commit: CommitSHA

  init() throws {
    github = try FakeGitHub(token: Self.token)
    commit = try #require(CommitSHA(String(repeating: "e5c2216b", count: 5)))
    board = RepositoryBoard(
      RESTConnection(
        try AppFixture.slug("https://github.com/acme/shop.git"),
        at: RESTAddress(github.url, client: HTTPClient()), as: .token(Self.token), clock: clock))
  }

  private let status = CommitStatus(
    state: .success, context: "slipway/backend", description: "live as e5c2216 in 1m 12s",
    page: "https://slipway.example.com/deployments/backend-42")

  private func deployment(isRollback: Bool = false) throws -> EnvironmentDeployment {
    EnvironmentDeployment(
      id: DeploymentID(service: try #require(ServiceName("backend")), number: 42), commit: commit,
      environment: "production/backend", isRollback: isRollback, description: "pushed by ada")
  }

  private func failure(_ body: () async throws(BoardError) -> Void) async -> BoardError? {
    do throws(BoardError) {
      try await body()
      return nil
    } catch {
      return error
    }
  }

  @Test("a commit status: the documented call, with a link")
  func commitStatus() async throws {
    try await board.post(status, on: commit)
    let call = try #require(github.calls.first)
    #expect(call.line == "POST /repos/acme/shop/statuses/\(commit)")
    #expect(call.headers["authorization"] == "Bearer \(Self.token)")
    #expect(call.headers["accept"] == "application/vnd.github+json")
    #expect(call.headers["x-github-api-version"] == "2022-11-28")
    #expect(call.headers["content-type"] == "application/json")
    #expect(
      call.body
        == #"{"context":"slipway/backend","description":"live as e5c2216 in 1m 12s","#
        + #""state":"success","target_url":"https://slipway.example.com/deployments/backend-42"}"#)
    #expect(github.record == ["e5c2216 slipway/backend success: live as e5c2216 in 1m 12s"])
  }

  @Test("a deployment: nothing is merged, and no context is waited for")
  func open() async throws {
    #expect(try await board.open(deployment()) == 1)
    let call = try #require(github.calls.first)
    #expect(call.line == "POST /repos/acme/shop/deployments")
    #expect(
      call.body
        == #"{"auto_merge":false,"description":"pushed by ada","environment":"production/backend","#
        + #""payload":{"service":"backend","slipway":"backend-42"},"production_environment":true,"#
        + #""ref":"\#(commit)","required_contexts":[],"task":"deploy","#
        + #""transient_environment":false}"#)
    _ = try await board.open(deployment(isRollback: true))
    #expect(github.calls.last?.body.contains(#""task":"rollback""#) == true)
  }

  @Test("a deployment is known again by its payload, among those of others")
  func find() async throws {
    #expect(try await board.find(deployment()) == nil)
    github.addForeignDeployment(of: commit.hex, in: "production/backend")
    #expect(try await board.find(deployment()) == nil)
    let id = try await board.open(deployment())
    #expect(try await board.find(deployment()) == id)
    #expect(
      github.calls.last?.line == "GET /repos/acme/shop/deployments?sha=\(commit)"
        + "&environment=production%2Fbackend&per_page=100")
  }

  @Test("a deployment's status: a log, and what was a success before is ended by a success alone")
  func environmentStatus() async throws {
    let id = try await board.open(deployment())
    for state in EnvironmentStatus.State.allCases {
      try await board.post(
        EnvironmentStatus(
          state: state, description: "so it is",
          page: "https://slipway.example.com/deployments/backend-42"), on: id)
    }
    let calls = github.calls.dropFirst()
    #expect(calls.allSatisfy { $0.line == "POST /repos/acme/shop/deployments/1/statuses" })
    for call in calls {
      let isSuccess = call.body.contains(#""state":"success""#)
      #expect(call.body.contains(#""auto_inactive":\#(isSuccess)"#))
      // Said here, it would move the deployment there: it stays where it was opened.
      #expect(!call.body.contains("environment"))
      #expect(
        call.body.contains(#""log_url":"https://slipway.example.com/deployments/backend-42""#))
    }
    #expect(
      github.record.dropFirst() == [
        "#1 queued: so it is", "#1 success: so it is", "#1 failure: so it is",
        "#1 inactive: so it is", "#1 in_progress: so it is",
      ])
  }

  @Test("R12: the limits that GitHub documents, in their order")
  func limits() async throws {
    let reset = clock.now().milliseconds / 1000 + 600
    let cases: [(FakeGitHub.Trouble, BoardError.Kind)] = [
      (.answer(403, [("Retry-After", "42")], "secondary"), .limited(.seconds(42))),
      (.answer(429, [("Retry-After", "42")], ""), .limited(.seconds(42))),
      (
        .answer(
          403, [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "\(reset)")],
          "API rate limit exceeded"), .limited(.seconds(600))
      ),
      // By GitHub's clock, wherever ours stands.
      (
        .answer(
          403,
          [
            ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "946684799"),
            ("Date", "Fri, 31 Dec 1999 23:59:00 GMT"),
          ], "API rate limit exceeded"), .limited(.seconds(59))
      ),
      (.answer(429, [], ""), .limited(nil)),
      (
        .answer(
          403, [("X-RateLimit-Remaining", "4999")],
          "You have exceeded a secondary rate limit. Please wait a few minutes"), .limited(nil)
      ),
      // A limit that lies in the past, or beyond belief.
      (
        .answer(403, [("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1")], ""),
        .limited(.seconds(1))
      ),
      (.answer(429, [("Retry-After", "999999")], ""), .limited(.seconds(3660))),
      (.answer(429, [("Retry-After", "-5")], ""), .limited(nil)),
      (.answer(403, [("X-RateLimit-Remaining", "4999")], "Resource not accessible"), .denied),
    ]
    for (trouble, kind) in cases {
      github.trouble(trouble)
      #expect(
        await failure { () throws(BoardError) in try await board.post(status, on: commit) }?.kind
          == kind, "\(trouble)")
    }
  }

  @Test("what the caller should do about every other answer")
  func kinds() async throws {
    let cases: [(FakeGitHub.Trouble, BoardError.Kind)] = [
      (.answer(500), .unavailable), (.answer(502), .unavailable), (.answer(503), .unavailable),
      (.answer(408), .unavailable), (.hangUp, .unavailable), (.answer(401), .denied),
      (.answer(404), .denied), (.answer(422, [], "No commit found for SHA"), .refused),
      (.answer(400), .refused),
    ]
    for (trouble, kind) in cases {
      github.trouble(trouble)
      let error = await failure { () throws(BoardError) in
        try await board.post(status, on: commit)
      }
      #expect(error?.kind == kind, "\(trouble)")
      #expect(error?.message.contains(Self.token) == false)
    }
    github.trouble(.answer(422, [], "Validation Failed"))
    let error = await failure { () throws(BoardError) in try await board.post(status, on: commit) }
    #expect(error?.message == "GitHub answered 422 for the commit status: Validation Failed")
  }

  @Test("GitHub merged instead of opening: that is no deployment")
  func merged() async throws {
    github.trouble(.answer(202, [], "Auto-merged main into e5c2216 on deployment."))
    let deployment = try deployment()
    let error = await failure { () throws(BoardError) in _ = try await board.open(deployment) }
    #expect(error?.kind == .refused)
  }

  @Test("a deployment that somebody has deleted ends its own statuses, and nobody else's")
  func deleted() async throws {
    let status = EnvironmentStatus(state: .success, description: "live", page: nil)
    let error = await failure { () throws(BoardError) in try await board.post(status, on: 7) }
    #expect(error?.kind == .refused)
  }

  @Test("R13: a repository that was renamed is followed, and the token goes to this server alone")
  func redirects() async throws {
    let moved = "/repositories/1/statuses/\(commit)"
    github.trouble(.answer(301, [("Location", github.url + moved)], "Moved Permanently"))
    github.trouble(.answer(201))
    try await board.post(status, on: commit)
    #expect(
      github.calls.map(\.line) == ["POST /repos/acme/shop/statuses/\(commit)", "POST \(moved)"])
    #expect(github.calls.last?.body == github.calls.first?.body)

    let other = try FakeGitHub(token: Self.token)
    for location in ["\(other.url)/x", "//evil.example/x", "http://127.0.0.1/x"] {
      github.trouble(.answer(307, [("Location", location)], ""))
      #expect(
        await failure { () throws(BoardError) in try await board.post(status, on: commit) }?.kind
          == .refused)
    }
    #expect(other.calls.isEmpty)

    let loop = github.calls.count
    github.fail(with: .answer(302, [("Location", "/again")], ""))
    #expect(
      await failure { () throws(BoardError) in try await board.post(status, on: commit) }?.kind
        == .refused)
    #expect(github.calls.count == loop + 3)
  }

  @Test("an App's token that is refused is had anew, once")
  func renewed() async throws {
    let app = try await AppFixture()
    let board = RepositoryBoard(
      RESTConnection(
        try AppFixture.slug("https://github.com/acme/shop.git"),
        at: RESTAddress(app.github.url, client: HTTPClient()), as: .installation(app.tokens),
        clock: app.clock))
    try await board.post(status, on: commit)
    app.github.revoke("ghs_token1")
    app.clock.advance(by: .seconds(60))
    try await board.post(status, on: commit)
    #expect(app.github.calls.map(\.answer) == [201, 201, 401, 201, 201])
    #expect(app.github.record.count == 2)
    // An App that may not: the call is not impossible, and is tried again some day.
    app.github.revoke("ghs_token2")
    app.clock.advance(by: .seconds(60))
    app.github.trouble(
      .answer(401, [], "Bad credentials"), .answer(422, [], "is not accessible"))
    #expect(
      await failure { () throws(BoardError) in try await board.post(status, on: commit) }?.kind
        == .denied)
  }

  /// What stands for GitHub has the members that GitHub has, and no others.
  @Test(
    "the fake's answers have published shapes",
    .enabled(if: Fixtures.areShared, "the shared fixtures are not here"))
  func shapes() async throws {
    let http = HTTPClient()
    func answer(_ path: String, _ body: String) async throws -> [String: Any] {
      var request = ClientRequest(method: .post, url: github.url + path, body: Array(body.utf8))
      request.headers[.authorization] = "Bearer \(Self.token)"
      let response = try await http.send(request)
      let object = try JSONSerialization.jsonObject(with: Data(response.body))
      return try #require(object as? [String: Any])
    }
    func published(_ file: String, _ member: String) throws -> Set<String> {
      let url = try #require(Fixtures.shared).appending(path: "github/\(file)")
      let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
      return Set(try #require(object?[member] as? [String: Any]).keys)
    }
    let deployment = try await answer(
      "/repos/acme/shop/deployments",
      #"{"ref":"\#(commit)","auto_merge":false,"required_contexts":[]}"#)
    #expect(
      try published("deployment/with-installation.payload.json", "deployment")
        .isSuperset(of: deployment.keys))
    let status = try await answer(
      "/repos/acme/shop/deployments/1/statuses", #"{"state":"queued","description":""}"#)
    #expect(
      try published("deployment_status/payload.json", "deployment_status")
        .isSuperset(of: status.keys))
  }
}

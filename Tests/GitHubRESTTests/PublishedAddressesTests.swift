import GitHubREST
import HTTPClient
import Posix
import TestKit
import Testing

@Suite("GitHub's own addresses")
struct PublishedAddressesTests {
  private let github: FakeGitHub
  private let addresses: PublishedAddresses

  init() throws {
    github = try FakeGitHub()
    addresses = PublishedAddresses(
      RESTAddress(github.url, client: HTTPClient()), clock: ManualClock())
  }

  @Test("GET /meta says where webhooks come from, and is asked without a token")
  func hooks() async throws {
    github.publish(hooks: ["192.30.252.0/22", "2606:50c0::/32"])
    #expect(
      try await addresses.hooks().map(\.description) == ["192.30.252.0/22", "2606:50c0::/32"])
    let call = try #require(github.calls.first)
    #expect(call.line == "GET /meta")
    #expect(call.headers["authorization"] == nil)
    #expect(call.headers["accept"] == "application/vnd.github+json")
  }

  @Test(
    "a list that is missing, empty or not understood is none",
    arguments: [nil, [], ["192.30.252.0/22", "hooks.github.com"]] as [[String]?])
  func none(hooks: [String]?) async throws {
    github.publish(hooks: hooks)
    await #expect(throws: RESTFailure.self) { try await addresses.hooks() }
  }

  @Test("an answer that says no is an error with GitHub's words")
  func refused() async throws {
    github.fail(with: .answer(403, [("Retry-After", "90")], "API rate limit exceeded"))
    let failure = await #expect(throws: RESTFailure.self) { try await addresses.hooks() }
    #expect(failure?.kind == .limited(.seconds(90)))
    #expect(
      failure?.message == "GitHub answered 403 for its addresses: API rate limit exceeded")
  }
}

import DeployModel
import Foundation
import GitHubREST
import TestKit
import Testing

@Suite("GitHub Apps: installation tokens")
struct InstallationTokenTests {
  @Test("the assertion is a JWT that openssl verifies, with the claims that GitHub documents")
  func assertion() async throws {
    let app = try await AppFixture()
    _ = try await app.tokens.token(afterRefusal: false)
    let call = try #require(app.github.calls.first)
    #expect(call.line == "POST /app/installations/34/access_tokens")
    #expect(call.headers["accept"] == "application/vnd.github+json")
    #expect(call.headers["x-github-api-version"] == "2022-11-28")
    #expect(call.headers["user-agent"] == "slipway")
    // Of all that the installation opens, this repository.
    #expect(call.body == #"{"repositories":["shop"]}"#)

    let bearer = try #require(call.headers["authorization"])
    let parts = bearer.dropFirst("Bearer ".count).split(separator: ".").map(String.init)
    try #require(parts.count == 3)
    let header = try #require(FakeGitHub.base64URL(parts[0]))
    #expect(String(decoding: header, as: UTF8.self) == #"{"alg":"RS256","typ":"JWT"}"#)
    let claims = try #require(FakeGitHub.base64URL(parts[1]))
    let now = app.clock.now().milliseconds / 1000
    #expect(
      String(decoding: claims, as: UTF8.self)
        == #"{"iat":\#(now - 60),"exp":\#(now + 540),"iss":"12"}"#)

    try Data(try #require(FakeGitHub.base64URL(parts[2]))).write(
      to: app.files.url.appending(path: "s"))
    try app.files.write("\(parts[0]).\(parts[1])", to: "m")
    try await shell(
      "openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem", in: app.files.path)
    let verdict = try await shell(
      "openssl", "dgst", "-sha256", "-verify", "public.pem", "-signature", "s", "m",
      in: app.files.path)
    #expect(verdict == "Verified OK")
  }

  @Test("a token is kept, and had anew five minutes before it ends")
  func kept() async throws {
    let app = try await AppFixture()
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token1")
    app.clock.advance(by: .seconds(54 * 60))
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token1")
    app.clock.advance(by: .seconds(60))
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token2")
    #expect(app.github.calls.count == 2)
  }

  @Test("many who ask at once share one call")
  func shared() async throws {
    let app = try await AppFixture()
    let tokens = app.tokens
    let texts = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 { group.addTask { try await tokens.token(afterRefusal: false) } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(texts == ["ghs_token1"])
    #expect(app.github.calls.count == 1)
  }

  @Test("a refused token is had anew, unless it was had just now")
  func refused() async throws {
    let app = try await AppFixture()
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token1")
    #expect(try await app.tokens.token(afterRefusal: true) == "ghs_token1")
    app.clock.advance(by: .seconds(30))
    #expect(try await app.tokens.token(afterRefusal: true) == "ghs_token2")
  }

  @Test("an outage at GitHub stops nobody while the token counts")
  func outage() async throws {
    let app = try await AppFixture()
    _ = try await app.tokens.token(afterRefusal: false)
    app.github.fail(with: .answer(503, [], "Service Unavailable"))
    app.clock.advance(by: .seconds(59 * 60))
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token1")
    app.clock.advance(by: .seconds(60))
    #expect(await app.failure()?.kind == .unavailable)
    app.github.fail(with: nil)
    #expect(try await app.tokens.token(afterRefusal: false) == "ghs_token2")
  }

  struct Mistake: CustomTestStringConvertible, Sendable {
    var name: String
    var status: Int
    var message: String
    var says: String
    var testDescription: String { name }
  }

  @Test(
    "what is wrong is said with where to look",
    arguments: [
      Mistake(
        name: "another App's key", status: 401,
        message: "A JSON web token could not be decoded",
        says: "check githubApp.appID, and that githubApp.privateKey is a key of this App"),
      Mistake(
        name: "no such installation", status: 404, message: "Not Found",
        says: "check githubApp.installationID, and that the App is installed still"),
      Mistake(
        name: "suspended", status: 403, message: "This installation has been suspended",
        says: "GitHub answered 403 for the token of installation 34 of the App 12: This "
          + "installation has been suspended"),
      Mistake(
        name: "the repository is not among its own", status: 422,
        message: "There is at least one repository that does not exist or is not accessible to "
          + "the parent installation.",
        says: "check that the installation may use Acme/shop"),
    ])
  func mistakes(_ mistake: Mistake) async throws {
    let app = try await AppFixture()
    app.github.trouble(.answer(mistake.status, [], mistake.message))
    let failure = try #require(await app.failure())
    #expect(failure.message.contains(mistake.says), "\(failure)")
    #expect(failure.message.contains(mistake.message))
  }

  @Test(
    "a clock that is wrong is named, and by how much",
    arguments: [
      (Duration.seconds(120), "120 s ahead of GitHub's"),
      (.seconds(-900), "900 s behind GitHub's"),
    ])
  func skew(ahead: Duration, says: String) async throws {
    let app = try await AppFixture()
    let theirs = app.clock.now().before(ahead)
    app.github.run(at: { theirs })
    let failure = try #require(await app.failure())
    #expect(failure.kind == .unauthorized)
    #expect(failure.message.contains("this machine's clock is \(says): set it right"))
  }

  @Test("a minute's drift is none", arguments: [50, -500])
  func drift(seconds: Int) async throws {
    let app = try await AppFixture()
    let theirs = app.clock.now().before(.seconds(seconds))
    app.github.run(at: { theirs })
    #expect(await app.failure() == nil)
  }
}

import Foundation
import HTTPServer
import HTTPTypes
import PipelineKit
import Store
import TestKit
import Testing

@testable import RESTAPI

/// Signing in with a token, and what the cookie then opens (R13).
@Suite struct SessionTests {
  private let hold = "/api/v1/services/backend/hold"
  private let reason = #"{"reason":"r"}"#

  @Test("R13: the cookie is a name for the token, and holds nothing of it")
  func cookie() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var browser = Browser(world)
    let answer = try await browser.signIn()
    let set = try #require(answer.headers[.setCookie])
    #expect(set.hasPrefix("slipway="))
    #expect(set.hasSuffix("; Path=/; Max-Age=604800; HttpOnly; SameSite=Strict"))
    #expect(!set.contains(APIWorld.admin))
    #expect(!answer.text.contains(APIWorld.admin))
    #expect(answer.headers[.cacheControl] == "no-store")
    var other = Browser(world)
    try await other.signIn()
    #expect(other.cookie != browser.cookie)
  }

  @Test("R13: over TLS the cookie is Secure, and no neighbouring host can set one of its name")
  func secure() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.access.replace(
      tokens: try APIWorld.tokens(), anonymousRead: false,
      site: Site(publicURL: "https://slipway.test", isSecure: true))
    var browser = Browser(world)
    let set = try #require(try await browser.signIn().headers[.setCookie])
    #expect(set.hasPrefix("__Host-slipway="))
    #expect(set.hasSuffix("; Secure"))
    #expect(try await browser.call(.get, "/api/v1/services").status == 200)
    browser.cookie = browser.cookie.map { $0.replacing("__Host-", with: "") }
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
  }

  @Test("a session reads and changes what its token may, under its token's name")
  func acts() async throws {
    let world = try await APIWorld.make()
    let one = try await Browser.signedIn(world, APIWorld.backendOnly)
    #expect(try await one.call(.get, "/api/v1/services").status == 200)
    #expect(try await one.call(.post, hold, body: reason).status == 200)
    let other = "/api/v1/services/frontend/hold"
    #expect(try await one.call(.post, other, body: reason).status == 403)
    let reader = try await Browser.signedIn(world, APIWorld.reader)
    #expect(try await reader.call(.post, hold, body: reason).status == 403)
    let audit = try await Browser.signedIn(world).call(.get, "/api/v1/audit").json()
    let entry = try #require((audit["items"] as? [[String: Any]])?.first)
    #expect(entry["actor"] as? String == "one")
  }

  @Test("GET /session says who is signed in and what they may do, and is never 401 without a token")
  func shown() async throws {
    let world = try await APIWorld.make()
    let nobody = try await Browser(world).call(.get, "/session")
    #expect(nobody.status == 200)
    #expect(try nobody.json()["signedIn"] as? Bool == false)
    #expect(try nobody.json()["role"] is NSNull)
    let one = try await Browser.signedIn(world, APIWorld.backendOnly).call(.get, "/session").json()
    #expect(one["name"] as? String == "one")
    #expect(one["role"] as? String == "deploy")
    #expect(one["services"] as? [String] == ["backend"])
    let token = try await world.call(.get, "/session", token: APIWorld.admin).json()
    #expect(token["name"] as? String == "admin")
    #expect(try await world.call(.get, "/session", token: "wrong").status == 401)
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: true)
    let anonymous = try await Browser(world).call(.get, "/session").json()
    #expect(anonymous["signedIn"] as? Bool == false)
    #expect(anonymous["role"] as? String == "read")
  }

  @Test("R13: a wrong token signs nobody in, and what is no token is named")
  func refused() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var browser = Browser(world)
    let wrong = try await browser.signIn("wrong-token-0123456789")
    #expect(wrong.status == 401)
    #expect(wrong.headers[.setCookie] == nil)
    #expect(try await browser.call(.post, "/session", body: "{}").status == 422)
    #expect(try await browser.call(.post, "/session", body: "[]").status == 400)
    #expect(
      try await browser.call(.post, "/session", body: #"{"token":"x","more":1}"#).status == 422)
    browser.csrf = nil
    #expect(try await browser.signIn().status == 403)
    browser.csrf = "1"
    browser.site = "cross-site"
    #expect(try await browser.signIn().status == 403)
  }

  @Test("R13: for strangers nothing is unpacked: a packed sign-in is 415")
  func packed() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var fields = Browser(world).fields
    fields[.contentEncoding] = "gzip"
    let answer = try await world.call(
      .post, "/session", body: #"{"token":"x"}"#, token: nil, headers: fields)
    #expect(answer.status == 415)
  }

  @Test(
    "R12: of what a stranger nests, nothing is read: what is in it need not even be JSON",
    arguments: [("[", 60_000), ("{\"a\":", 10_000), ("[[ no JSON ]", 1)])
  func nested(_ piece: String, _ count: Int) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let value = String(repeating: piece, count: count)
    let answer = try await Browser(world).call(.post, "/session", body: "{\"z/a\":\(value)}")
    #expect(answer.status == 422)
    #expect(try answer.string("detail") == "z~1a must be no array and no object")
    let errors = try #require(try answer.json()["errors"] as? [[String: String]])
    #expect(errors.map { $0["pointer"] } == ["/z~1a"])
  }

  @Test(
    "R13: signing out ends the session at once, for whoever has its cookie, and what it holds open")
  func signOut() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let browser = try await Browser.signedIn(world)
    let stream = try await EventClient(world, token: nil, headers: browser.fields)
    let answer = try await browser.call(.delete, "/session")
    #expect(answer.status == 200)
    #expect(answer.headers[.setCookie]?.contains("Max-Age=0") == true)
    #expect(try await stream.next()?.comment == "the token is no longer known")
    #expect(try await stream.next() == nil)
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
    #expect(try await browser.call(.post, hold, body: reason).status == 401)
  }

  @Test("R13: a token that is removed ends its sessions, and no others")
  func tokenRemoved() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let admin = try await Browser.signedIn(world)
    let reader = try await Browser.signedIn(world, APIWorld.reader)
    world.access.replace(
      tokens: try APIWorld.tokens().filter { $0.name != "reader" }, anonymousRead: false)
    #expect(try await reader.call(.get, "/api/v1/services").status == 401)
    #expect(try await admin.call(.get, "/api/v1/services").status == 200)
    // Back again: the session is not.
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: false)
    #expect(try await reader.call(.get, "/api/v1/services").status == 401)
  }

  @Test("R13: a token that is replaced by another of its name ends its sessions")
  func tokenReplaced() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let admin = try await Browser.signedIn(world)
    let other = APIToken(
      name: "admin", role: .admin, services: nil, secret: Array("another-0123456789abcdef".utf8))
    world.access.replace(tokens: [other], anonymousRead: false)
    #expect(try await admin.call(.get, "/api/v1/services").status == 401)
  }

  @Test("R13: a session is one in every process that shares the store, and ends in all of them")
  func shared() async throws {
    let clock = ManualClock()
    let one = try await APIWorld.make(services: ["backend"], clock: clock)
    let other = try APIWorld(
      one.pipeline, repositories: [("shop", one.pipeline.monorepo.url, "main")])
    let browser = try await Browser.signedIn(one)
    let there = browser.at(other)
    #expect(try await there.call(.get, "/api/v1/services").status == 200)
    _ = try await browser.call(.delete, "/session")
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
    clock.advance(by: Sessions.memory)
    #expect(try await there.call(.get, "/api/v1/services").status == 401)
  }

  @Test("R13: what is stored opens nothing: neither the cookie nor the token is in it")
  func stored() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let browser = try await Browser.signedIn(world)
    let id = try #require(browser.cookie?.split(separator: "=").last)
    let state = world.pipeline.state.url
    let files = try FileManager.default.contentsOfDirectory(
      at: state, includingPropertiesForKeys: nil
    ).filter { $0.lastPathComponent.hasPrefix(SQLiteStore.fileName) }
    let database = try files.reduce(into: Data()) { $0 += try Data(contentsOf: $1) }
    #expect(database.firstRange(of: Data("admin".utf8)) != nil, "the session is in it")
    for secret in [String(id), APIWorld.admin] {
      #expect(database.firstRange(of: Data(secret.utf8)) == nil)
    }
  }

  @Test("R13: a token whose role changes changes what its sessions may do, at once")
  func roleChanged() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let admin = try await Browser.signedIn(world)
    world.access.replace(
      tokens: [
        APIToken(name: "admin", role: .read, services: nil, secret: Array(APIWorld.admin.utf8))
      ], anonymousRead: false)
    #expect(try await admin.call(.post, hold, body: reason).status == 403)
  }

  @Test("a session that nobody used for a day has ended; used or not, after a week")
  func ages() async throws {
    let clock = ManualClock()
    let world = try await APIWorld.make(services: ["backend"], clock: clock)
    let browser = try await Browser.signedIn(world)
    clock.advance(by: .seconds(24 * 3600 - 1))
    #expect(try await browser.call(.get, "/api/v1/services").status == 200)
    clock.advance(by: .seconds(24 * 3600))
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
    let other = try await Browser.signedIn(world)
    for _ in 0..<13 {
      clock.advance(by: .seconds(12 * 3600))
      #expect(try await other.call(.get, "/api/v1/services").status == 200)
    }
    clock.advance(by: .seconds(12 * 3600))
    #expect(try await other.call(.get, "/api/v1/services").status == 401)
  }

  @Test("R12: a token has at most fifty sessions; the one used longest ago makes room")
  func bounded() async throws {
    let clock = ManualClock()
    let world = try await APIWorld.make(services: ["backend"], clock: clock)
    let first = try await Browser.signedIn(world)
    let reader = try await Browser.signedIn(world, APIWorld.reader)
    clock.advance(by: .seconds(1))
    let second = try await Browser.signedIn(world)
    for _ in 2..<Sessions.perToken {
      clock.advance(by: .seconds(1))
      _ = try await Browser.signedIn(world)
    }
    clock.advance(by: Sessions.useGrain)
    #expect(try await first.call(.get, "/api/v1/services").status == 200)
    clock.advance(by: Sessions.memory)
    _ = try await Browser.signedIn(world)
    #expect(try await first.call(.get, "/api/v1/services").status == 200)
    #expect(try await second.call(.get, "/api/v1/services").status == 401)
    #expect(try await reader.call(.get, "/api/v1/services").status == 200)
  }

  @Test(
    "R13: what is no session's cookie opens nothing",
    arguments: ["slipway=", "slipway=abc", "slipway", "=", ";;;", "other=1"])
  func nonsense(_ cookie: String) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var browser = Browser(world)
    browser.cookie = cookie
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
    #expect(try await browser.call(.post, hold, body: reason).status == 401)
  }

  @Test("a cookie is found among others; of two of its name neither counts")
  func amongOthers() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var browser = try await Browser.signedIn(world)
    let own = try #require(browser.cookie)
    browser.cookie = "a=b; \(own) ; slipwayish=c"
    #expect(try await browser.call(.get, "/api/v1/services").status == 200)
    browser.cookie = "\(own); slipway=\(String(repeating: "0", count: 64))"
    #expect(try await browser.call(.get, "/api/v1/services").status == 401)
  }
}

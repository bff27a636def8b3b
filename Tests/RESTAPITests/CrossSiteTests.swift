import HTTPServer
import HTTPTypes
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// R13: a cookie travels by itself, so what it does has to have been asked for by our own page.
@Suite struct CrossSiteTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var site: String?
    var origin: String?
    var csrf: String? = "1"
    var reads: Bool
    var changes: Bool

    init(
      _ description: String, site: String? = nil, origin: String? = nil, csrf: String? = "1",
      reads: Bool, changes: Bool
    ) {
      testDescription = description
      self.site = site
      self.origin = origin
      self.csrf = csrf
      self.reads = reads
      self.changes = changes
    }
  }

  static let cases = [
    Case("our page", site: "same-origin", reads: true, changes: true),
    Case(
      "our page, without our field", site: "same-origin", csrf: nil, reads: true, changes: false),
    Case("an address that was typed", site: "none", reads: true, changes: false),
    Case("another site", site: "cross-site", reads: false, changes: false),
    Case(
      "a neighbouring host, to which SameSite lets it travel", site: "same-site", reads: false,
      changes: false),
    Case(
      "the browser's word counts more than Origin", site: "cross-site",
      origin: "http://slipway.test", reads: false, changes: false),
    Case("an older browser, our page", origin: "http://slipway.test", reads: true, changes: true),
    Case(
      "an older browser, our page, without our field", origin: "http://slipway.test", csrf: nil,
      reads: true, changes: false),
    Case(
      "an older browser, behind a proxy with TLS", origin: "https://slipway.test", reads: true,
      changes: true),
    Case(
      "an older browser, another page", origin: "http://evil.test", reads: false, changes: false),
    Case(
      "a name that begins like ours", origin: "http://slipway.test.evil.test", reads: false,
      changes: false),
    Case("another port", origin: "http://slipway.test:8081", reads: false, changes: false),
    Case("a page without an origin", origin: "null", reads: false, changes: false),
    Case("a browser that says nothing", reads: true, changes: false),
  ]

  private func browser(_ world: APIWorld, _ test: Case) async throws -> Browser {
    var browser = try await Browser.signedIn(world)
    (browser.site, browser.origin, browser.csrf) = (test.site, test.origin, test.csrf)
    return browser
  }

  @Test("R13: only our own page reads and changes by a cookie", arguments: cases)
  func cookie(_ test: Case) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let browser = try await browser(world, test)
    let read = try await browser.call(.get, "/api/v1/services")
    #expect(read.status == (test.reads ? 200 : 401))
    for (method, path) in [
      (HTTPRequest.Method.post, "/api/v1/services/backend/hold"),
      (.delete, "/api/v1/services/backend/hold"),
    ] {
      let change = try await browser.call(method, path, body: #"{"reason":"r"}"#)
      #expect(change.status == (test.changes ? 200 : 403))
    }
    #expect(try await browser.call(.delete, "/session").status == (test.changes ? 200 : 403))
  }

  @Test("R13: a token is no cookie: nobody but who has it sends it", arguments: cases)
  func token(_ test: Case) async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let browser = try await browser(world, test)
    let answer = try await browser.call(
      .post, "/api/v1/services/backend/hold", body: #"{"reason":"r"}"#, token: APIWorld.admin)
    #expect(answer.status == 200)
  }

  @Test("R13: with a wrong token a right cookie opens nothing")
  func both() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let browser = try await Browser.signedIn(world)
    #expect(try await browser.call(.get, "/api/v1/services", token: "wrong").status == 401)
  }

  @Test("behind a proxy that changes Host, server.publicURL says which page is ours")
  func publicURL() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    for url in [
      "https://ci.example.com", "https://CI.example.com/", "https://ci.example.com:443/slipway",
    ] {
      world.access.replace(
        tokens: try APIWorld.tokens(), anonymousRead: false,
        site: Site(publicURL: url, isSecure: true))
      var browser = Browser(world)
      (browser.site, browser.host) = (nil, "127.0.0.1:8080")
      browser.origin = "https://ci.example.com"
      #expect(try await browser.signIn().status == 200, "\(url)")
      for wrong in [
        "http://ci.example.com", "https://ci.example.com:8443", "http://127.0.0.1:8080",
      ] {
        browser.origin = wrong
        #expect(try await browser.signIn().status == 403, "\(wrong)")
      }
    }
  }

  @Test("with anonymousRead a cookie from elsewhere reads as nobody, and changes nothing")
  func anonymous() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    var browser = try await Browser.signedIn(world)
    world.access.replace(tokens: try APIWorld.tokens(), anonymousRead: true)
    browser.site = "cross-site"
    #expect(try await browser.call(.get, "/api/v1/services").status == 200)
    #expect(try await browser.call(.get, "/api/v1/audit").status == 403)
    let hold = try await browser.call(
      .post, "/api/v1/services/backend/hold", body: #"{"reason":"r"}"#)
    #expect(hold.status == 403)
  }
}

import HTTPServer
import HTTPTypes
import TestKit

@testable import RESTAPI

/// A browser with the dashboard open: what it sends by itself, and the cookie that it keeps.
struct Browser {
  let world: APIWorld
  var cookie: String?
  /// `Sec-Fetch-Site` as browsers set it; nil for those that do not.
  var site: String? = "same-origin"
  var origin: String?
  var host = "slipway.test"
  var csrf: String? = "1"

  init(_ world: APIWorld) { self.world = world }

  var fields: HTTPFields {
    var fields = HTTPFields()
    fields[.cookie] = cookie
    fields[.secFetchSite] = site
    fields[.origin] = origin
    fields[.hostField] = host
    fields[.slipwayCSRF] = csrf
    return fields
  }

  func call(
    _ method: HTTPRequest.Method, _ target: String, body: String = "", token: String? = nil
  ) async throws -> APIReply {
    try await world.call(method, target, body: body, token: token, headers: fields)
  }

  /// Keeps what the answer sets.
  @discardableResult
  mutating func signIn(_ token: String = APIWorld.admin) async throws -> APIReply {
    let answer = try await call(.post, "/session", body: #"{"token":"\#(token)"}"#)
    if let set = answer.headers[.setCookie] {
      cookie = String(set.prefix { $0 != ";" })
    }
    return answer
  }

  /// The same one, sent by a load balancer to another process.
  func at(_ other: APIWorld) -> Browser {
    var browser = Browser(other)
    browser.cookie = cookie
    return browser
  }

  static func signedIn(
    _ world: APIWorld, _ token: String = APIWorld.admin
  ) async throws -> Browser {
    var browser = Browser(world)
    guard try await browser.signIn(token).status == 200 else {
      throw ShellFailure("not signed in")
    }
    return browser
  }
}

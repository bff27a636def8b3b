import HTTPServer
import HTTPTypes
import Testing

@Suite struct RouterTests {
  private let router: Router = {
    var router = Router { status, detail, _ in
      ServerResponse(status, body: .bytes(Array(detail.utf8)))
    }
    for (method, pattern) in [
      (HTTPRequest.Method.get, "/livez"), (.get, "/"), (.get, "/services/{service}"),
      (.put, "/services/{service}/hold"), (.delete, "/services/{service}/hold"),
      (.get, "/services/latest"),
    ] {
      router.add(method, pattern, bodyLimit: pattern == "/livez" ? 7 : 100) { request in
        let parameters = request.parameters.map { "\($0)=\($1)" }.joined()
        return ServerResponse(.ok, body: .bytes(Array("\(pattern) \(parameters)".utf8)))
      }
    }
    return router
  }()

  private func answer(
    _ method: HTTPRequest.Method, _ path: String
  ) async -> (status: Int, allow: String?, text: String) {
    let response = await router.respond(to: ServerRequest(id: "1", method: method, path: path))
    guard case .bytes(let bytes) = response.body else {
      return (response.status.code, response.headers[.allow], "")
    }
    return (
      response.status.code, response.headers[.allow], String(decoding: bytes, as: UTF8.self)
    )
  }

  @Test(arguments: [
    ("/", "/ "), ("/livez", "/livez "), ("/services/a", "/services/{service} service=a"),
    ("/services/latest", "/services/latest "),
    ("/services/a%20b", "/services/{service} service=a b"),
    ("/services/a%2Fb", "/services/{service} service=a/b"),
    ("/%6Civez", "/livez "), ("/services/%C3%A9", "/services/{service} service=é"),
  ])
  func finds(path: String, text: String) async {
    let answer = await answer(.get, path)
    #expect(answer.status == 200)
    #expect(answer.text == text)
  }

  @Test(arguments: [
    "/nothing", "/livez/", "//livez", "/services/", "/services/a/b", "/services/../livez",
  ])
  func findsNothing(path: String) async { #expect(await answer(.get, path).status == 404) }

  @Test(arguments: ["/%", "/%4", "/%zz", "/services/%00", "/services/%FF", "/services/%0A"])
  func refusesBadEncodings(path: String) async { #expect(await answer(.get, path).status == 400) }

  @Test("RFC 9110 section 15.5.6: 405 names what is allowed")
  func methodNotAllowed() async {
    let answer = await answer(.post, "/services/a/hold")
    #expect(answer.status == 405)
    #expect(answer.allow == "DELETE, OPTIONS, PUT")
  }

  @Test func headGoesThroughGet() async { #expect(await answer(.head, "/livez").status == 200) }

  @Test func optionsAnswersFromTheTable() async {
    let one = await answer(.options, "/livez")
    #expect(one.status == 204)
    #expect(one.allow == "GET, HEAD, OPTIONS")
    #expect(await answer(.options, "*").allow == "DELETE, GET, HEAD, OPTIONS, PUT")
    #expect(await answer(.options, "/nothing").status == 404)
  }

  @Test func bodyLimitsAreTheRoutes() {
    #expect(router.bodyLimit(for: RequestHeadView(method: .get, path: "/livez")) == 7)
    #expect(
      router.bodyLimit(for: RequestHeadView(method: .get, path: "/x")) == Router.unmatchedBodyLimit)
  }

  @Test func listsItsRoutes() {
    #expect(
      router.routes.map { "\($0.method) \($0.pattern)" } == [
        "GET /", "GET /livez", "GET /services/latest", "GET /services/{service}",
        "DELETE /services/{service}/hold", "PUT /services/{service}/hold",
      ])
  }
}

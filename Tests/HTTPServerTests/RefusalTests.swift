import HTTPServer
import HTTPTypes
import HTTPWire
import Testing

/// What is answered to bytes that never become a request.
@Suite struct RefusalTests {
  @Test("R12: 413 names the path and the limit, before the body is read")
  func bodyTooLarge() async throws {
    let server = try TestServer()
    let client = try server.client()
    await client.send("POST /a\"b\\c HTTP/1.1\r\nHost: a\r\nContent-Length: 27262976\r\n\r\n")
    let answer = await client.readAnswer()
    #expect(answer.statusCode == 413)
    #expect(answer.content.contains(#""instance":"/a\"b\\c""#))
    #expect(answer.content.contains("larger than 25 MiB"))
    await server.stop()
  }

  @Test(
    "R12: each limit of the head is named in words",
    arguments: [
      ("target", 414, "longer than 8 KiB"), ("head", 431, "larger than 16 KiB"),
      ("fields", 431, "more than 100 header fields"),
    ])
  func head(_ part: String, _ status: Int, _ words: String) async throws {
    let server = try TestServer()
    let client = try server.client()
    switch part {
    case "target": await client.send("GET /" + String(repeating: "a", count: 9000))
    case "head":
      await client.send(
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 17_000))
    default:
      await client.send(
        "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n")
    }
    let answer = await client.readAnswer()
    #expect(answer.statusCode == status)
    #expect(answer.content.contains(words), "\(answer)")
    #expect(!answer.content.contains("instance"), "no path was understood")
    await server.stop()
  }

  @Test("R12: 408 says how fast a request has to come")
  func timeout() {
    let refused = RefusedRequest(
      id: "1", error: .requestTimeout, head: RequestHeadView(method: .post, path: "/a"))
    #expect(refused.detail.contains("its head within 10 s"))
    #expect(refused.detail.contains("16 KiB each second"))
  }

  private let router: Router = {
    var router = Router { status, detail, request in
      ServerResponse(status, body: .bytes(Array("\(request.id) \(request.path) \(detail)".utf8)))
    }
    router.add(.post, "/small", bodyLimit: 10) { _ in ServerResponse(.ok) }
    router.add(.post, "/named", bodyLimit: 10, tooLarge: "Raise the.limit.") { _ in
      ServerResponse(.ok)
    }
    router.add(.get, "/none", bodyLimit: 0) { _ in ServerResponse(.ok) }
    return router
  }()

  private func text(_ response: ServerResponse) -> String {
    guard case .bytes(let bytes) = response.body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(
    "a router answers as it answers everything, in its routes' words",
    arguments: [
      (HTTPRequest.Method.post, "/small", "r /small The body is larger than 10 bytes"),
      (.post, "/named", "r /named Raise the.limit."),
      (.get, "/none", "r /none This request may have no body."),
      (.post, "/nowhere", "r /nowhere The body is larger than 64 KiB"),
    ])
  func routes(_ method: HTTPRequest.Method, _ path: String, _ words: String) {
    let head = RequestHeadView(method: method, path: path)
    let answer = router.refusal(
      of: RefusedRequest(
        id: "r", error: .bodyTooLarge, bodyLimit: router.bodyLimit(for: head), head: head))
    #expect(answer.status == .contentTooLarge)
    #expect(text(answer).hasPrefix(words), "\(text(answer))")
  }

  @Test("503 says when to try again, and what was no request has no path")
  func overloaded() {
    let answer = router.refusal(of: RefusedRequest(id: "r", error: .overloaded))
    #expect(answer.status == .serviceUnavailable)
    #expect(answer.headers[.retryAfter] == "1")
    #expect(text(answer).hasPrefix("r  The server holds"))
  }

  @Test(
    "sizes are said exactly",
    arguments: [
      (25 << 20, "25 MiB"), (64 << 10, "64 KiB"), (1000, "1000 bytes"), (1, "1 byte"),
      (0, "0 bytes"), ((1 << 20) + 1024, "1025 KiB"),
    ])
  func sizes(_ count: Int, _ words: String) { #expect(ByteCount(count).description == words) }
}

import HTTPServer
import HTTPTypes
import Posix
import Synchronization
import TestKit
import Testing

@Suite struct ServerTests {
  @Test("one connection serves request after request, each answer with Date and its own id")
  func keepAlive() async throws {
    let server = try TestServer()
    let client = try server.client()
    var ids: Set<Substring> = []
    for _ in 0..<3 {
      await client.send(simpleRequest)
      let answer = await client.readAnswer()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.content == "GET /a")
      #expect(answer.contains("\r\nDate: "))
      #expect(!answer.contains("Connection:"))
      let id = try #require(answer.firstRange(of: "X-Request-Id: "))
      ids.insert(answer[id.upperBound...].prefix(13))
    }
    #expect(ids.count == 3)
    #expect(server.server.connectionCount == 1)
    await server.stop()
  }

  @Test("pipelined requests are answered in their order, however long each takes")
  func pipelining() async throws {
    let server = try TestServer(
      handler: TestHandler { request in
        if request.path == "/0" { for _ in 0..<100 { await Task.yield() } }
        return ServerResponse(.ok, body: .bytes(Array("<\(request.path)>".utf8)))
      })
    let client = try server.client()
    await client.send((0..<50).map { "GET /\($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined())
    client.endSending()
    let text = await client.readToEnd()
    let order = text.split(separator: "<").dropFirst().map { $0.prefix { $0 != ">" } }
    #expect(order == (0..<50).map { "/\($0)" })
    await server.stop()
  }

  @Test("a request that comes byte by byte, and a chunked body")
  func slowClient() async throws {
    let server = try TestServer(
      handler: TestHandler { ServerResponse(.ok, body: .bytes($0.body)) })
    let client = try server.client()
    let request =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    for byte in request.utf8 { await client.send([byte]) }
    #expect(await client.readAnswer().content == "abc")
    await server.stop()
  }

  @Test("R12: a head that does not come to its end in time gets 408; silence gets nothing")
  func headDeadline() async throws {
    var limits = ServerLimits.forTests
    limits.head = .milliseconds(100)
    let server = try TestServer(limits: limits)
    let half = try server.client()
    await half.send("GET / HTTP/1.1\r\nHo")
    #expect(await half.readToEnd().statusCode == 408)
    let silent = try server.client()
    #expect(await silent.readToEnd() == "")
    half.close()
    silent.close()
    await server.stop()
  }

  @Test("R12: so does a body; and an idle connection is closed")
  func bodyAndIdleDeadlines() async throws {
    var limits = ServerLimits.forTests
    limits.body = .milliseconds(100)
    limits.idle = .milliseconds(100)
    let server = try TestServer(limits: limits)
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
    #expect(await client.readToEnd().statusCode == 408)
    let idle = try server.client()
    await idle.send(simpleRequest)
    #expect(await idle.readToEnd().content == "GET /a")
    await server.stop()
  }

  @Test("a truncated body gets 400 and never reaches the handler")
  func truncatedBody() async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        Issue.record("served")
        return ServerResponse(.ok)
      })
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
    client.endSending()
    let answer = await client.readToEnd()
    #expect(answer.statusCode == 400)
    #expect(answer.contains("Connection: close"))
    #expect(answer.contains("application/problem+json"))
    await server.stop()
  }

  @Test("R12: 26 MB get 413, declared or in chunks, and the client reads it")
  func bodyTooLarge() async throws {
    let server = try TestServer()
    let declared = try server.client()
    await declared.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 27262976\r\n\r\n")
    await declared.send([UInt8](repeating: 65, count: 100 << 10))
    #expect(await declared.readToEnd().statusCode == 413)

    let chunked = try server.client()
    await chunked.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 65, count: 1 << 20) + [13, 10]
    for _ in 0..<25 { #expect(await chunked.send(chunk) == chunk.count) }
    await chunked.send("1\r\nA\r\n")
    #expect(await chunked.readAnswer().statusCode == 413)
    await server.stop()
  }

  @Test("25 MB are taken whole")
  func largeBody() async throws {
    let server = try TestServer(
      handler: TestHandler { ServerResponse(.ok, body: .bytes(Array("\($0.body.count)".utf8))) })
    let client = try server.client()
    await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 26214400\r\n\r\n")
    await client.send([UInt8](repeating: 65, count: 25 << 20))
    #expect(await client.readAnswer().content == "26214400")
    await server.stop()
  }

  @Test("Expect: 100-continue is answered before the body is there")
  func expectContinue() async throws {
    let server = try TestServer()
    let client = try server.client()
    await client.send(
      "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    #expect(await client.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    await client.send("hi")
    #expect(await client.readAnswer().content == "POST /a")
    await server.stop()
  }

  @Test("HEAD has the length and not the body; HTTP/1.0 closes")
  func headAndOldVersion() async throws {
    let server = try TestServer()
    let client = try server.client()
    await client.send("HEAD /a HTTP/1.0\r\n\r\n")
    let answer = await client.readToEnd()
    #expect(answer.contains("\r\nContent-Length: 7\r\n"))
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(answer.content == "")
    await server.stop()
  }

  @Test("RFC 9112 section 9.6: a client that ends its half still gets its answer")
  func halfClose() async throws {
    let server = try TestServer(
      handler: TestHandler { _ in
        for _ in 0..<50 { await Task.yield() }
        return ServerResponse(.ok, body: .bytes(Array("late".utf8)))
      })
    let client = try server.client()
    await client.send(simpleRequest)
    client.endSending()
    #expect(await client.readToEnd().content == "late")
    await server.stop()
  }

  @Test("an answer larger than any buffer arrives whole")
  func largeAnswer() async throws {
    let size = 20 << 20
    let server = try TestServer(
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 66, count: size)))
      })
    let client = try TestClient(server.address, receiveBuffer: 64 << 10)
    await client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(await client.readToEnd().content.utf8.count == size)
    await server.stop()
  }

  @Test("an answer that breaks the protocol becomes 500")
  func unsafeAnswer() async throws {
    let name = try #require(HTTPField.Name("X-A"))
    let server = try TestServer(
      handler: TestHandler { _ in
        var response = ServerResponse(.ok)
        response.headers.append(HTTPField(name: name, lenientValue: [1]))
        return response
      })
    let client = try server.client()
    await client.send(simpleRequest)
    #expect(await client.readAnswer().statusCode == 500)
    await server.stop()
  }
}

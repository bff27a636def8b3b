import Deflate
import HTTPServer
import HTTPTypes
import HTTPWire
import Posix
import TestKit
import Testing

@Suite struct CompressionTests {
  private static let text = String(repeating: "what a build prints, line by line\n", count: 100)

  /// The answer of a handler that always answers the same, asked for with gzip.
  private func answer(
    _ response: ServerResponse, accepting: String? = "gzip",
    _ method: HTTPRequest.Method = .get, streamLimit: Int = 4
  ) async -> ServerResponse {
    let handler = CompressingHandler(
      TestHandler { _ in response }, streamLimit: streamLimit, pool: BlockingPool(width: 1))
    var fields = HTTPFields()
    fields[.acceptEncoding] = accepting
    return await handler.respond(
      to: ServerRequest(id: "1", method: method, path: "/", headers: RequestFields(fields)))
  }

  private func response(
    _ status: HTTPResponse.Status = .ok, type: String = "application/json",
    _ text: String = CompressionTests.text, _ fields: HTTPFields = [:]
  ) -> ServerResponse {
    var response = ServerResponse(status, headers: fields, body: .bytes(Array(text.utf8)))
    response.headers[.contentType] = type
    return response
  }

  private func bytes(_ response: ServerResponse) throws -> [UInt8] {
    guard case .bytes(let bytes) = response.body else { throw ShellFailure("no bytes") }
    return bytes
  }

  @Test("what is text and long enough is packed, and says so")
  func packs() async throws {
    let packed = await answer(response())
    #expect(packed.headers[.contentEncoding] == "gzip")
    #expect(packed.headers[.vary] == "Accept-Encoding")
    let body = try bytes(packed)
    #expect(body.count < Self.text.utf8.count / 10)
    #expect(try Gzip.decompress(body, limit: 10_000) == Array(Self.text.utf8))
  }

  @Test("a large body is packed on another thread, to the same end")
  func packsLarge() async throws {
    let text = String(repeating: Self.text, count: 300)
    let body = try bytes(await answer(response(.ok, text)))
    #expect(try Gzip.decompress(body, limit: 2_000_000) == Array(text.utf8))
  }

  @Test("who does not accept gzip gets it as it is, with Vary all the same")
  func varies() async throws {
    for accepting in [nil, "br", "gzip;q=0"] {
      let plain = await answer(response(), accepting: accepting)
      #expect(plain.headers[.contentEncoding] == nil)
      #expect(plain.headers[.vary] == "Accept-Encoding")
      #expect(try bytes(plain) == Array(Self.text.utf8))
    }
  }

  @Test("Vary is added to what is there, once")
  func varyOnce() async {
    for (before, after) in [
      ("Origin", "Origin, Accept-Encoding"), ("accept-encoding", "accept-encoding"), ("*", "*"),
    ] {
      let answer = await answer(response(.ok, Self.text, [.vary: before]))
      #expect(answer.headers[.vary] == after)
    }
  }

  @Test(
    "packed are the types that are text",
    arguments: [
      "application/json", "application/problem+json", "text/plain; charset=utf-8", "text/html",
      "text/css", "text/javascript", "application/yaml", "image/svg+xml", "Application/JSON",
    ])
  func types(_ type: String) async {
    #expect(await answer(response(type: type)).headers[.contentEncoding] == "gzip")
  }

  @Test(
    "what is packed already, or is an event stream, could never have differed",
    arguments: ["text/event-stream", "image/png", "application/gzip", "application/octet-stream"])
  func otherTypes(_ type: String) async {
    let answer = await answer(response(type: type))
    #expect(answer.headers[.contentEncoding] == nil)
    #expect(answer.headers[.vary] == nil)
  }

  @Test("what fits into one segment stays as it is")
  func small() async throws {
    let just = String(repeating: "a", count: 1024)
    #expect(await answer(response(.ok, just)).headers[.contentEncoding] == "gzip")
    let below = await answer(response(.ok, String(just.dropFirst())))
    #expect(below.headers[.contentEncoding] == nil)
    #expect(below.headers[.vary] == nil)
  }

  @Test("what does not get smaller stays as it is")
  func incompressible() async throws {
    var state: UInt32 = 1
    let noise = (0..<4096).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    let answer = await answer(
      ServerResponse(.ok, headers: [.contentType: "text/plain"], body: .bytes(noise)))
    #expect(answer.headers[.contentEncoding] == nil)
    #expect(try bytes(answer) == noise)
  }

  @Test("what has no whole body is left alone, and what has a coding is not given another")
  func leftAlone() async {
    for status: HTTPResponse.Status in [.noContent, .partialContent, .notModified, .resetContent] {
      #expect(await answer(response(status)).headers[.contentEncoding] == nil, "\(status)")
    }
    let twice = await answer(response(.ok, Self.text, [.contentEncoding: "br"]))
    #expect(twice.headers[.contentEncoding] == "br")
    #expect(twice.headers[.vary] == nil)
  }

  @Test("RFC 9110 section 8.8.1: other bytes under a strong tag would be a lie, so it is weakened")
  func tags() async {
    for (before, after) in [("\"here\"", "W/\"here\""), ("W/\"here\"", "W/\"here\"")] {
      let fields: HTTPFields = [.eTag: before, .acceptRanges: "bytes"]
      let packed = await answer(response(.ok, Self.text, fields))
      #expect(packed.headers[.eTag] == after)
      #expect(packed.headers[.acceptRanges] == nil, "offsets would be in the packed bytes")
      let plain = await answer(response(.ok, Self.text, fields), accepting: nil)
      #expect(plain.headers[.eTag] == before)
      #expect(plain.headers[.acceptRanges] == "bytes")
    }
  }

  @Test("RFC 9110 section 9.3.2: HEAD says what GET would, and packs nothing")
  func head() async throws {
    let server = try TestServer(
      handler: CompressingHandler(
        TestHandler { _ in response() }, pool: BlockingPool(width: 1)))
    let client = try server.client()
    await client.send(
      "HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n")
    let answer = await client.readToEnd()
    #expect(answer.contains("\r\nContent-Encoding: gzip\r\n"))
    #expect(answer.contains("\r\nVary: Accept-Encoding\r\n"))
    #expect(!answer.contains("Content-Length"), "that of the packed body is not known")
    #expect(!answer.contains("Transfer-Encoding"))
    #expect(answer.content == "")
    await server.stop()
  }

  @Test("each piece of a stream can be unpacked when it arrives, before the next is written")
  func streams() async throws {
    let (pieces, next) = AsyncStream.makeStream(of: String.self)
    let packed = await answer(
      ServerResponse(
        .ok, headers: [.contentType: "text/plain"],
        body: .stream { writer in
          for await piece in pieces { try await writer.write(Array(piece.utf8)) }
        }))
    #expect(packed.headers[.contentEncoding] == "gzip")
    guard case .stream(let run) = packed.body else { throw ShellFailure("no stream") }
    let (written, hear) = AsyncStream.makeStream(of: [UInt8].self)
    let writing = Task {
      try await run(HTTPBodyWriter { hear.yield($0) })
      hear.finish()
    }
    var received: [UInt8] = []
    var heard = written.makeAsyncIterator()
    for piece in ["STEP 1\n", "STEP 2\n", String(repeating: "x", count: 40_000)] {
      next.yield(piece)
      let bytes = try #require(await heard.next())
      // RFC 1951 section 3.2.4: an empty stored block, which ends on a byte, is what a flush leaves.
      #expect(bytes.suffix(4) == [0, 0, 0xFF, 0xFF])
      received += bytes
    }
    next.finish()
    while let rest = await heard.next() { received += rest }
    try await writing.value
    let plain = try Gzip.decompress(received, limit: 100_000)
    #expect(plain == Array(("STEP 1\nSTEP 2\n" + String(repeating: "x", count: 40_000)).utf8))
  }

  @Test(
    "R12: beyond so many packed streams at once, one is sent as it is; later there is room again")
  func streamLimit() async throws {
    let handler = CompressingHandler(
      TestHandler { _ in
        ServerResponse(
          .ok, headers: [.contentType: "text/plain"], body: .stream { try await $0.write([65]) })
      }, streamLimit: 2, pool: BlockingPool(width: 1))
    let request = ServerRequest(
      id: "1", method: .get, path: "/", headers: RequestFields([.acceptEncoding: "gzip"]))
    var open: [ServerResponse] = []
    for coding in ["gzip", "gzip", nil] {
      let response = await handler.respond(to: request)
      #expect(response.headers[.contentEncoding] == coding)
      #expect(response.headers[.vary] == "Accept-Encoding")
      open.append(response)
    }
    open.removeFirst()
    #expect(await handler.respond(to: request).headers[.contentEncoding] == "gzip")
  }

  @Test("a packed stream that fails has no end, so that its reader knows")
  func failure() async throws {
    struct Broken: Error {}
    let server = try TestServer(
      handler: CompressingHandler(
        TestHandler { _ in
          ServerResponse(
            .ok, headers: [.contentType: "text/plain"],
            body: .stream { writer in
              try await writer.write(Array("part".utf8))
              throw Broken()
            })
        }, pool: BlockingPool(width: 1)))
    let result = try await ChildProcess(
      "curl", ["-s", "--compressed", "http://127.0.0.1:\(server.address.port)/"],
      environment: ["PATH": "/usr/bin:/bin"], deadline: .seconds(60)
    ).run()
    #expect(!result.succeeded)
    #expect(result.outputText == "part")
    await server.stop()
  }

  @Test("curl unpacks what it asked for: a body, and a stream")
  func curl() async throws {
    let server = try TestServer(
      handler: CompressingHandler(
        TestHandler { request in
          guard request.path == "/stream" else { return response() }
          return ServerResponse(
            .ok, headers: [.contentType: "text/plain"],
            body: .stream { writer in
              for _ in 0..<20 { try await writer.write(Array(Self.text.utf8)) }
            })
        }, pool: BlockingPool(width: 1)))
    for (path, expected) in [
      ("/", Self.text), ("/stream", String(repeating: Self.text, count: 20)),
    ] {
      let result = try await ChildProcess(
        "curl", ["-sf", "--compressed", "http://127.0.0.1:\(server.address.port)\(path)"],
        environment: ["PATH": "/usr/bin:/bin"], deadline: .seconds(60)
      ).run()
      #expect(result.succeeded)
      #expect(result.outputText == expected)
    }
    await server.stop()
  }
}

import HTTPServer
import HTTPTypes
import Posix
import Synchronization
import TestKit
import Testing

@Suite struct StreamTests {
  private func streaming(
    _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> TestHandler {
    TestHandler { _ in ServerResponse(.ok, body: .stream(body)) }
  }

  @Test("a stream is chunked under HTTP/1.1, and the connection goes on after it")
  func chunked() async throws {
    let server = try TestServer(
      handler: streaming { writer in
        try await writer.write(Array("hello, ".utf8))
        try await writer.write([])
        await Task.yield()
        try await writer.write(Array("world".utf8))
      })
    let client = try server.client()
    for _ in 0..<2 {
      await client.send(simpleRequest)
      let answer = await client.read(until: "0\r\n\r\n")
      #expect(answer.contains("Transfer-Encoding: chunked"))
      #expect(answer.content == "7\r\nhello, \r\n5\r\nworld\r\n0\r\n\r\n")
    }
    await server.stop()
  }

  @Test("under HTTP/1.0 the end of the connection ends it")
  func closeDelimited() async throws {
    let server = try TestServer(handler: streaming { try await $0.write(Array("hello".utf8)) })
    let client = try server.client()
    await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    let answer = await client.readToEnd()
    #expect(answer.contains("Connection: close"))
    #expect(answer.content == "hello")
    await server.stop()
  }

  @Test("HEAD runs no stream")
  func headRunsNoStream() async throws {
    let server = try TestServer(handler: streaming { _ in Issue.record("streamed") })
    let client = try server.client()
    await client.send("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    #expect(await client.readToEnd().statusCode == 200)
    await server.stop()
  }

  @Test("a writer waits for a client that does not read, and loses nothing")
  func backPressure() async throws {
    let written = Atomic<Int>(0)
    let pieces = 64
    let server = try TestServer(
      handler: streaming { writer in
        for _ in 0..<pieces {
          try await writer.write([UInt8](repeating: 67, count: 1 << 20))
          written.add(1, ordering: .relaxed)
        }
      })
    let client = try TestClient(server.address, receiveBuffer: 64 << 10)
    await client.send("GET / HTTP/1.0\r\n\r\n")
    // Loopback takes a few megabytes into its buffers; the rest has to wait.
    #expect(written.load(ordering: .relaxed) < pieces)
    #expect(await client.readToEnd().content.utf8.count == pieces << 20)
    #expect(written.load(ordering: .relaxed) == pieces)
    await server.stop()
  }

  @Test("a writer hears that its client has gone, and its task is cancelled")
  func clientGone() async throws {
    let (stream, events) = AsyncStream.makeStream(of: String.self)
    let server = try TestServer(
      handler: streaming { writer in
        do {
          try await writer.write([65])
          while true {
            try await Task.sleep(for: .milliseconds(1))
            try await writer.write([65])
          }
        } catch {
          events.yield(error is ClientGone || error is CancellationError ? "gone" : "\(error)")
          throw error
        }
      })
    let client = try server.client()
    await client.send(simpleRequest)
    _ = await client.read(until: "A")
    client.reset()
    var heard = stream.makeAsyncIterator()
    #expect(await heard.next() == "gone")
    await server.stop()
  }

  @Test("a stream that fails is cut: no last chunk, so the client knows")
  func failure() async throws {
    struct Broken: Error {}
    let server = try TestServer(
      handler: streaming { writer in
        try await writer.write(Array("part".utf8))
        throw Broken()
      })
    let client = try server.client()
    await client.send(simpleRequest)
    let answer = await client.readToEnd()
    #expect(answer.hasSuffix("4\r\npart\r\n"), "what was written arrives, and no end")
    await server.stop()
  }
}

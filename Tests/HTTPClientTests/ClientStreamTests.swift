import Dispatch
import HTTPTypes
import TestKit
import Testing

@testable import HTTPClient

@Suite struct ClientStreamTests {
  private let client = HTTPClient()

  private func head(_ status: Int = 200, _ fields: String = "") -> [UInt8] {
    Array("HTTP/1.1 \(status) Status\r\nConnection: close\r\n\(fields)\r\n".utf8)
  }

  private func chunk(_ text: String) -> [UInt8] {
    Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8)
  }

  @Test("A body is handed on while the server still writes it, and ends where it ends")
  func asItComes() async throws {
    let mayGoOn = DispatchSemaphore(value: 0)
    let server = try ScriptedServer { [head = head(200, "Transfer-Encoding: chunked\r\n")] _ in
      .live { [chunk] send in
        _ = send(head + chunk("one"))
        mayGoOn.wait()
        _ = send(chunk("two") + Array("0\r\n\r\n".utf8))
      }
    }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url))
    #expect(stream.status == 200)
    #expect(try await stream.next() == Array("one".utf8))
    mayGoOn.signal()
    #expect(try await stream.next() == Array("two".utf8))
    #expect(try await stream.next() == nil)
  }

  @Test("A head alone is an answer already; a refusal's body can be read")
  func refusal() async throws {
    let server = try ScriptedServer { _ in .response(404, text: "nothing here") }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url))
    #expect(stream.status == 404)
    #expect(try await stream.rest(limit: 1000) == Array("nothing here".utf8))
  }

  @Test("A body without one byte is complete, too")
  func empty() async throws {
    let server = try ScriptedServer { _ in .response(200) }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url))
    #expect(try await stream.next() == nil)
  }

  @Test("A body that is cut does not look complete")
  func cut() async throws {
    let server = try ScriptedServer { [head = head(200, "Transfer-Encoding: chunked\r\n")] _ in
      .live { [chunk] send in _ = send(head + chunk("half")) }
    }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url))
    #expect(try await stream.next() == Array("half".utf8))
    await #expect(throws: ClientError.self) { try await stream.next() }
  }

  @Test("R12: beyond the limit the transfer pauses; nothing is lost when it goes on")
  func pauses() async throws {
    let piece = [UInt8](repeating: 0x61, count: 1 << 20)
    let server = try ScriptedServer { [head = head()] _ in
      .live { send in
        guard send(head) else { return }
        for _ in 0..<16 { guard send(piece) else { return } }
      }
    }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url))
    var total = 0
    var largest = 0
    while let bytes = try await stream.next() {
      total += bytes.count
      largest = max(largest, bytes.count)
    }
    #expect(total == 16 << 20)
    // One piece of libcurl's, 16 KiB unless it was paused, may come on top.
    #expect(largest <= StreamBuffer.limit + (64 << 10))
  }

  @Test("R12: a full buffer takes nothing, and asks for more once it is empty")
  func buffer() async throws {
    let asked = DispatchSemaphore(value: 0)
    let buffer = StreamBuffer { asked.signal() }
    let piece = [UInt8](repeating: 1, count: StreamBuffer.limit)
    #expect(piece.withUnsafeBytes { buffer.take($0) })
    #expect(piece.withUnsafeBytes { !buffer.take($0) })
    #expect(try await buffer.next().get()?.count == StreamBuffer.limit)
    #expect(asked.wait(timeout: .now()) == .success)
    #expect(piece.withUnsafeBytes { buffer.take($0) })
  }

  @Test("R12: a server that does not begin to answer is left at the deadline")
  func headDeadline() async throws {
    let server = try ScriptedServer { _ in .silence }
    defer { server.stop() }
    await #expect(throws: ClientError.timedOut(host: server.host, .milliseconds(200))) {
      try await client.stream(ClientRequest(url: server.url, deadline: .milliseconds(200)))
    }
  }

  @Test("R12: a server that falls silent is given up where that was asked for")
  func silence() async throws {
    let server = try ScriptedServer { [head = head()] _ in
      .live { send in
        _ = send(head + Array("x".utf8))
        DispatchSemaphore(value: 0).wait()
      }
    }
    defer { server.stop() }
    let stream = try await client.stream(ClientRequest(url: server.url), silence: .seconds(1))
    #expect(try await stream.next() == Array("x".utf8))
    do {
      _ = try await stream.next()
      Issue.record("it went on")
    } catch {
      guard case .timedOut = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test(
    "Who leaves is heard by the server: by cancelling, and by letting go", arguments: [true, false])
  func leaving(byCancelling: Bool) async throws {
    let gone = DispatchSemaphore(value: 0)
    let server = try ScriptedServer { [head = head()] _ in
      .live { send in
        guard send(head) else { return }
        // Blocks once nobody reads, until the connection is gone.
        while send([UInt8](repeating: 0x2e, count: 1 << 16)) {}
        gone.signal()
      }
    }
    defer { server.stop() }
    if byCancelling {
      let stream = try await client.stream(ClientRequest(url: server.url))
      let task = Task {
        while try await stream.next() != nil {}
      }
      task.cancel()
      await #expect(throws: ClientError.cancelled) { try await task.value }
    } else {
      _ = try await client.stream(ClientRequest(url: server.url))
    }
    try await eventually("the server's notice") { gone.wait(timeout: .now()) == .success }
  }

  @Test("A stream ends when the client is shut down")
  func shutDown() async throws {
    let server = try ScriptedServer { [head = head()] _ in
      .live { send in
        _ = send(head)
        DispatchSemaphore(value: 0).wait()
      }
    }
    defer { server.stop() }
    let client = HTTPClient()
    let stream = try await client.stream(ClientRequest(url: server.url))
    client.shutDown()
    await #expect(throws: ClientError.closed) { try await stream.next() }
    await #expect(throws: ClientError.closed) {
      _ = try await client.stream(ClientRequest(url: server.url))
    }
  }
}

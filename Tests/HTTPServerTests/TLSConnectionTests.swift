import HTTPServer
import HTTPTypes
import OpenSSLKit
import Posix
import Synchronization
import TestKit
import Testing

@Suite("TLS: the connection under the handshake, with Python's client")
struct TLSConnectionTests {
  private let echo = TestHandler { ServerResponse(.ok, body: .bytes($0.body)) }

  private func streaming(
    _ body: @escaping @Sendable (HTTPBodyWriter) async throws -> Void
  ) -> TestHandler {
    TestHandler { _ in ServerResponse(.ok, body: .stream(body)) }
  }

  @Test("24 MB up and back down arrive as they were")
  func largeBodies() async throws {
    let server = try await TLSFixture.start(handler: echo)
    let said = try await server.python(
      #"""
      body = b"".join(hashlib.sha256(str(n).encode()).digest() for n in range(750_000))
      tls = connect()
      tls.sendall(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode())
      tls.sendall(body)
      answer = http.client.HTTPResponse(tls)
      answer.begin()
      print(answer.status, len(body), answer.read() == body)
      """#)
    #expect(said == "200 24000000 True")
    await server.stop()
  }

  @Test("a writer waits for a client that does not read, and loses nothing")
  func backPressure() async throws {
    let written = Atomic<Int>(0)
    let pieces = 64
    let server = try await TLSFixture.start(
      handler: streaming { writer in
        for _ in 0..<pieces {
          try await writer.write([UInt8](repeating: 67, count: 1 << 20))
          written.add(1, ordering: .relaxed)
        }
      })
    try await server.converse(
      #"""
      tls = connect()
      tls.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
      tls.sendall(b"GET / HTTP/1.0\r\n\r\n")
      first = tls.recv(1)
      print("paused")
      sys.stdin.readline()
      head, body = (first + to_the_end(tls)).split(b"\r\n\r\n", 1)
      assert body == b"C" * (64 << 20)
      """#
    ) { line in
      #expect(line == "paused")
      // Loopback takes a few megabytes into its buffers; the rest has to wait.
      #expect(written.load(ordering: .relaxed) < pieces)
    }
    #expect(written.load(ordering: .relaxed) == pieces)
    await server.stop()
  }

  @Test("pipelined requests that fill many records are answered in their order")
  func pipelining() async throws {
    let server = try await TLSFixture.start()
    let said = try await server.python(
      #"""
      tls = connect()
      requests = [f"GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n" for n in range(3000)]
      sender = threading.Thread(target=lambda: tls.sendall("".join(requests).encode()))
      sender.start()
      answers = tls.makefile("rb")
      for number in range(3000):
          fields = http.client.parse_headers(answers) if answers.readline() else {}
          body = answers.read(int(fields["Content-Length"]))
          assert body == f"GET /{number}".encode(), (number, body)
      print("in order")
      """#)
    #expect(said == "in order")
    await server.stop()
  }

  @Test("RFC 8446 section 6.1: a client that ends its half still gets its answer, and our end")
  func halfClose() async throws {
    let server = try await TLSFixture.start(
      handler: TestHandler { _ in
        for _ in 0..<50 { await Task.yield() }
        return ServerResponse(.ok, body: .bytes(Array("late".utf8)))
      })
    let said = try await server.python(
      #"""
      for announced in True, False:
          plain, incoming, outgoing = raw(), ssl.MemoryBIO(), ssl.MemoryBIO()
          tls = trusting().wrap_bio(incoming, outgoing)
          def turn(call):
              while True:
                  try:
                      return call()
                  except ssl.SSLWantReadError:
                      if outgoing.pending:
                          plain.sendall(outgoing.read())
                      incoming.write(plain.recv(65536)) or incoming.write_eof()
          turn(tls.do_handshake)
          tls.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          if announced:
              try:
                  tls.unwrap()
              except ssl.SSLWantReadError:
                  pass
          plain.sendall(outgoing.read())
          plain.shutdown(socket.SHUT_WR)
          answer = turn(lambda: tls.read(65536)).decode()
          try:
              end = turn(lambda: tls.read(65536))
          except ssl.SSLZeroReturnError:
              end = b""
          print(answer.splitlines()[-1], end)
      """#)
    #expect(said == "late b''\nlate b''")
    await server.stop()
  }

  @Test("a body that is cut short gets 400 and never reaches the handler, announced or not")
  func truncatedBody() async throws {
    let server = try await TLSFixture.start(
      handler: TestHandler { _ in
        Issue.record("served")
        return ServerResponse(.ok)
      })
    let said = try await server.python(
      #"""
      for framing in "Content-Length: 9", "Transfer-Encoding: chunked":
          for announced in True, False:
              tls = connect()
              tls.sendall(f"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n3\r\nabc".encode())
              if announced:
                  lower = socket.socket(fileno=tls.fileno())
                  tls.setblocking(False)
                  try:
                      tls.unwrap()
                  except ssl.SSLWantReadError:
                      pass
                  lower.shutdown(socket.SHUT_WR)
                  lower.detach()
                  tls.setblocking(True)
              else:
                  super(ssl.SSLSocket, tls).shutdown(socket.SHUT_WR)
              answer = b""
              while True:
                  try:
                      more = tls.recv(65536)
                  except ssl.SSLZeroReturnError:
                      break
                  if not more:
                      break
                  answer += more
              print(answer.decode().split()[1])
      """#)
    #expect(said == "400\n400\n400\n400")
    await server.stop()
  }

  @Test("an answer up to the connection's end is announced if it is whole, and only then")
  func truncatedAnswer() async throws {
    struct Broken: Error {}
    let server = try await TLSFixture.start(
      handler: TestHandler { request in
        ServerResponse(
          .ok,
          body: .stream { writer in
            try await writer.write(Array("part".utf8))
            if request.path == "/broken" { throw Broken() }
          })
      })
    let said = try await server.python(
      #"""
      for path in "/whole", "/broken":
          tls = connect()
          tls.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
          try:
              print(to_the_end(tls).split(b"\r\n\r\n")[1])
          except ssl.SSLError as error:
              print(error.reason)
      """#)
    #expect(said == "b'part'\nUNEXPECTED_EOF_WHILE_READING")
    await server.stop()
  }

  @Test("an idle connection is closed with a goodbye")
  func idle() async throws {
    var limits = ServerLimits.forTests
    limits.idle = .milliseconds(100)
    let server = try await TLSFixture.start(limits: limits)
    #expect(try await server.python("tls = connect()\nask(tls)\nprint(tls.recv(1))") == "b''")
    await server.stop()
  }

  @Test("R12: a handshake that is silent, slow or left lying is closed at the head's deadline")
  func slowHandshakes() async throws {
    var limits = ServerLimits.forTests
    limits.head = .milliseconds(300)
    let server = try await TLSFixture.start(limits: limits)
    let silent = try TestClient(server.address)
    #expect(await silent.readToEnd() == "")
    let slow = try TestClient(server.address)
    for byte: [UInt8] in [[22], [3], [1], [0], [200], [1], [0]] { await slow.send(byte) }
    #expect(await slow.readToEnd() == "")
    let said = try await server.python(
      #"""
      incoming, outgoing, plain = ssl.MemoryBIO(), ssl.MemoryBIO(), raw()
      try:
          trusting().wrap_bio(incoming, outgoing).do_handshake()
      except ssl.SSLWantReadError:
          pass
      plain.sendall(outgoing.read())
      print(len(to_the_end(plain)) > 500)
      """#)
    #expect(said == "True")
    try await eventually("their end") { server.test.server.connectionCount == 0 }
    await server.stop()
  }

  @Test("plain HTTP gets a 400 that says what is wrong, whatever its method and size")
  func plainHTTP() async throws {
    let server = try await TLSFixture.start()
    let requests = [
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "DELETE / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
        + String(repeating: "x", count: 200_000),
    ]
    for request in requests {
      let client = try TestClient(server.address)
      await client.send(request)
      let answer = await client.readToEnd()
      #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\nDate: "))
      #expect(answer.contains("\r\nContent-Type: text/plain; charset=utf-8\r\n"))
      #expect(answer.contains("\r\nConnection: close\r\n"))
      #expect(answer.content == "This port speaks TLS: use https://\n")
      client.close()
    }
    try await eventually("their end") { server.test.server.connectionCount == 0 }
    #expect(try await server.curl("/still") == "GET /still")
    await server.stop()
  }

  @Test("bytes that are no TLS end their connection, at any time, and nothing else")
  func garbage() async throws {
    let server = try await TLSFixture.start()
    let beginnings: [[UInt8]] = [
      [0], [128, 46, 1, 3, 1], Array("get / http/1.1\r\n".utf8), [21, 3, 3, 0, 2, 2, 80],
      [22, 3, 1, 0, 4, 2, 0, 0, 0], [22, 3, 1, 255, 255, 1, 0, 0, 9], [22, 3, 1, 0, 3, 1, 0, 0],
      [22, 3, 1, 0, 9, 1, 0, 255, 255], [22, 3, 1, 0, 5, 1, 0, 0, 1, 7],
    ]
    for bytes in beginnings {
      let client = try TestClient(server.address)
      await client.send(bytes)
      // Nothing, or an alert.
      #expect(await client.readToEnd().utf8.count < 20)
    }
    let said = try await server.python(
      #"""
      for before in "handshake", "request", "answer":
          tls = connect()
          plain = socket.socket(fileno=tls.fileno())
          plain.settimeout(60)
          if before == "answer":
              tls.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
          if before == "handshake":
              plain.detach()
              plain = raw()
              plain.sendall(bytes([22, 3, 1, 0, 200, 1, 0, 0, 196]) + bytes(196))
          else:
              plain.sendall(b"\x17\x03\x03\x00\x20" + bytes(32))
          while plain.recv(65536):
              pass
          print("closed")
          plain.detach()
      """#)
    #expect(said == "closed\nclosed\nclosed")
    #expect(try await server.curl("/still") == "GET /still")
    await server.stop()
  }

  @Test("clients that go away in the middle of everything leave nothing behind")
  func disconnects() async throws {
    let server = try await TLSFixture.start(
      handler: TestHandler { _ in
        ServerResponse(.ok, body: .bytes([UInt8](repeating: 66, count: 4 << 20)))
      })
    _ = try await server.python(
      #"""
      import struct
      def hello():
          incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
          try:
              trusting().wrap_bio(incoming, outgoing).do_handshake()
          except ssl.SSLWantReadError:
              return outgoing.read()
      def after(*parts):
          tls = connect()
          for part in parts:
              tls.sendall(part)
          return tls
      def cut(connection, abruptly):
          if abruptly:
              connection.setsockopt(
                  socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
          connection.close()
      def begun(count):
          plain = raw()
          plain.sendall(hello()[:count])
          return plain
      get = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
      post = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
      def answered():
          tls = after(get)
          tls.recv(1000)
          return tls
      stages = [
          raw, lambda: begun(3), lambda: begun(100), lambda: begun(10000), connect,
          lambda: after(get[:9]), lambda: after(get), answered, lambda: after(post),
          lambda: after(post, bytes(50000)), lambda: after(get * 100)]
      for _ in range(5):
          for stage in stages:
              for abruptly in True, False:
                  cut(stage(), abruptly)
      """#)
    try await eventually("their end") { server.test.server.connectionCount == 0 }
    await server.stop()
  }

  @Test("R12: more connections than allowed get an alert")
  func connectionLimit() async throws {
    var limits = ServerLimits.forTests
    limits.connections = 1
    let server = try await TLSFixture.start(limits: limits)
    let said = try await server.python(
      #"""
      first = connect()
      print(ask(first))
      try:
          connect()
      except ssl.SSLError as error:
          print(error.reason)
      """#)
    #expect(said == "GET /a\nTLSV1_ALERT_INTERNAL_ERROR")
    await server.stop()
  }

  @Test("a stop lets what is in flight be answered, and says goodbye to what is idle")
  func gracefulStop() async throws {
    let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
    let (releases, release) = AsyncStream.makeStream(of: Void.self)
    let server = try await TLSFixture.start(
      handler: TestHandler { request in
        if request.path == "/slow" {
          arrival.yield()
          for await _ in releases { break }
        }
        return ServerResponse(.ok, body: .bytes(Array("done".utf8)))
      })
    let stopped = Mutex<Task<Void, Never>?>(nil)
    try await server.converse(
      #"""
      idle, busy = connect(), connect()
      ask(idle)
      busy.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
      print("busy")
      sys.stdin.readline()
      print(to_the_end(idle))
      sys.stdin.readline()
      print(to_the_end(busy).split(b"\r\n\r\n")[1])
      busy.close()
      sys.stdin.readline()
      """#
    ) { line in
      switch line {
      case "busy":
        // Sent is not yet received: what the server has not seen it may close as idle.
        for await _ in arrivals { break }
        stopped.withLock { $0 = Task { await server.stop() } }
      case "b''": release.yield()
      default: #expect(line == "b'done'")
      }
    }
    await stopped.withLock { $0 }?.value
    #expect(server.test.server.connectionCount == 0)
  }
}

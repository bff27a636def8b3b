import Glibc
import Synchronization

/// An HTTP/1.1 server that says exactly what a test tells it to, byte for byte, on a loopback port:
/// for what no well-behaved server can be made to do. One connection per request.
package final class ScriptedServer: Sendable {
  package struct Request: Sendable {
    package var method: String
    /// Path and query.
    package var target: String
    /// Names in lower case; a repeated one has its last value.
    package var headers: [String: String]
    package var body: [UInt8]
  }

  package enum Answer: Sendable {
    /// Sent as it stands, then the connection is closed.
    case bytes([UInt8])
    /// Nothing is sent until the client goes away.
    case silence
    /// The connection is closed at once.
    case hangUp
    /// Sent by the closure, on a thread of its own that may block, then the connection is closed.
    /// What the closure gets sends bytes, and is false once the client is gone.
    case live(@Sendable (@Sendable ([UInt8]) -> Bool) -> Void)

    package static func response(
      _ status: Int, _ headers: [(String, String)] = [], _ body: [UInt8] = [],
      declaring length: Int? = nil
    ) -> Answer {
      var head = "HTTP/1.1 \(status) Status\r\n"
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      head += "Content-Length: \(length ?? body.count)\r\nConnection: close\r\n\r\n"
      return .bytes(Array(head.utf8) + body)
    }

    package static func response(
      _ status: Int, _ headers: [(String, String)] = [], text: String
    ) -> Answer {
      response(status, headers, Array(text.utf8))
    }
  }

  package let port: Int
  package var url: String { "http://127.0.0.1:\(port)" }
  package var host: String { "127.0.0.1:\(port)" }

  private let listener: CInt
  private let log = Mutex<[Request]>([])
  private let answer: @Sendable (Request) -> Answer

  /// Everything that was asked so far, in order.
  package var requests: [Request] { log.withLock { $0 } }

  package init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    self.answer = answer
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = listener
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
          && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard bound else { throw NeverHappened(description: "no loopback port: errno \(errno)") }
    port = Int(UInt16(bigEndian: address.sin_port))
    Self.thread { [self] in acceptLoop() }
  }

  /// Ends the accept loop; connections end by themselves.
  package func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func acceptLoop() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0 && errno != EINVAL {
        // Another test may have all descriptors for an instant. EINVAL: it was stopped.
        usleep(1000)
        continue
      }
      guard connection >= 0 else { break }
      Self.thread { [self] in serve(connection) }
    }
    close(listener)
  }

  private func serve(_ connection: CInt) {
    defer { close(connection) }
    guard let request = Self.readRequest(connection) else { return }
    log.withLock { $0.append(request) }
    switch answer(request) {
    case .hangUp: break
    case .silence:
      var byte: UInt8 = 0
      while recv(connection, &byte, 1, 0) > 0 {}
    case .bytes(let bytes): _ = Self.send(bytes, to: connection)
    case .live(let talk): talk { Self.send($0, to: connection) }
    }
  }

  private static func send(_ bytes: [UInt8], to connection: CInt) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }

  private static func readRequest(_ connection: CInt) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let blank = Array("\r\n\r\n".utf8)
    while true {
      if let end = bytes.firstRange(of: blank) {
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
          .split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        guard start.count == 3 else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
          guard let colon = line.firstIndex(of: ":") else { return nil }
          let value = line[line.index(after: colon)...]
          headers[line[..<colon].lowercased()] = String(value.drop { $0 == " " })
        }
        let body = bytes[end.upperBound...]
        if body.count >= Int(headers["content-length"] ?? "0") ?? 0 {
          return Request(
            method: String(start[0]), target: String(start[1]), headers: headers,
            body: Array(body))
        }
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
    }
  }

  private static func thread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let body: @Sendable () -> Void
      init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, Unmanaged.passRetained(Box(body)).toOpaque())
    pthread_detach(thread)
  }
}

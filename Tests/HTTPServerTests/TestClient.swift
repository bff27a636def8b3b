import Glibc
import HTTPServer
import HTTPTypes
import Logging
import OpenSSLKit
import Posix
import Synchronization
import Testing

/// A raw TCP client: what is sent and what comes back are text, as on the wire. Its calls block on
/// threads of its own, so it can send and read at the same time.
final class TestClient: Sendable {
  private let descriptor: Mutex<OwnedDescriptor?>
  private let number: CInt
  private let sending = BlockingPool(width: 1)
  private let reading = BlockingPool(width: 1)

  init(_ address: SocketAddress, receiveBuffer: CInt? = nil) throws {
    let socket = try Self.connect(to: address, receiveBuffer: receiveBuffer)
    number = socket.number
    descriptor = Mutex(socket)
  }

  /// A socket to the loopback port of `address`.
  @discardableResult
  static func connect(
    to address: SocketAddress, receiveBuffer: CInt? = nil
  ) throws(PosixError) -> OwnedDescriptor {
    let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { throw .last("socket") }
    let owned = OwnedDescriptor(owning: number)
    var limit = timeval(tv_sec: 60, tv_usec: 0)
    setsockopt(
      number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    if var receiveBuffer {
      setsockopt(
        number, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<CInt>.size))
    }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = address.port.bigEndian
    target.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &target) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw .last("connect") }
    return owned
  }

  /// How many bytes went out before the server closed.
  @discardableResult
  func send(_ text: String) async -> Int { await send(Array(text.utf8)) }

  @discardableResult
  func send(_ bytes: [UInt8]) async -> Int {
    await sending.run { [number] in
      var sent = 0
      while sent < bytes.count {
        let count = bytes.withUnsafeBytes {
          Glibc.send(
            number, $0.baseAddress?.advanced(by: sent), $0.count - sent, CInt(MSG_NOSIGNAL))
        }
        if count <= 0 { break }
        sent += count
      }
      return sent
    }
  }

  func endSending() { _ = shutdown(number, CInt(SHUT_WR)) }

  /// An abrupt end: the server's next write meets a reset.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      number, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    descriptor.withLock { $0 = nil }
  }

  func close() { descriptor.withLock { $0 = nil } }

  /// Everything up to the server's end.
  func readToEnd() async -> String { await read(until: nil) }

  /// One whole answer with a Content-Length.
  func readAnswer() async -> String {
    await read(until: { text in
      guard let end = text.firstRange(of: "\r\n\r\n") else { return false }
      let length = text[..<end.lowerBound].split(separator: "\r\n").lazy
        .filter { $0.hasPrefix("Content-Length: ") }.compactMap { Int($0.dropFirst(16)) }.first
      return text[end.upperBound...].utf8.count >= length ?? 0
    })
  }

  /// Up to `count` occurrences of `mark`.
  func read(until mark: String, count: Int = 1) async -> String {
    await read(until: { $0.ranges(of: mark).count >= count })
  }

  /// Takes a few bytes at a time up to the server's end, and says how many they were.
  func drain(pieces size: Int) async -> Int {
    await reading.run { [number] in
      var buffer = [UInt8](repeating: 0, count: size)
      var total = 0
      while true {
        let count = recv(number, &buffer, buffer.count, 0)
        guard count > 0 else { return total }
        total += count
      }
    }
  }

  /// Takes so many bytes and no more; fewer where the server's end comes first.
  func take(_ count: Int) async -> Int {
    await reading.run { [number] in
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      var total = 0
      while total < count {
        let taken = recv(number, &buffer, min(buffer.count, count - total), 0)
        guard taken > 0 else { break }
        total += taken
      }
      return total
    }
  }

  private func read(until isDone: (@Sendable (String) -> Bool)?) async -> String {
    await reading.run { [number] in
      var text: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = recv(number, &buffer, buffer.count, 0)
        guard count > 0 else { break }
        text += buffer.prefix(count)
        if let isDone, isDone(String(decoding: text, as: UTF8.self)) { break }
      }
      return String(decoding: text, as: UTF8.self)
    }
  }
}

/// A handler made of closures.
struct TestHandler: HTTPHandler {
  var limit = 25 << 20
  var answer: @Sendable (ServerRequest) async -> ServerResponse = { request in
    ServerResponse(.ok, body: .bytes(Array("\(request.method) \(request.path)".utf8)))
  }

  func bodyLimit(for head: RequestHeadView) -> Int { limit }
  func respond(to request: ServerRequest) async -> ServerResponse { await answer(request) }
}

/// A server on a free port.
struct TestServer {
  let server: WebServer
  let address: SocketAddress

  init(
    limits: ServerLimits = .forTests, proxies: [String] = [],
    handler: any HTTPHandler = TestHandler(),
    reactors: Int = 2, tls: TLSInForce? = nil,
    shortage: @escaping @Sendable () -> CInt? = { nil }
  ) throws {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    server = WebServer(
      listen: try #require(SocketAddress("127.0.0.1:0")), limits: limits,
      proxies: TrustedProxies(proxies.compactMap(AddressBlock.init)), handler: handler,
      logger: logger, reactors: reactors, tls: tls, shortage: shortage)
    address = try server.start()
  }

  func client() throws -> TestClient { try TestClient(address) }
  func stop() async { await server.stop(within: .seconds(30)) }
}

extension ServerLimits {
  /// Clients of tests stay open after the last answer; the server need not wait long for them.
  static let forTests: ServerLimits = {
    var limits = ServerLimits()
    limits.linger = .milliseconds(200)
    return limits
  }()
}

let simpleRequest = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"

extension String {
  /// Of the first answer in a text.
  var statusCode: Int? { Int(split(separator: " ").dropFirst().first ?? "") }
  var content: String {
    firstRange(of: "\r\n\r\n").map { String(self[$0.upperBound...]) } ?? ""
  }
}

import Glibc
import Posix
import Testing

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080), ("0.0.0.0:0", "0.0.0.0", 0), ("[::1]:443", "::1", 443),
    ("[0:0::1]:65535", "::1", 65535),
  ])
  func readsLiterals(text: String, host: String, port: Int) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.host == host)
    #expect(Int(address.port) == port)
  }

  @Test(arguments: [
    "", ":8080", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:+80", "127.0.0.1:65536",
    "127.0.0.1:080000", "::1:80", "[127.0.0.1]:80", "[::1]", "1.2.3:80", "127.0.0.1:8 0",
  ])
  func refusesTheRest(text: String) { #expect(SocketAddress(text) == nil) }

  @Test func writesWhatItReads() {
    for text in ["127.0.0.1:8080", "[::1]:443"] {
      #expect(SocketAddress(text)?.description == text)
    }
  }
}

@Suite struct ListeningSocketTests {
  @Test("port 0 becomes a real one, and a client gets through")
  func ephemeralPort() throws {
    let listener = try ListeningSocket(on: try #require(SocketAddress("127.0.0.1:0")))
    #expect(listener.address.port > 0)
    #expect(try accepted(from: listener) == nil)
    let client = try connect(to: listener.address.port)
    #expect(try accepted(from: listener)?.host == "127.0.0.1")
    try client.close()
  }

  @Test("a port that is taken is an error, with its name")
  func takenPort() throws {
    let listener = try ListeningSocket(on: try #require(SocketAddress("127.0.0.1:0")))
    #expect(throws: PosixError("bind", EADDRINUSE)) {
      let second = try ListeningSocket(on: listener.address)
      _ = second.address
    }
  }

  @Test("children do not inherit the listener (SOCK_CLOEXEC)")
  func closedInChildren() throws {
    let listener = try ListeningSocket(on: try #require(SocketAddress("127.0.0.1:0")))
    #expect(fcntl(listener.descriptor.number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(listener.descriptor.number, F_GETFL) & O_NONBLOCK != 0)
  }

  private func accepted(from listener: borrowing ListeningSocket) throws -> SocketAddress? {
    guard let connection = try listener.accept() else { return nil }
    return try SocketAddress.peer(of: connection.number)
  }

  private func connect(to port: UInt16) throws -> OwnedDescriptor {
    let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try #require(status == 0)
    return OwnedDescriptor(owning: number)
  }
}

import Testing

@testable import HTTPServer

@Suite("The first bytes on a TLS port")
struct FirstBytesTests {
  private let head: [UInt8] = [22, 3, 1, 0, 8, 1, 0, 0, 4]

  @Test("a hello is one once its first record is whole")
  func hello() {
    let hello = head + [9, 9, 9, 9]
    for count in 0..<hello.count { #expect(FirstBytes(Array(hello[..<count])) == .incomplete) }
    #expect(FirstBytes(hello) == .hello)
    #expect(FirstBytes(hello + [22, 3, 1]) == .hello)
    // It goes on in the next record.
    #expect(FirstBytes([22, 3, 1, 0, 8, 1, 0, 1, 0, 9, 9, 9, 9]) == .hello)
  }

  @Test("R12: what a hello may announce has a limit")
  func limit() {
    #expect(FirstBytes([22, 3, 1, 0x40, 0x00, 1, 0, 0x40, 0x00]) == .incomplete)
    #expect(FirstBytes([22, 3, 1, 0x40, 0x01, 1, 0, 0x3f, 0xfd]) == .other)
    #expect(FirstBytes([22, 3, 1, 0x40, 0x00, 1, 0, 0x40, 0x01]) == .other)
    #expect(FirstBytes([22, 3, 1, 0, 8, 1, 1]) == .other)
  }

  @Test(
    "an upper-case letter begins plain HTTP",
    arguments: ["G", "GET / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "Z"])
  func plainHTTP(text: String) { #expect(FirstBytes(Array(text.utf8)) == .plainHTTP) }

  @Test(
    "anything else is refused as soon as it shows",
    arguments: [
      [0], [20], [21, 3, 3, 0, 2, 2, 80], [23, 3, 3], [22, 2], [22, 3, 1, 0, 8, 2],
      [22, 3, 1, 0, 3], [22, 3, 1, 0, 0], [128, 46, 1, 3, 1], Array("get /".utf8),
    ] as [[UInt8]])
  func other(bytes: [UInt8]) { #expect(FirstBytes(bytes) == .other) }
}

/// What one connection may ask of us before its request is understood. Sizes are bytes.
package struct WireLimits: Hashable, Sendable {
  /// The whole head. Defends the memory of a connection: a head is kept until it is complete.
  package var head = 16 << 10
  /// RFC 9110 section 4.1 asks for 8000 octets at least. Defends routers and logs.
  package var target = 8 << 10
  /// The longest registered method has 17 letters. Defends the request line.
  package var method = 32
  /// Defends against heads of many tiny fields, which cost far more to store than to send.
  package var fields = 100
  /// RFC 9112 section 2.2 asks to forgive one empty line before a request. Defends against a
  /// client that sends nothing else.
  package var leadingEmptyLines = 2
  /// All chunk extensions of one body. Defends against bodies that are mostly framing
  /// (CVE-2023-39326).
  package var chunkExtensions = 4 << 10
  /// The whole trailer section, which nobody reads. Defends like `head`.
  package var trailers = 4 << 10
  /// Fields in the trailer section.
  package var trailerFields = 32
  /// What is read and thrown away of a connection that was answered and is about to close, so that
  /// the answer is not lost to a reset (RFC 9112 section 9.6). Defends against endless senders.
  package var linger = 256 << 10

  package init() {}

  /// Method, target, two spaces, `HTTP/1.1`.
  var requestLine: Int { method + target + 10 }
}

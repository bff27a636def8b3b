import HTTPWire
import Testing

/// One thing that a client may send, and what is made of it.
struct WireCase: CustomTestStringConvertible, Sendable {
  let name: String
  let input: String
  let expected: [String]
  let ends: Bool
  var testDescription: String { name }

  init(_ name: String, _ input: String, _ expected: String..., ends: Bool = false) {
    self.name = name
    self.input = input
    self.expected = expected
    self.ends = ends
  }
}

/// A request with these extra lines, each ended by CRLF.
private func get(_ lines: String...) -> String {
  "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

private func post(_ lines: String..., body: String = "") -> String {
  "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

private let follower = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
private let chunked = "Transfer-Encoding: chunked"

/// "9112/3" is RFC 9112 section 3. `last` marks an answer with `Connection: close`.
@Suite struct CorpusTests {
  /// Small, so that what exceeds them can be replayed at every split point in no time.
  static let limits: WireLimits = {
    var limits = WireLimits()
    limits.head = 2 << 10
    limits.target = 200
    limits.chunkExtensions = 256
    limits.trailers = 256
    return limits
  }()

  static let requestLines: [WireCase] = [
    WireCase("9112/3 a request", "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b=c"),
    WireCase("9112/2.2 an empty line before it is forgiven", "\r\n" + get(), "GET /"),
    WireCase("9112/2.2 not many", "\r\n\r\n\r\n" + get(), "400 malformedRequestLine", "last"),
    WireCase("9112/3 two spaces", "GET  / HTTP/1.1\r\n", "400 malformedRequestLine", "last"),
    WireCase("9112/3 a tab", "GET\t/ HTTP/1.1\r\n", "400 malformedRequestLine", "last"),
    WireCase("9112/3 space at the end", "GET / HTTP/1.1 \r\n", "400 malformedRequestLine", "last"),
    WireCase(
      "9112/3 space at the start", " GET / HTTP/1.1\r\n", "400 malformedRequestLine", "last"),
    WireCase("1945/4.1 HTTP/0.9", "GET /\r\n", "400 malformedRequestLine", "last"),
    WireCase("9112/3.1 no method", "/ HTTP/1.1\r\n", "400 malformedRequestLine", "last"),
    WireCase(
      "9112/3.1 a method that is no token", "G(T / HTTP/1.1\r\n", "400 malformedRequestLine", "last"
    ),
    WireCase(
      "9110/15.6.2 a method longer than any", String(repeating: "G", count: 33) + " / HTTP/1.1\r\n",
      "501 unsupportedMethod", "last"),
    WireCase("9110/9.3.6 CONNECT", "CONNECT a:1 HTTP/1.1\r\n", "501 unsupportedMethod", "last"),
    WireCase(
      "9110/9.1 an unknown method is a request", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /"),
    WireCase("9110/9.1 methods have case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get /"),
    WireCase("9112/2.3 lower-case http", "GET / http/1.1\r\n", "400 malformedRequestLine", "last"),
    WireCase("9112/2.3 two digits", "GET / HTTP/1.10\r\n", "400 malformedRequestLine", "last"),
    WireCase("9112/2.3 no digit", "GET / HTTP/1.\r\n", "400 malformedRequestLine", "last"),
    WireCase("9110/15.6.6 HTTP/2", "PRI * HTTP/2.0\r\n", "505 unsupportedVersion", "last"),
    WireCase("9110/15.6.6 HTTP/0.9, said", "GET / HTTP/0.9\r\n", "505 unsupportedVersion", "last"),
    WireCase("9110/2.5 a higher minor version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /"),
    WireCase("a TLS hello", "\u{16}\u{3}\u{1}", "400 controlByte", "last"),
    WireCase(
      "9110/15.5.15 a target too long",
      "GET /" + String(repeating: "a", count: 200) + " HTTP/1.1\r\n", "414 targetTooLong", "last"),
    WireCase(
      "9110/4.1 a target as long as it may be",
      "GET /" + String(repeating: "a", count: 199) + " HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /" + String(repeating: "a", count: 199)),
  ]

  static let targets: [WireCase] = [
    WireCase("9112/3.2.1 an empty query", "GET /? HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?"),
    WireCase("9112/3.2.2 absolute", "GET http://b/c?d HTTP/1.1\r\nHost: a\r\n\r\n", "GET /c?d"),
    WireCase(
      "9112/3.2.2 absolute, no path", "GET HTTP://b:80 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /"),
    WireCase(
      "9112/3.2.2 absolute, query only", "GET http://b?c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /?c"),
    WireCase(
      "9110/4.2.4 user information", "GET http://u@b/ HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase(
      "9110/4.2.1 an empty authority", "GET http:///c HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("another scheme", "GET ftp://b/ HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("9112/3.2.4 asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *"),
    WireCase(
      "9112/3.2.4 asterisk is for OPTIONS", "GET * HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("no slash", "GET a HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("9110/7.1 a fragment", "GET /#a HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("3986/2 not ASCII", "GET /é HTTP/1.1\r\n", "400 malformedTarget", "last"),
    WireCase("a NUL", "GET /\0 HTTP/1.1\r\n", "400 controlByte", "last"),
    WireCase("a DEL", "GET /\u{7F} HTTP/1.1\r\n", "400 controlByte", "last"),
  ]

  static let fields: [WireCase] = [
    WireCase("9112/5 no space needed", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", "GET /"),
    WireCase("9112/5 space around a value", get("A: \t b \t "), "GET /"),
    WireCase("9112/5 an empty value", get("A:"), "GET /"),
    WireCase("9112/5.1 space before the colon", get("A : b"), "400 malformedField", "last"),
    WireCase("9112/5.1 an empty name", get(": b"), "400 malformedField", "last"),
    WireCase("9112/5 no colon", get("A"), "400 malformedField", "last"),
    WireCase("9110/5.1 a name that is no token", get("A(: b"), "400 malformedField", "last"),
    WireCase("9112/5.2 folding", get("A: b", " c"), "400 obsoleteFold", "last"),
    WireCase(
      "9112/5.2 folding at the top", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400 obsoleteFold",
      "last"),
    WireCase("9112/2.2 a lone LF", "GET / HTTP/1.1\nHost: a\n\n", "400 bareLineFeed", "last"),
    WireCase("9112/2.2 a lone LF later", get("A: b\n"), "400 bareLineFeed", "last"),
    WireCase("9112/2.2 a lone CR", get("A: b\rc"), "400 bareCarriageReturn", "last"),
    WireCase("9110/5.5 a NUL", get("A: b\0"), "400 controlByte", "last"),
    WireCase("9110/5.5 an escape", get("A: \u{1B}[31m"), "400 controlByte", "last"),
    WireCase("9110/5.5 obs-text", get("A: é"), "GET /"),
    WireCase("9112/3.2 no Host", "GET / HTTP/1.1\r\n\r\n", "400 missingHost", "last"),
    WireCase("9112/3.2 two Hosts", get("Host: a"), "400 duplicateHost", "last"),
    WireCase("9112/3.2 an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET /"),
    WireCase("9112/3.2 an IPv6 Host", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "GET /"),
    WireCase(
      "9112/3.2 a Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 malformedHost",
      "last"),
    WireCase(
      "9112/3.2 a list of Hosts", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400 malformedHost",
      "last"),
    WireCase(
      "9112/3.2 a Host with user information", "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
      "400 malformedHost", "last"),
    WireCase(
      "9112/3.2 a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400 malformedHost",
      "last"),
    WireCase(
      "6585/5 too many fields", get((0..<100).map { "A\($0): b" }.joined(separator: "\r\n")),
      "431 tooManyFields", "last"),
    WireCase(
      "6585/5 a head too large", get("A: " + String(repeating: "b", count: 2 << 10)),
      "431 headTooLarge", "last"),
  ]

  static let framing: [WireCase] = [
    WireCase("9112/6.3 no body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /"),
    WireCase("9112/6.2 a length", post("Content-Length: 2", body: "hi"), "POST / body=hi"),
    WireCase("9112/6.2 a length of zero", post("Content-Length: 0"), "POST /"),
    WireCase(
      "9110/8.6 leading zeros are digits", post("Content-Length: 002", body: "hi"), "POST / body=hi"
    ),
    WireCase("9110/8.6 a sign", post("Content-Length: +2"), "400 malformedContentLength", "last"),
    WireCase(
      "9110/8.6 a negative", post("Content-Length: -0"), "400 malformedContentLength", "last"),
    WireCase(
      "9110/8.6 hexadecimal", post("Content-Length: 0x2"), "400 malformedContentLength", "last"),
    WireCase("9110/8.6 empty", post("Content-Length:"), "400 malformedContentLength", "last"),
    WireCase(
      "9110/8.6 two words", post("Content-Length: 2 2"), "400 malformedContentLength", "last"),
    WireCase(
      "9110/8.6 overflow", post("Content-Length: 18446744073709551618"),
      "400 malformedContentLength", "last"),
    WireCase(
      "9112/6.3 two that agree", post("Content-Length: 2", "Content-Length: 2"),
      "400 duplicateContentLength", "last"),
    WireCase(
      "9112/6.3 two that differ", post("Content-Length: 2", "content-length: 3"),
      "400 duplicateContentLength", "last"),
    WireCase("9112/6.3 a list", post("Content-Length: 2, 2"), "400 duplicateContentLength", "last"),
    WireCase(
      "9112/6.1 length and chunked", post("Content-Length: 2", chunked),
      "400 lengthAndTransferEncoding", "last"),
    WireCase(
      "9112/6.1 chunked and length", post(chunked, "Content-Length: 2"),
      "400 lengthAndTransferEncoding", "last"),
    WireCase(
      "9112/6.1 under HTTP/1.0", "POST / HTTP/1.0\r\n\(chunked)\r\n\r\n",
      "400 transferEncodingUnder10", "last"),
    WireCase(
      "9112/7 codings have no case", post("Transfer-Encoding: CHUNKED", body: "0\r\n\r\n"), "POST /"
    ),
    WireCase(
      "9112/6.1 a coding before it", post("Transfer-Encoding: gzip, chunked"),
      "501 unsupportedTransferCoding", "last"),
    WireCase(
      "9112/6.1 on lines of their own", post("Transfer-Encoding: gzip", chunked),
      "501 unsupportedTransferCoding", "last"),
    WireCase(
      "9112/6.1 chunked is not last", post("Transfer-Encoding: chunked, gzip"),
      "400 malformedTransferEncoding", "last"),
    WireCase(
      "9112/6.1 chunked twice", post("Transfer-Encoding: chunked, chunked"),
      "400 malformedTransferEncoding", "last"),
    WireCase(
      "9112/6.1 chunked twice, two lines", post(chunked, chunked), "400 malformedTransferEncoding",
      "last"),
    WireCase(
      "9112/7 identity is gone", post("Transfer-Encoding: identity"),
      "400 malformedTransferEncoding", "last"),
    WireCase(
      "9112/6.1 a parameter", post("Transfer-Encoding: chunked;a=b"),
      "400 malformedTransferEncoding", "last"),
    WireCase(
      "9112/6.1 an empty element", post("Transfer-Encoding: ,chunked"),
      "400 malformedTransferEncoding", "last"),
    WireCase("9112/6.1 empty", post("Transfer-Encoding:"), "400 malformedTransferEncoding", "last"),
    WireCase(
      "9112/6.1 quoted", post("Transfer-Encoding: \"chunked\""), "400 malformedTransferEncoding",
      "last"),
    WireCase(
      "9110/15.5.14 a body too large", post("Content-Length: 1001"), "413 bodyTooLarge", "last"),
    WireCase("9112/8 half a head", "GET / HT", "400 truncated", "last", "close", ends: true),
    WireCase(
      "9112/8 half a body", post("Content-Length: 3", body: "hi"), "400 truncated", "last", "close",
      ends: true),
    WireCase(
      "9112/8 half a chunk", post(chunked, body: "3\r\nhi"), "400 truncated", "last", "close",
      ends: true),
    WireCase("9112/9.6 nothing at all", "", "close", ends: true),
    WireCase("9112/9.6 an empty line only", "\r\n", "close", ends: true),
  ]

  static let chunks: [WireCase] = [
    WireCase(
      "9112/7.1 chunks", post(chunked, body: "2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n"),
      "POST / body=hi0123456789"),
    WireCase("9112/7.1 an empty body", post(chunked, body: "0\r\n\r\n"), "POST /"),
    WireCase(
      "9112/7.1 leading zeros", post(chunked, body: "0002\r\nhi\r\n000\r\n\r\n"), "POST / body=hi"),
    WireCase(
      "9112/7.1.1 extensions", post(chunked, body: "2;a=b;c=\"d e\"\r\nhi\r\n0;e\r\n\r\n"),
      "POST / body=hi"),
    WireCase(
      "9112/7.1.2 trailers", post(chunked, body: "2\r\nhi\r\n0\r\nA: b\r\nC:\r\n\r\n"),
      "POST / body=hi"),
    WireCase("9112/7.1 a sign", post(chunked, body: "+2\r\nhi\r\n"), "400 malformedChunk", "last"),
    WireCase("9112/7.1 0x", post(chunked, body: "0x2\r\nhi\r\n"), "400 malformedChunk", "last"),
    WireCase("9112/7.1 no size", post(chunked, body: "\r\nhi\r\n"), "400 malformedChunk", "last"),
    WireCase(
      "9112/7.1 space after the size", post(chunked, body: "2 \r\nhi\r\n"), "400 malformedChunk",
      "last"),
    WireCase(
      "9112/7.1 overflow", post(chunked, body: "10000000000000002\r\nhi\r\n"), "400 malformedChunk",
      "last"),
    WireCase(
      "9112/7.1 a lone LF after the size", post(chunked, body: "2\nhi\r\n"), "400 malformedChunk",
      "last"),
    WireCase(
      "9112/7.1 a lone LF in an extension", post(chunked, body: "2;a\nhi\r\n"),
      "400 malformedChunk", "last"),
    WireCase(
      "9112/7.1 a lone CR after the size", post(chunked, body: "2\rhi\r\n"), "400 malformedChunk",
      "last"),
    WireCase(
      "9112/7.1 more than the size", post(chunked, body: "2\r\nhi!\r\n"), "400 malformedChunk",
      "last"),
    WireCase(
      "9112/7.1 a lone LF after the data", post(chunked, body: "2\r\nhi\n0\r\n\r\n"),
      "400 malformedChunk", "last"),
    WireCase(
      "9112/7.1.2 a trailer that is no field", post(chunked, body: "0\r\nA b\r\n\r\n"),
      "400 malformedField", "last"),
    WireCase(
      "9112/7.1.2 a control byte in a trailer", post(chunked, body: "0\r\nA: \0\r\n\r\n"),
      "400 malformedField", "last"),
    WireCase(
      "9112/7.1 many extensions", post(chunked, body: "2;" + String(repeating: "a", count: 256)),
      "400 chunkExtensionsTooLarge", "last"),
    WireCase(
      "9112/7.1.2 large trailers",
      post(chunked, body: "0\r\nA: " + String(repeating: "a", count: 256)), "431 trailersTooLarge",
      "last"),
    WireCase(
      "9112/7.1.2 many trailers",
      post(chunked, body: "0\r\n" + String(repeating: "A:\r\n", count: 33)), "431 trailersTooLarge",
      "last"),
    WireCase(
      "9110/15.5.14 a body too large",
      post(chunked, body: "3E9\r\n" + String(repeating: "a", count: 1001)), "413 bodyTooLarge",
      "last"),
  ]

  static let persistence: [WireCase] = [
    WireCase(
      "9112/9.3 two in a row, in order", get() + "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /",
      "GET /2"),
    WireCase(
      "9112/9.3.2 bodies among them",
      post("Content-Length: 2", body: "hi") + post(chunked, body: "1\r\n!\r\n0\r\n\r\n") + get(),
      "POST / body=hi", "POST / body=!", "GET /"),
    WireCase("9112/9.6 close", get("Connection: close") + follower, "GET /", "last"),
    WireCase(
      "9112/9.6 close in a list, in capitals", get("Connection: a, CLOSE") + follower, "GET /",
      "last"),
    WireCase(
      "9112/9.6 close wins", get("Connection: keep-alive", "Connection: close") + follower, "GET /",
      "last"),
    WireCase("9112/9.3 HTTP/1.0 closes", "GET / HTTP/1.0\r\n\r\n" + follower, "GET /", "last"),
    WireCase(
      "9112/9.3 HTTP/1.0 that keeps", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + get(),
      "GET /", "GET /"),
    WireCase("9112/9.6 the client's end", get(), "GET /", "close", ends: true),
    WireCase(
      "9110/10.1.1 100-continue", post("Expect: 100-continue", "Content-Length: 2", body: "hi"),
      "100", "POST / body=hi"),
    WireCase("9110/10.1.1 not without a body", get("Expect: 100-continue"), "GET /"),
    WireCase(
      "9110/10.1.1 not for a body that is refused",
      post("Expect: 100-continue", "Content-Length: 1001"), "413 bodyTooLarge", "last"),
    WireCase(
      "9110/10.1.1 not under HTTP/1.0",
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n!", "POST / body=!",
      "last"),
    WireCase(
      "9110/15.5.18 another expectation", post("Expect: miracles"), "417 expectationFailed", "last"),
  ]

  /// The ways to smuggle a request: what follows must never be served.
  static let smuggling: [WireCase] = [
    WireCase(
      "CL.TE", post("Content-Length: 6", chunked, body: "0\r\n\r\n" + follower),
      "400 lengthAndTransferEncoding", "last"),
    WireCase(
      "TE.TE, hidden by a space", post("Transfer-Encoding : chunked", body: follower),
      "400 malformedField", "last"),
    WireCase(
      "TE.TE, hidden by a control byte", post("Transfer-Encoding: \u{B}chunked", body: follower),
      "400 controlByte", "last"),
    WireCase(
      "TE.TE, x-chunked", post("Transfer-Encoding: xchunked", body: follower),
      "400 malformedTransferEncoding", "last"),
    WireCase(
      "CL.CL", post("Content-Length: 0", "Content-Length: 40", body: follower),
      "400 duplicateContentLength", "last"),
    WireCase(
      "a body after 413", post("Content-Length: 2000", body: follower), "413 bodyTooLarge", "last"),
    WireCase(
      "a chunk-size line ended by LF", post(chunked, body: "0;\n\r\n" + follower),
      "400 malformedChunk", "last"),
    WireCase(
      "two requests in one line end", "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\r\n\r\n" + follower,
      "400 bareCarriageReturn", "last"),
    WireCase(
      "garbage after a request", get() + "\0" + follower, "GET /", "400 controlByte", "last"),
  ]

  @Test(
    "what is made of it, wherever its bytes are split",
    arguments: requestLines + targets + fields + framing + chunks + persistence + smuggling)
  func corpus(_ wireCase: WireCase) async {
    for pieces in Array(wireCase.input.utf8).everySplit {
      let events = Replay.events(pieces, ends: wireCase.ends, limits: Self.limits)
      // Other tests share the few threads.
      await Task.yield()
      guard events != wireCase.expected else { continue }
      #expect(events == wireCase.expected, "split as \(pieces.map(\.count).prefix(3))")
      return
    }
  }

  @Test("the limits that a server starts with")
  func defaults() {
    let limits = WireLimits()
    #expect(limits.head == 16_384)
    #expect(limits.target == 8192)
    #expect(limits.fields == 100)
    // RFC 9110 section 4.1: 8000 octets at least.
    let target = "/" + String(repeating: "a", count: 7999)
    let request = Array("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
    #expect(Replay.events([request[...]]) == ["GET \(target)"])
  }
}

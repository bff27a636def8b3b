extension Corpus {
  static let fields: [WireCase] = [
    WireCase("9112/5", "no space needed", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", "GET /"),
    WireCase("9112/5", "spaces and tabs around a value", get("A: \t b \t "), "GET /"),
    WireCase("9112/5", "an empty value", get("A:"), "GET /"),
    WireCase("9112/5", "a value of blanks", get("A: \t "), "GET /"),
    WireCase("9112/5", "a colon in a value", get("A: b:c"), "GET /"),
    WireCase("9110/5.1", "names have no case", "GET / HTTP/1.1\r\nhOsT: b\r\n\r\n", "GET / host=b"),
    WireCase(
      "9110/5.1", "a name of every token character", get("!#$%&'*+-.^_`|~09AZaz: b"), "GET /"),
    WireCase("9110/5.5", "a tab in a value", get("A: b\tc"), "GET /"),
    WireCase("9110/5.5", "obs-text", get("A: é"), "GET /"),
    WireCase(
      "9110/5.5", "obs-text that is no UTF-8",
      Array("GET / HTTP/1.1\r\nHost: a\r\nA: ".utf8) + [0xFF, 0x80] + Array("\r\n\r\n".utf8),
      ["GET /"]),
    .refused("9112/5.1", "a space before the colon", get("A : b"), "400 malformedField"),
    .refused("9112/5.1", "a tab before the colon", get("A\t: b"), "400 malformedField"),
    .refused("9112/5.1", "an empty name", get(": b"), "400 malformedField"),
    .refused("9112/5", "no colon", get("A"), "400 malformedField"),
    .refused("9110/5.1", "a name that is no token", get("A(: b"), "400 malformedField"),
    .refused("9110/5.1", "a name with a space", get("A B: c"), "400 malformedField"),
    .refused("9110/5.1", "a name in quotes", get("\"A\": b"), "400 malformedField"),
    .refused("9110/5.1", "a name not in ASCII", get("É: b"), "400 malformedField"),
    .refused("9112/5.2", "folding", get("A: b", " c"), "400 obsoleteFold"),
    .refused("9112/5.2", "folding with a tab", get("A: b", "\tc"), "400 obsoleteFold"),
    .refused("9112/5.2", "a line of blanks", get("A: b", " "), "400 obsoleteFold"),
    .refused(
      "9112/2.2", "a space before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
      "400 obsoleteFold"),
    .refused(
      "9112/2.2", "line feeds alone", "GET / HTTP/1.1\nHost: a\n\n", "400 bareLineFeed"),
    .refused("9112/2.2", "a line feed alone ends a field", get("A: b\n"), "400 bareLineFeed"),
    .refused(
      "9112/2.2", "a line feed alone ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n",
      "400 bareLineFeed"),
    .refused("9112/2.2", "a carriage return in a value", get("A: b\rc"), bareReturn),
    .refused("9112/2.2", "a carriage return at its end", get("A: b\r"), bareReturn),
    .refused("9112/2.2", "a carriage return in a name", get("A\rB: c"), bareReturn),
    .refused("9110/5.5", "a NUL in a value", get("A: b\0"), "400 controlByte"),
    .refused("9110/5.5", "a NUL in a name", get("A\0: b"), "400 controlByte"),
    .refused("9110/5.5", "an escape", get("A: \u{1B}[31m"), "400 controlByte"),
    .refused("9110/5.5", "a DEL in a value", get("A: \u{7F}"), "400 controlByte"),
    .refused("9110/5.5", "a form feed around a value", get("A: \u{C}b"), "400 controlByte"),
  ]

  /// What a client may say and this server does not act on.
  static let ignored: [WireCase] = [
    WireCase("9110/7.8", "Upgrade", get("Connection: Upgrade", "Upgrade: websocket"), "GET /"),
    WireCase(
      "9110/7.8", "Upgrade to HTTP/2",
      get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
      "GET /"),
    WireCase("9110/10.1.4", "TE", get("Connection: TE", "TE: trailers, gzip;q=0.5"), "GET /"),
    WireCase(
      "9110/6.6.2", "Trailer", post("Trailer: A", "Content-Length: 1", body: "b"), "POST / body=b"),
    WireCase(
      "9110/7.6.2", "Max-Forwards: nobody is further down the line",
      "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", "OPTIONS /"),
    WireCase(
      "9110/9.3.8", "TRACE is a request; the router says 405",
      "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n", "TRACE /"),
    WireCase(
      "9110/9.3.1", "a body of GET is read", get("Content-Length: 2") + "hi" + get(),
      "GET / body=hi", "GET /"),
    WireCase(
      "9110/9.3.2", "a body of HEAD is read",
      "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi" + get(), "HEAD / body=hi", "GET /"
    ),
    WireCase(
      "9112/C.2.2", "Keep-Alive and Proxy-Connection",
      get("Keep-Alive: timeout=5", "Proxy-Connection: close"), "GET /"),
    WireCase(
      "9110/7.6.1", "a Connection option that names a field", get("Connection: A", "A: b"), "GET /"),
  ]
}

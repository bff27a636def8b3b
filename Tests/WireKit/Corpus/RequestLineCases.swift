extension Corpus {
  static let requestLines: [WireCase] = [
    WireCase("9112/3", "a request", "GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /a?b=c"),
    WireCase("9112/2.2", "an empty line before it is forgiven", "\r\n" + get(), "GET /"),
    WireCase("9112/2.2", "and a second one", "\r\n\r\n" + get(), "GET /"),
    .refused("9112/2.2", "three are not", "\r\n\r\n\r\n" + get(), "400 malformedRequestLine"),
    .refused("9112/2.2", "a line feed before it", "\n" + get(), "400 bareLineFeed"),
    .refused("9112/3", "two spaces", "GET  / HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused(
      "9112/3", "two spaces before the version", "GET /  HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "a tab", "GET\t/ HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused(
      "9112/3", "a tab before the version", "GET /\tHTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "a space at the end", "GET / HTTP/1.1 \r\n", "400 malformedRequestLine"),
    .refused("9112/3", "a space at the start", " GET / HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "a word too many", "GET / a HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "no target", "GET HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "an empty target", "GET  HTTP/1.1\r\n", "400 malformedTarget"),
    .refused("9112/3", "a method alone", "GET\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "a vertical tab", "GET /\u{B}HTTP/1.1\r\n", "400 controlByte"),
    .refused("9112/2.2", "a carriage return for a space", "GET\r/ HTTP/1.1\r\n", bareReturn),
    .refused("9112/2.2", "a line feed alone ends it", "GET / HTTP/1.1\n", "400 bareLineFeed"),
    .refused("9112/2.2", "two carriage returns", "GET / HTTP/1.1\r\r\n", bareReturn),
    .refused("1945/4.1", "HTTP/0.9", "GET /\r\n", "400 malformedRequestLine"),
    .refused("9112/3", "an answer", "HTTP/1.1 200 OK\r\n", "400 malformedRequestLine"),
    .refused("9112/2.2", "a TLS hello", "\u{16}\u{3}\u{1}", "400 controlByte"),

    .refused("9112/3.1", "no method", "/ HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3.1", "an empty method", " / HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused(
      "9112/3.1", "a method that is no token", "G(T / HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused(
      "9112/3.1", "a method with a colon", "GET: / HTTP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/3.1", "a method not in ASCII", "GÉT / HTTP/1.1\r\n", "400 malformedRequestLine"),
    WireCase("9110/9.1", "an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", "BREW /"),
    WireCase("9110/9.1", "methods have case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", "get /"),
    WireCase(
      "9110/9.1", "a method of every kind of token character",
      "!#$%&'*+-.^_`|~09AZaz / HTTP/1.1\r\nHost: a\r\n\r\n", "!#$%&'*+-.^_`|~09AZaz /"),
    .refused("9110/9.3.6", "CONNECT", "CONNECT a:1 HTTP/1.1\r\n", "501 unsupportedMethod"),
    .refused("9110/9.3.6", "CONNECT, to a path", "CONNECT / HTTP/1.1\r\n", "501 unsupportedMethod"),

    .refused("9112/2.3", "lower-case http", "GET / http/1.1\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "two digits", "GET / HTTP/1.10\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "leading zeros", "GET / HTTP/01.1\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "no minor version", "GET / HTTP/1.\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "no point", "GET / HTTP/1\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "a comma for it", "GET / HTTP/1,1\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "a letter for a digit", "GET / HTTP/1.x\r\n", "400 malformedRequestLine"),
    .refused("9112/2.3", "another protocol", "GET / ICAP/1.1\r\n", "400 malformedRequestLine"),
    .refused("9110/15.6.6", "HTTP/2", "PRI * HTTP/2.0\r\n", "505 unsupportedVersion"),
    .refused("9110/15.6.6", "HTTP/0.9, said", "GET / HTTP/0.9\r\n", "505 unsupportedVersion"),
    WireCase(
      "9110/2.5", "a higher minor version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "GET /"),
    WireCase("9112/2.3", "HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET /", "last"),
  ]

  static let bareReturn = "400 bareCarriageReturn"
}

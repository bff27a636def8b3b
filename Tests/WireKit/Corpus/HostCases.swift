extension Corpus {
  private static func host(_ value: String) -> String {
    "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n"
  }

  private static func refused(_ what: String, _ value: String) -> WireCase {
    .refused("9112/3.2", what, host(value), "400 malformedHost")
  }

  static let hosts: [WireCase] = [
    .refused("9112/3.2", "no Host", "GET / HTTP/1.1\r\n\r\n", "400 missingHost"),
    .refused("9112/3.2", "two Hosts", get("Host: a"), "400 duplicateHost"),
    .refused("9112/3.2", "two Hosts, one in capitals", get("HOST: b"), "400 duplicateHost"),
    .refused(
      "9112/3.2", "two Hosts under HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
      "400 duplicateHost"),
    WireCase("9112/3.2", "no Host under HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", "GET /", "last"),
    WireCase("9112/3.2", "an empty Host", host(""), "GET / host="),
    WireCase("9112/5", "blanks around it", host("\t b \t"), "GET / host=b"),
    WireCase("9110/7.2", "a port", host("b:8080"), "GET / host=b:8080"),
    WireCase("3986/3.2.3", "an empty port", host("b:"), "GET / host=b:"),
    WireCase("3986/3.2.2", "IPv6", host("[::1]:80"), "GET / host=[::1]:80"),
    WireCase("3986/3.2.2", "a percent-encoded name", host("%61.b"), "GET / host=%61.b"),
    WireCase("3986/3.2.2", "an underscore", host("a_b.c"), "GET / host=a_b.c"),
    refused("a path", "a/b"), refused("a list", "a, b"), refused("a list without a space", "a,b"),
    refused("user information", "u@a"), refused("a space", "a b"),
    refused("a scheme", "http://a"), refused("not ASCII", "é"),
    refused("a port that is no number", "a:b"), refused("a port with a sign", "a:-1"),
    refused("a port too long", "a:123456"), refused("two ports", "a:1:2"),
    refused("an open bracket", "[::1"), refused("an empty address", "[]"),
    refused("a zone", "[fe80::1%25eth0]"), refused("something after the address", "[::1]a"),
    refused("a percent sign alone", "a%"), refused("a percent sign with one digit", "a%4"),
    refused("a percent sign with a letter", "a%4g:1"), refused("a quotation mark", "\"a\""),
    .refused(
      "9112/3.2", "a Host that is none under HTTP/1.0", "GET / HTTP/1.0\r\nHost: a/b\r\n\r\n",
      "400 malformedHost"),
    .refused(
      "9110/9.3.2", "no Host of HEAD, whose refusal has no content", "HEAD / HTTP/1.1\r\n\r\n",
      "400 missingHost"),
    .refused(
      "9110/9.3.2", "two Hosts of HEAD", "HEAD / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "400 duplicateHost"),
    .refused(
      "9110/9.3.2", "a Host of HEAD that is none", "HEAD / HTTP/1.1\r\nHost: a/b\r\n\r\n",
      "400 malformedHost"),
  ]
}

extension Corpus {
  private static func target(_ target: String, _ method: String = "GET") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
  }

  private static func refused(_ section: String, _ what: String, _ text: String) -> WireCase {
    .refused(section, what, target(text), "400 malformedTarget")
  }

  static let targets: [WireCase] = [
    WireCase("9112/3.2.1", "an empty query", target("/?"), "GET /?"),
    WireCase("9112/3.2.1", "question marks in a query", target("/?a?b"), "GET /?a?b"),
    WireCase(
      "9112/3.2.1", "a path as it was sent", target("//a/../%2e/;b:@"), "GET //a/../%2e/;b:@"),
    WireCase(
      "9112/3.2", "percent signs are left to the router", target("/%zz%"), "GET /%zz%"),
    WireCase(
      "3986/2", "visible characters that no URI has", target("/\"<>\\^`{|}"), "GET /\"<>\\^`{|}"),
    refused("9112/3.2.1", "no slash", "a"),
    refused("9112/3.2.1", "a query alone", "?a"),
    refused("9112/3.2.1", "a backslash for a slash", "\\a"),
    refused("9110/7.1", "a fragment", "/#a"),
    refused("9110/7.1", "a fragment in a query", "/?a#b"),
    refused("3986/2", "not ASCII", "/é"),
    .refused("9110/5.5", "a NUL", target("/\0"), "400 controlByte"),
    .refused("9110/5.5", "a DEL", target("/\u{7F}"), "400 controlByte"),

    WireCase("9112/3.2.2", "absolute", target("http://b/c?d"), "GET /c?d host=b"),
    WireCase("9112/3.2.2", "absolute, https", target("https://b/c"), "GET /c host=b"),
    WireCase("9112/3.2.2", "absolute, no path", target("HTTP://b:80"), "GET / host=b:80"),
    WireCase("9112/3.2.2", "absolute, a query only", target("http://b?c"), "GET /?c host=b"),
    WireCase(
      "9112/3.2.2", "absolute, under HTTP/1.0", "GET http://b/ HTTP/1.0\r\n\r\n", "GET / host=b",
      "last"),
    WireCase("9112/3.2.2", "absolute, IPv6", target("http://[::1]:8/"), "GET / host=[::1]:8"),
    .refused(
      "9112/3.2", "absolute, without Host all the same", "GET http://b/ HTTP/1.1\r\n\r\n",
      "400 missingHost"),
    .refused(
      "9112/3.2", "absolute, with a Host that is none",
      "GET http://b/ HTTP/1.1\r\nHost: a/b\r\n\r\n", "400 malformedHost"),
    refused("9110/4.2.4", "user information", "http://u@b/"),
    refused("9110/4.2.4", "user information with a password", "http://u:p@b/"),
    refused("9110/4.2.1", "an empty authority", "http:///c"),
    refused("9110/4.2.1", "nothing but a scheme", "http://"),
    refused("9110/4.2.1", "one slash", "http:/b"),
    refused("9112/3.2.2", "another scheme", "ftp://b/"),
    refused("9112/3.2.2", "a host that is none", "http://b_<>/"),
    refused("9112/3.2.3", "an authority", "a:80"),

    WireCase("9112/3.2.4", "asterisk", target("*", "OPTIONS"), "OPTIONS *"),
    WireCase(
      "9112/3.2.4", "asterisk, as a proxy is told it", target("http://b:1", "OPTIONS"),
      "OPTIONS * host=b:1"),
    WireCase(
      "9110/4.2.3", "the root is not the server", target("http://b/", "OPTIONS"),
      "OPTIONS / host=b"),
    refused("9112/3.2.4", "asterisk is for OPTIONS", "*"),
    .refused(
      "9112/3.2.4", "asterisk and more", target("*a", "OPTIONS"), "400 malformedTarget"),
    .refused(
      "9112/3.2.4", "asterisk with a query", target("*?a", "OPTIONS"), "400 malformedTarget"),
  ]
}

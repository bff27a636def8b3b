extension Corpus {
  private static func length(_ what: String, _ value: String) -> WireCase {
    .refused(
      "9110/8.6", what, post("Content-Length: \(value)", body: follower),
      "400 malformedContentLength")
  }

  private static func coding(_ section: String, _ what: String, _ lines: String...) -> WireCase {
    .refused(section, what, rawPost(lines), "400 malformedTransferEncoding")
  }

  private static func rawPost(_ lines: [String]) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n" + follower
  }

  static let framing: [WireCase] = [
    WireCase("9112/6.3", "no body", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /"),
    WireCase("9112/6.2", "a length", post("Content-Length: 2", body: "hi"), "POST / body=hi"),
    WireCase(
      "9112/5", "blanks around a length", post("Content-Length:\t 2 \t", body: "hi"),
      "POST / body=hi"),
    WireCase(
      "9112/5", "blanks around a coding",
      post("Transfer-Encoding:\t chunked \t", body: "0\r\n\r\n"),
      "POST /"),
    WireCase("9112/6.2", "a length of zero", post("Content-Length: 0"), "POST /"),
    WireCase(
      "9110/8.6", "leading zeros are digits", post("Content-Length: 002", body: "hi"),
      "POST / body=hi"),
    WireCase(
      "9110/8.6", "more of them than any number has",
      post("Content-Length: " + many("0", 40) + "2", body: "hi"), "POST / body=hi"),
    length("a plus sign", "+2"), length("a minus sign", "-0"), length("hexadecimal", "0x2"),
    length("nothing", ""), length("two words", "2 2"), length("an underscore", "1_0"),
    length("a fraction", "2.0"), length("an exponent", "2e0"), length("quoted", "\"2\""),
    length("another script's digits", "２"), length("a semicolon", "2;"),
    length("2^64 + 2", "18446744073709551618"), length("2^63", "9223372036854775808"),
    length("2^32 times itself, and 2", "340282366920938463463374607431768211458"),
    .refused(
      "9110/15.5.14", "2^63 - 1 is a length, and too large",
      post("Content-Length: 9223372036854775807", body: follower), "413 bodyTooLarge"),
    .refused(
      "9112/6.3", "two lengths that agree", post("Content-Length: 2", "Content-Length: 2"),
      "400 duplicateContentLength"),
    .refused(
      "9112/6.3", "two lengths that differ", post("Content-Length: 2", "content-length: 3"),
      "400 duplicateContentLength"),
    .refused(
      "9112/6.3", "a list of lengths", post("Content-Length: 2, 2"), "400 duplicateContentLength"),
    .refused(
      "9112/6.3", "a length and an empty element", post("Content-Length: 2,"),
      "400 duplicateContentLength"),

    WireCase(
      "9112/7", "codings have no case", post("Transfer-Encoding: CHUNKED", body: "0\r\n\r\n"),
      "POST /"),
    .refused(
      "9112/6.3", "a length, then chunked", post("Content-Length: 2", chunkedField),
      "400 lengthAndTransferEncoding"),
    .refused(
      "9112/6.3", "chunked, then a length", post(chunkedField, "Content-Length: 2"),
      "400 lengthAndTransferEncoding"),
    .refused(
      "9112/6.3", "a length that is none, and chunked", post("Content-Length: x", chunkedField),
      "400 lengthAndTransferEncoding"),
    .refused(
      "9112/6.1", "chunked under HTTP/1.0", "POST / HTTP/1.0\r\n\(chunkedField)\r\n\r\n",
      "400 transferEncodingUnder10"),
    .refused(
      "9112/6.1", "chunked under HTTP/1.0 with a length",
      "POST / HTTP/1.0\r\n\(chunkedField)\r\nContent-Length: 1\r\n\r\n",
      "400 transferEncodingUnder10"),
    .refused(
      "9112/6.1", "a coding before it", post("Transfer-Encoding: gzip, chunked"),
      "501 unsupportedTransferCoding"),
    .refused(
      "9112/6.1", "codings on lines of their own", post("Transfer-Encoding: gzip", chunkedField),
      "501 unsupportedTransferCoding"),
    coding("9112/6.3", "chunked is not last", "Transfer-Encoding: chunked, gzip"),
    coding("9112/6.3", "no chunked", "Transfer-Encoding: gzip"),
    coding("9112/6.1", "chunked twice", "Transfer-Encoding: chunked, chunked"),
    coding("9112/6.1", "chunked twice, two lines", chunkedField, chunkedField),
    coding("9112/7", "identity is gone", "Transfer-Encoding: identity"),
    coding("9112/7", "identity, then chunked", "Transfer-Encoding: identity, chunked, identity"),
    coding("9112/6.1", "a parameter", "Transfer-Encoding: chunked;a=b"),
    coding("9110/5.6.1", "an empty element before it", "Transfer-Encoding: ,chunked"),
    coding("9110/5.6.1", "an empty element after it", "Transfer-Encoding: chunked,"),
    coding("9112/6.1", "nothing", "Transfer-Encoding:"),
    coding("9112/6.1", "quoted", "Transfer-Encoding: \"chunked\""),
    coding("9112/6.1", "two words", "Transfer-Encoding: chunked chunked"),
    coding("9112/6.1", "a semicolon for a comma", "Transfer-Encoding: gzip; chunked"),
    coding("9112/6.1", "the Kelvin sign for its k", "Transfer-Encoding: chun\u{212A}ed"),
    .refused(
      "9110/15.5.14", "a body too large", post("Content-Length: 101"), "413 bodyTooLarge"),
    WireCase(
      "9110/15.5.14", "a body as large as it may be",
      post("Content-Length: 100", body: many("b", 100)), "POST / body=" + many("b", 100)),
  ]
}

extension Corpus {
  private static func refused(_ section: String, _ what: String, _ body: String) -> WireCase {
    .refused(section, what, chunked(body + follower), "400 malformedChunk")
  }

  private static func field(_ what: String, _ trailer: String) -> WireCase {
    .refused("9112/7.1.2", what, chunked("0\r\n\(trailer)\r\n\r\n"), "400 malformedField")
  }

  static let chunks: [WireCase] = [
    WireCase(
      "9112/7.1", "chunks", chunked("2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n"),
      "POST / body=hi0123456789"),
    WireCase("9112/7.1", "an empty body", chunked("0\r\n\r\n"), "POST /"),
    WireCase(
      "9112/7.1", "leading zeros", chunked("0002\r\nhi\r\n000\r\n\r\n"), "POST / body=hi"),
    WireCase(
      "9112/7.1", "digits in both cases",
      chunked("a\r\n0123456789\r\n0B\r\n0123456789a\r\n0\r\n\r\n"),
      "POST / body=01234567890123456789a"),
    WireCase(
      "9112/7.1", "line ends inside the data", chunked("4\r\n\r\n\r\n\r\n0\r\n\r\n"),
      "POST / body=\r\n\r\n"),
    refused("9112/7.1", "a plus sign", "+2\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a minus sign", "-2\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "0x", "0x2\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "an underscore", "1_0\r\n0123456789012345\r\n0\r\n\r\n"),
    refused("9112/7.1", "no size", "\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "an extension without a size", ";a\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a letter that is no digit", "g\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a space before the size", " 2\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a space after the size", "2 \r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a tab after the size", "2\t\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a comma after the size", "2,3\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "2^64 + 2", "10000000000000002\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "2^64 - 1", "ffffffffffffffff\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "2^63", "8000000000000000\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "sixteen digits, however small", "0000000000000002\r\nhi\r\n0\r\n\r\n"),
    .refused(
      "9110/15.5.14", "fifteen digits are a size, and too large",
      chunked("fffffffffffffff\r\nhi"), "413 bodyTooLarge"),
    refused("9112/7.1", "a line feed alone after the size", "2\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "a carriage return alone after the size", "2\rhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "two carriage returns after the size", "2\r\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "more than the size", "2\r\nhi!\r\n0\r\n\r\n"),
    refused("9112/7.1", "less than the size", "3\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1", "no line end after the data", "2\r\nhi0\r\n\r\n"),
    refused("9112/7.1", "a line feed alone after the data", "2\r\nhi\n0\r\n\r\n"),
    refused("9112/7.1", "a carriage return alone after the data", "2\r\nhi\r0\r\n\r\n"),
    refused("9112/7.1", "a line feed alone at the end", "0\r\n\r\r\n"),
    .refused(
      "9110/15.5.14", "a body too large, in chunks", chunked("65\r\n" + many("a", 101)),
      "413 bodyTooLarge"),
    .refused(
      "9110/15.5.14", "a body that is going to be too large", chunked("65\r\n"), "413 bodyTooLarge"),
    .refused(
      "9110/15.5.14", "a body too large, by its last chunk",
      chunked("64\r\n" + many("a", 100) + "\r\n1\r\n!"), "413 bodyTooLarge"),
  ]

  static let chunkExtensions: [WireCase] = [
    WireCase("9112/7.1.1", "a name", chunked("2;a\r\nhi\r\n0;b\r\n\r\n"), "POST / body=hi"),
    WireCase("9112/7.1.1", "a value", chunked("2;a=b;c=d\r\nhi\r\n0\r\n\r\n"), "POST / body=hi"),
    WireCase(
      "9112/7.1.1", "a quoted value", chunked("2;a=\"b ;,=\\\"\\\\\t\"\r\nhi\r\n0\r\n\r\n"),
      "POST / body=hi"),
    WireCase(
      "9112/7.1.1", "bad whitespace, which is to be read",
      chunked("2 ;\ta = b ; c=\"d\" ;e\r\nhi\r\n0\r\n\r\n"), "POST / body=hi"),
    refused("9112/7.1.1", "no name", "2;\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "no name between two", "2;a;;b\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "no name before a value", "2;=a\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "no value", "2;a=\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a name of two words", "2;a b\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a value of two words", "2;a=b c\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a space at its end", "2;a \r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a quoted name", "2;\"a\"\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "something after the quotes", "2;a=\"b\"c\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "quotes that do not end", "2;a=\"b\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "an escape that does not end", "2;a=\"b\\\r\n\"\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a NUL", "2;a=\0\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a NUL in quotes", "2;a=\"\0\"\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a line feed alone", "2;a\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a line feed in quotes", "2;a=\"\n\"\r\nhi\r\n0\r\n\r\n"),
    refused("9112/7.1.1", "a carriage return", "2;a\rb\r\nhi\r\n0\r\n\r\n"),
    .refused(
      "9112/7.1.1", "more of them than there may be", chunked("2;" + many("a", 256)),
      "400 chunkExtensionsTooLarge"),
    .refused(
      "9112/7.1.1", "more of them, over several chunks",
      chunked(many("1;" + many("a", 63) + "\r\n!\r\n", 5)), "400 chunkExtensionsTooLarge"),
    WireCase(
      "9112/7.1.1", "as many as there may be",
      chunked("2;" + many("a", 255) + "\r\nhi\r\n0\r\n\r\n"), "POST / body=hi"),
  ]

  static let trailers: [WireCase] = [
    WireCase(
      "9112/7.1.2", "trailers are read and thrown away",
      chunked("2\r\nhi\r\n0\r\nA: b\r\nC:\r\n\r\n") + get(), "POST / body=hi", "GET /"),
    WireCase(
      "9110/6.5.1", "a length among them says nothing",
      chunked("0\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n") + get(), "POST /",
      "GET /"),
    WireCase("9110/6.5.1", "nor does Host", chunked("0\r\nHost: b\r\n\r\n"), "POST /"),
    field("one without a colon", "A b"), field("one without a name", ": b"),
    field("a space before the colon", "A : b"), field("folding", "A: b\r\n c"),
    field("a control byte", "A: \0"), field("a carriage return", "A: b\rc"),
    field("a line feed alone", "A: b\nC: d"), field("a request line", "GET / HTTP/1.1"),
    .refused(
      "6585/5", "a trailer section too large", chunked("0\r\nA: " + many("a", 256)),
      "431 trailersTooLarge"),
    WireCase(
      "6585/5", "one as large as it may be", chunked("0\r\nA: " + many("a", 251) + "\r\n\r\n"),
      "POST /"),
    .refused(
      "6585/5", "one byte larger", chunked("0\r\nA: " + many("a", 252) + "\r\n\r\n"),
      "431 trailersTooLarge"),
    .refused(
      "6585/5", "too many trailers", chunked("0\r\n" + many("A:\r\n", 33)), "431 trailersTooLarge"),
    WireCase(
      "6585/5", "as many as there may be", chunked("0\r\n" + many("A:\r\n", 32) + "\r\n"), "POST /"),
  ]
}
